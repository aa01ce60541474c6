package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/netmend/netmend/tools/internal/report"
)

// instance is one line of the list of verification problems.
type instance struct {
	network, property string // paths relative to the list, with slashes
	limit             string // seconds
}

// key identifies the instance in the file of known verdicts.
func (in instance) key() [2]string {
	return [2]string{path.Base(in.network), path.Base(in.property)}
}

// tally counts the verdicts on the instances of one property.
type tally struct {
	instances, holds, violated, unknown int
	known, agreed                       int // instances with a known verdict; those given it
	seconds, largest, cpu               float64
}

// add counts one answer; known is the verdict known, or empty.
func (t *tally) add(verdict, known string, seconds, cpu float64) error {
	t.instances++
	switch verdict {
	case "holds":
		t.holds++
	case "violated":
		t.violated++
	case "unknown":
		t.unknown++
	default:
		return fmt.Errorf("verdict %q: want holds, violated or unknown", verdict)
	}
	if known != "" {
		t.known++
		if verdict == known {
			t.agreed++
		}
	}
	t.seconds += seconds
	t.largest = max(t.largest, seconds)
	t.cpu += cpu
	return nil
}

// row writes the tally as a line of the table.
func (t *tally) row(name string) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d of %d | **%s** | %s | %s |\n", name, t.instances, t.holds, t.violated,
		t.unknown, t.agreed, t.known, seconds(t.seconds), seconds(t.largest), seconds(t.cpu))
}

// verdictTable decides all instances of ACAS Xu once, each within its limit.
func verdictTable(netmend, data string, _ int) (string, error) {
	folder := filepath.Join(data, "data", "acasxu")
	list, err := readInstances(filepath.Join(folder, "instances.csv"))
	if err != nil {
		return "", err
	}
	known, err := readVerdicts(filepath.Join(data, "reference", "preimage", "acas_verdicts.csv"))
	if err != nil {
		return "", err
	}
	var all tally
	var properties byProperty[tally]
	for _, in := range list {
		progress(in.network + " " + in.property)
		var answer struct {
			Verdict string `json:"verdict"`
			Seconds struct {
				Total float64 `json:"total"`
			} `json:"seconds"`
		}
		cpu, err := ask(netmend, nil, []string{
			"verify", filepath.Join(folder, filepath.FromSlash(in.network)), filepath.Join(folder, filepath.FromSlash(in.property)),
			"--json", "--timeout", in.limit + "s",
		}, &answer)
		if err != nil {
			return "", fmt.Errorf("%s, %s: %w", in.network, in.property, err)
		}
		for _, t := range []*tally{properties.of(in.property), &all} {
			if err := t.add(answer.Verdict, known[in.key()], answer.Seconds.Total, cpu); err != nil {
				return "", fmt.Errorf("%s, %s: %w", in.network, in.property, err)
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. One run.\n\n", report.Machine())
	b.WriteString("| property | instances | holds | violated | unknown | as known | **seconds** | largest | CPU |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, name := range properties.names {
		b.WriteString(properties.tallies[name].row(name))
	}
	b.WriteString(all.row("all"))
	return b.String(), nil
}

// readInstances reads lines of network, property and seconds.
func readInstances(file string) ([]instance, error) {
	records, err := readCSV(file, 3)
	if err != nil {
		return nil, err
	}
	list := make([]instance, len(records))
	for i, r := range records {
		list[i] = instance{r[0], r[1], r[2]}
	}
	return list, nil
}

// readVerdicts reads lines of network, property, verdict and seconds below a
// header, by file names of network and property.
func readVerdicts(file string) (map[[2]string]string, error) {
	records, err := readCSV(file, 4)
	if err != nil {
		return nil, err
	}
	known := make(map[[2]string]string, len(records))
	for _, r := range records[1:] {
		known[[2]string{r[0], r[1]}] = r[2]
	}
	return known, nil
}

// readCSV reads a file of lines with a number of fields; one without lines is
// an error.
func readCSV(file string, fields int) ([][]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = fields
	records, err := r.ReadAll()
	if err == nil && len(records) == 0 {
		err = errors.New("no lines")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return records, nil
}
