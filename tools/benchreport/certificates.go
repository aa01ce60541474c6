package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/netmend/netmend/tools/internal/report"
)

// certificateTally counts the certificates of one property's instances.
type certificateTally struct {
	instances, holds, violated, accepted int
	splits                               int
	bytes, largest                       int64
	find, slowestFind                    float64 // seconds, without the verdict's
	check, slowestCheck, checkCPU        float64
}

// certificateAnswers are what verify and check print, as far as it is shown.
type certificateAnswers struct {
	verdict struct {
		Verdict     string `json:"verdict"`
		Certificate *struct {
			Kind    string  `json:"kind"`
			Bytes   int64   `json:"bytes"`
			Missing string  `json:"missing"`
			Seconds float64 `json:"seconds"`
		} `json:"certificate"`
	}
	check struct {
		Status string `json:"status"`
		Reason string `json:"reason"`
		Proof  struct {
			Splits int `json:"splits"`
		} `json:"proof"`
		Seconds struct {
			Total float64 `json:"total"`
		} `json:"seconds"`
	}
	checkCPU float64
}

// add counts one instance.
func (t *certificateTally) add(a *certificateAnswers) {
	t.instances++
	c := a.verdict.Certificate
	switch c.Kind {
	case "holds":
		t.holds++
	case "violated":
		t.violated++
	}
	t.find += c.Seconds
	t.slowestFind = max(t.slowestFind, c.Seconds)
	if c.Kind == "" {
		return
	}
	if a.check.Status == "accepted" {
		t.accepted++
	}
	t.splits += a.check.Proof.Splits
	t.bytes += c.Bytes
	t.largest = max(t.largest, c.Bytes)
	t.check += a.check.Seconds.Total
	t.slowestCheck = max(t.slowestCheck, a.check.Seconds.Total)
	t.checkCPU += a.checkCPU
}

// row writes the tally as a line of the table.
func (t *certificateTally) row(name string) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %s | %s | %s | %s | **%s** | %s | %s |\n", name, t.instances, t.holds, t.violated,
		t.accepted, t.splits, kilobytes(t.bytes), kilobytes(t.largest), seconds(t.find), seconds(t.slowestFind),
		seconds(t.check), seconds(t.slowestCheck), seconds(t.checkCPU))
}

func kilobytes(n int64) string { return fmt.Sprintf("%.1f kB", float64(n)/1e3) }

// certificateTable has all instances of ACAS Xu certified, and the certificates checked.
func certificateTable(netmend, data string, _ int) (string, error) {
	folder := filepath.Join(data, "data", "acasxu")
	list, err := readInstances(filepath.Join(folder, "instances.csv"))
	if err != nil {
		return "", err
	}
	scratch, err := os.MkdirTemp("", "benchreport-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	var all certificateTally
	var properties byProperty[certificateTally]
	for _, in := range list {
		progress("certificate of " + in.network + " " + in.property)
		a, err := certify(netmend, filepath.Join(scratch, "certificate.json.gz"),
			filepath.Join(folder, filepath.FromSlash(in.network)), filepath.Join(folder, filepath.FromSlash(in.property)), in.limit)
		if err != nil {
			return "", fmt.Errorf("%s, %s: %w", in.network, in.property, err)
		}
		properties.of(in.property).add(a)
		all.add(a)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. One run.\n\n", report.Machine())
	b.WriteString("| property | instances | holds | violated | accepted | splits | size | largest | seconds to find | longest | **seconds to check** | longest | CPU to check |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, name := range properties.names {
		b.WriteString(properties.tallies[name].row(name))
	}
	b.WriteString(all.row("all"))
	return b.String(), nil
}

// certify decides an instance with a certificate in file, and checks it.
func certify(netmend, file, network, property, limit string) (*certificateAnswers, error) {
	a := &certificateAnswers{}
	if err := os.RemoveAll(file); err != nil {
		return nil, err
	}
	_, err := ask(netmend, nil, []string{"verify", network, property, "--certificate", file, "--timeout", limit + "s", "--json"}, &a.verdict)
	if err != nil {
		return nil, err
	}
	c := a.verdict.Certificate
	switch {
	case c == nil:
		return nil, fmt.Errorf("the JSON object has no certificate")
	case c.Kind == "":
		fmt.Fprintf(os.Stderr, "benchreport: %s, and no certificate: %s\n", a.verdict.Verdict, c.Missing)
		return a, nil
	}
	if a.checkCPU, err = ask(netmend, nil, []string{"check", file, "--network", network, "--spec", property, "--json"}, &a.check); err != nil {
		return nil, err
	}
	if a.check.Status != "accepted" {
		return nil, fmt.Errorf("the certificate is %s: %s", a.check.Status, a.check.Reason)
	}
	return a, nil
}
