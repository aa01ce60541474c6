package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair/certify"
	"github.com/netmend/netmend/repair/conflict"
)

// repairCertificate reports whether the certificate is about a repair.
func (c *certificateCheck) repairCertificate() bool {
	return c.certificate.Kind == cert.Repaired || c.certificate.Kind == cert.NoRepair
}

// decideRepair checks the certificate; rejected says why it proves nothing.
func (c *certificateCheck) decideRepair(ctx context.Context, inv *cli.Invocation, nets *networkFlags) (rejected, err error) {
	isNetwork := func(name string) bool { return kind(name) != "" }
	body := c.certificate.Repair
	if c.network, err = c.locate(c.network, "--network", c.certificate.Network, isNetwork); err != nil || c.rejected != "" {
		return nil, err
	}
	if c.original == "" && c.certificate.Kind == cert.NoRepair {
		c.original = c.network
	}
	if c.original, err = c.locate(c.original, "--original", body.Original, isNetwork); err != nil || c.rejected != "" {
		return nil, err
	}
	if err := c.locateSpec(); err != nil || c.rejected != "" {
		return nil, err
	}
	if err := nets.validate(c.network, c.original); err != nil {
		return nil, err
	}
	if c.net, err = nets.load(inv, c.network); err != nil {
		return nil, err
	}
	original := c.net
	if c.original != c.network {
		if original, err = nets.load(inv, c.original); err != nil {
			return nil, err
		}
	}
	s, err := readSpec(inv, c.specification, original)
	if err != nil {
		return nil, err
	}
	repaired := c.net
	if original, c.rounded, rejected = certify.Original(original, body.Original.Content); rejected != nil {
		return rejected, nil
	}
	choice := s.Chooses(original.OutDim())
	c.claim, c.smallest = claimText(c.certificate, choice), smallestText(c.certificate, choice)
	c.repair, rejected = proof.CheckRepair(ctx, c.certificate, original, repaired, s, proof.Options{
		Margin:    c.asked,
		Workers:   c.workers,
		Execution: certify.CheckExecution(c.workers),
		Progress:  func(pieces int) { inv.Progress.Report("exact check: %s", cli.Count(pieces, "piece")) },
	})
	inv.Progress.Clear()
	return rejected, nil
}

// roundedText says of what network the claim is where it is not the file's.
func (c *certificateCheck) roundedText() string {
	if c.rounded == "" {
		return ""
	}
	return fmt.Sprintf(", for %s rounded to %s, not as the file has it", c.original, c.rounded)
}

// locateSpec finds the specification: the one given, or the file beside the
// certificate with the right digest.
func (c *certificateCheck) locateSpec() error {
	id := c.certificate.Specification
	if c.specification != "" && !isSpecFile(c.specification) {
		return nil // text: its content counts
	}
	if c.specification == "" && id.SHA256 == "" {
		return cli.Usagef("%s: its requirement was not given as a file; name it with --spec", c.path)
	}
	isJSON := func(name string) bool { return strings.EqualFold(filepath.Ext(name), ".json") && name != c.path }
	var err error
	c.specification, err = c.locate(c.specification, "--spec", id, isJSON)
	return err
}

// printRepair prints what a certificate of a repair shows.
func (c *certificateCheck) printRepair(inv *cli.Invocation) {
	b, p := c.certificate.Repair, c.repair
	if c.original != c.network {
		inv.Printf("  original       %s\n", c.original)
	}
	if c.smallest != "" {
		inv.Printf("  smallest       %s\n", c.smallest)
		if p.Infimum {
			inv.Printf("                 %s\n", infimumText)
		}
	}
	if p.Rows > 0 {
		inv.Printf("  proof          multipliers on %s, in exact arithmetic", cli.Count(p.Rows, "row"))
		if p.Infeasibility != nil {
			v, _ := p.Infeasibility.Float64()
			inv.Printf(": a contradiction of %s", contradictionText(v))
		}
		inv.Printf("\n")
		if p.Infeasibility != nil {
			for i, text := range conflictTexts(c.conflict()) {
				heading := "conflict"
				if i > 0 {
					heading = ""
				}
				inv.Printf("  %-14s %s\n", heading, text)
			}
		}
	}
	if x := p.Check; x != nil {
		reached, _ := x.MarginReached().Float64()
		inv.Printf("  margin         %s asked, %s reached, without rounding\n", cli.Short(b.Margin), cli.Short(reached))
		if e := b.Execution; e != nil {
			inv.Printf("  executed       in %s margin %s at least, within %s units in the last place; bounds on rounding errors recomputed\n", e.DType, cli.Short(e.MarginReached), cli.Short(e.Ulps))
		}
		inv.Printf("  checked        %s, %s of them faces; %s, %s of them needed more than float64\n",
			cli.Count(x.Size.Pieces, "piece"), cli.Thousands(x.Size.Faces), cli.Count(x.Size.Signs, "sign"), cli.Thousands(x.Size.Exact))
	}
}

// conflict are the requirements that a proof of there being no repair consists of.
func (c *certificateCheck) conflict() []conflict.Row {
	b := c.certificate.Repair
	return conflict.Rows(c.repair.Bound, c.net.OutDim(), b.Margin, b.Rows)
}

// repairFigures is a certificate of a repair in JSON objects.
type repairFigures struct {
	Original      string          `json:"original"`
	Layer         int             `json:"layer"`
	Margin        float64         `json:"margin"`
	MarginReached *cli.Finite     `json:"margin_reached,omitempty"`
	Bound         *float64        `json:"bound"`
	Objective     *cert.Objective `json:"objective,omitempty"`
	Infimum       bool            `json:"infimum,omitempty"`
	Contradiction *cli.Finite     `json:"contradiction,omitempty"`
	Conflict      []conflict.Row  `json:"conflict,omitempty"`
	Execution     *cert.Execution `json:"execution,omitempty"`
	Rows          int             `json:"rows"`
	Pieces        int             `json:"pieces,omitempty"`
	Faces         int             `json:"faces,omitempty"`
	Signs         int             `json:"signs,omitempty"`
	Exact         int             `json:"signs_exact,omitempty"`
}

// repairFigures describes what was shown; nil if nothing was.
func (c *certificateCheck) repairFigures() *repairFigures {
	if c.repair == nil {
		return nil
	}
	b, p := c.certificate.Repair, c.repair
	f := &repairFigures{Original: c.original, Layer: b.Layer, Margin: b.Margin, Bound: b.Bound, Objective: b.Objective, Execution: b.Execution, Rows: p.Rows, Infimum: p.Infimum}
	if p.Infeasibility != nil {
		v, _ := p.Infeasibility.Float64()
		f.Contradiction, f.Conflict = cli.Number(v), c.conflict()
	}
	if x := p.Check; x != nil {
		v, _ := x.MarginReached().Float64()
		f.MarginReached = cli.Number(v)
		f.Pieces, f.Faces, f.Signs, f.Exact = x.Size.Pieces, x.Size.Faces, x.Size.Signs, x.Size.Exact
	}
	return f
}
