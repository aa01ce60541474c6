package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/region/certify"
)

// treeCertificate is the certificate of a verdict or of an empty preimage that a command
// was asked for.
type treeCertificate struct {
	path    string
	written *cert.Certificate
	missing string // why there is none
	without string // what was shown and it does not claim
	seconds float64
	bytes   int64
}

// certificateInfo is a certificate in JSON objects.
type certificateInfo struct {
	File    string  `json:"file"`
	Kind    string  `json:"kind,omitempty"`
	Bytes   int64   `json:"bytes,omitempty"`
	Missing string  `json:"missing,omitempty"`
	Without string  `json:"without,omitempty"`
	Seconds float64 `json:"seconds"`
}

// find makes the certificate and writes it. Where none is found it says why; errors are
// those that end the command.
func (t *treeCertificate) find(inv *cli.Invocation, timeout time.Duration, net *nn.Network, network, specification string, search func(context.Context, *cert.Certificate) error) error {
	begun := time.Now()
	defer func() { t.seconds = time.Since(begun).Seconds() }()
	ctx := inv.Whole
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	c := cert.New("")
	err := search(ctx, c)
	if inv.Whole.Err() != nil {
		return context.Cause(inv.Whole)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		t.missing = "the time allowed is over"
		return nil
	case err != nil:
		t.missing = err.Error()
		return nil
	}
	if c.Network.SHA256, err = answer.FileDigest(network); err != nil {
		return err
	}
	if c.Network.Content, err = proof.NetworkDigest(net); err != nil {
		return err
	}
	if specification != "" {
		if c.Specification.SHA256, err = answer.FileDigest(specification); err != nil {
			return err
		}
	}
	return t.stage(inv, c)
}

// stage writes the certificate beside its place.
func (t *treeCertificate) stage(inv *cli.Invocation, c *cert.Certificate) (err error) {
	t.written = c
	t.bytes, err = inv.Stage(t.path, func(w io.Writer) error { return cert.Write(w, c, cert.Compressed(t.path)) })
	return err
}

// describe is for JSON; nil if no certificate was asked for.
func (t *treeCertificate) describe() *certificateInfo {
	if t.path == "" {
		return nil
	}
	info := &certificateInfo{File: t.path, Missing: t.missing, Without: t.without, Seconds: t.seconds}
	if t.written != nil {
		info.Kind, info.Bytes = string(t.written.Kind), t.bytes
	}
	return info
}

// print says what became of the certificate.
func (t *treeCertificate) print(inv *cli.Invocation) {
	switch info := t.describe(); {
	case info == nil:
	case t.written == nil:
		inv.Printf("  no certificate: %s\n", t.missing)
	default:
		inv.Printf("  certificate  %s, %s, %.3g s\n", t.path, byteText(info.Bytes), t.seconds)
		if t.without != "" {
			inv.Printf("               %s\n", t.without)
		}
	}
}

func byteText(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 10_000_000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%d MB", n/1_000_000)
}

// options of a search for a certificate.
func certifyOptions(inv *cli.Invocation, workers int) certify.Options {
	return certify.Options{Workers: workers, Progress: func(cells int) {
		inv.Progress.Report("certificate: %s", cli.Count(cells, "cell"))
	}}
}
