package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/within"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec/vnnlib"
)

// isCertificate tells a certificate from a network by its name.
func isCertificate(path string) bool {
	return strings.HasSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".json")
}

// certificateCheck is one check of a certificate.
type certificateCheck struct {
	path, network, specification string
	workers                      int
	asked                        *float64 // the margin asked for in place of the specification's

	certificate *cert.Certificate
	net         *nn.Network
	claim       string // what is proven, for people
	rejected    string // why it is not
	unknown     string // why neither was found out
	margin      *float64
	exact       string // the margin as a rational
	trees       proof.Trees

	original string             // the network before its repair
	rounded  string             // the type that it is rounded to, where the claim is about that
	repair   *proof.RepairProof // of a repair's certificate
	smallest string             // what is claimed of the size of the change
}

// run checks the certificate within the time allowed, which counts from the command's start,
// and prints the answer.
func (c *certificateCheck) run(inv *cli.Invocation, nets *networkFlags) (int, error) {
	err := c.check(inv.Ctx, inv, nets)
	switch {
	case inv.Whole.Err() != nil:
		return 0, context.Cause(inv.Whole)
	case inv.Ctx.Err() != nil && err != nil:
		c.unknown = cli.ErrTimeOver.Error()
	case err != nil:
		return 0, err
	}
	return c.answer(inv)
}

// check reads what there is to be read, and checks the certificate. An error is about the
// files; what is wrong with the certificate, or was not found out, is noted.
func (c *certificateCheck) check(ctx context.Context, inv *cli.Invocation, nets *networkFlags) error {
	var err error
	if c.certificate, err = cert.ReadFile(ctx, c.path); errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) || errors.Is(err, within.ErrMemory) {
		return err
	} else if err != nil {
		c.note(ctx, errors.New(strings.TrimPrefix(err.Error(), c.path+": ")))
		return nil
	}
	var wrong error
	if c.repairCertificate() {
		wrong, err = c.decideRepair(ctx, inv, nets)
	} else {
		wrong, err = c.decideVerdict(ctx, inv, nets)
	}
	if err == nil && wrong != nil {
		c.note(ctx, wrong)
	}
	return err
}

// note notes what is wrong with the certificate, or why that was not found out.
func (c *certificateCheck) note(ctx context.Context, wrong error) {
	switch {
	case ctx.Err() != nil:
		c.unknown = cli.ErrTimeOver.Error()
	case errors.Is(wrong, proof.ErrUnknown), errors.Is(wrong, within.ErrMemory):
		c.unknown = wrong.Error()
	default:
		c.rejected = wrong.Error()
	}
}

// decideVerdict checks a certificate of a verdict or of an empty preimage.
func (c *certificateCheck) decideVerdict(ctx context.Context, inv *cli.Invocation, nets *networkFlags) (wrong, err error) {
	if c.original != "" {
		return nil, cli.Usagef("--original is for certificates of repairs")
	}
	if c.asked != nil {
		return nil, cli.Usagef("--margin is for certificates of repairs")
	}
	if c.network, err = c.locate(c.network, "--network", c.certificate.Network, func(name string) bool { return kind(name) != "" }); err != nil {
		return nil, err
	}
	if c.certificate.Kind != cert.EmptyPreimage {
		if c.specification, err = c.locate(c.specification, "--spec", c.certificate.Specification, isVNNLIB); err != nil {
			return nil, err
		}
	}
	if c.rejected != "" {
		return nil, nil
	}
	if err := nets.validate(c.network); err != nil {
		return nil, err
	}
	if c.net, err = nets.load(inv, c.network); err != nil {
		return nil, err
	}
	return c.decide(ctx), nil
}

// decide checks what the certificate claims.
func (c *certificateCheck) decide(ctx context.Context) (err error) {
	var p *vnnlib.Property
	switch f := c.certificate; f.Kind {
	case cert.EmptyPreimage:
		c.claim = fmt.Sprintf("no input of %s gives an output in its target", cli.Count(len(f.EmptyPreimage.Questions), "stated set"))
	case cert.Holds:
		c.claim = "no input violates the property"
	case cert.Violated:
		c.claim = "the witness violates the property"
	}
	if c.specification != "" {
		if p, err = vnnlib.ReadFileContext(ctx, c.specification); err != nil {
			return cli.Named(c.specification, err)
		}
	}
	if p != nil {
		if p, err = propertyBefore(c.net, p, c.certificate.Kind != cert.Violated); err != nil {
			return cli.Named(c.specification, err)
		}
	}
	net := c.net
	if c.certificate.Kind == cert.EmptyPreimage {
		net = net.BeforeEnd() // it states itself what it is about
	}
	v, err := proof.CheckVerdict(ctx, c.certificate, net, p, c.workers)
	if err != nil {
		return err
	}
	c.trees = v.Trees
	if v.Margin != nil {
		margin, _ := v.Margin.Float64()
		c.margin, c.exact = &margin, v.Margin.RatString()
	}
	return nil
}

// locate finds the file that the certificate means: the one given, or one beside the
// certificate with the right digest.
func (c *certificateCheck) locate(given, flag string, id cert.Identity, candidate func(string) bool) (string, error) {
	if given != "" {
		digest, err := answer.FileDigest(given)
		if err != nil {
			return "", err
		}
		if id.SHA256 != "" && digest != id.SHA256 {
			c.rejected = fmt.Sprintf("%s is not the file that the certificate is for: its SHA-256 is %.12s..., not %.12s...", given, digest, id.SHA256)
		}
		return given, nil
	}
	dir := filepath.Dir(c.path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !e.Type().IsRegular() || !candidate(path) {
			continue
		}
		if digest, err := answer.FileDigest(path); err == nil && digest == id.SHA256 {
			return path, nil
		}
	}
	return "", cli.Usagef("%s: no file beside it has the SHA-256 %.12s... that it names; name the file with %s", c.path, id.SHA256, flag)
}

// status is the answer.
func (c *certificateCheck) status() (string, int) {
	switch {
	case c.rejected != "":
		return "rejected", cli.ExitNo
	case c.unknown != "":
		return "unknown", cli.ExitUnknown
	}
	return "accepted", cli.ExitYes
}

func (c *certificateCheck) answer(inv *cli.Invocation) (int, error) {
	status, code := c.status()
	if inv.JSON {
		return code, c.printJSON(inv, status)
	}
	inv.Printf("%s", status)
	switch {
	case c.rejected != "":
		inv.Printf(": %s\n", c.rejected)
	case c.unknown != "":
		inv.Printf(": %s\n", c.unknown)
	default:
		inv.Printf("%s: %s\n", c.roundedText(), c.claim)
		inv.Printf("  network        %s\n", c.network)
		if c.specification != "" {
			inv.Printf("  specification  %s\n", c.specification)
		}
		if c.margin != nil {
			if proof.Encloses(c.net) {
				inv.Printf("  margin         at least %s inside the violation, by enclosures of all rounding errors\n", cli.Short(*c.margin))
			} else {
				inv.Printf("  margin         %s inside the violation, evaluated without rounding\n", cli.Short(*c.margin))
			}
		}
		if c.repair != nil {
			c.printRepair(inv)
		}
		if c.trees.Trees > 0 {
			inv.Printf("  proof          %s, %s, %s\n", cli.Count(c.trees.Splits, "split"), cli.Count(c.trees.Steps, "step"), byteText(c.trees.Bytes))
		}
	}
	inv.Printf("  %.3g s\n", inv.Total().Total)
	return code, nil
}

func (c *certificateCheck) printJSON(inv *cli.Invocation, status string) error {
	type proofInfo struct {
		Trees  int   `json:"trees"`
		Splits int   `json:"splits"`
		Steps  int   `json:"steps"`
		Bytes  int64 `json:"bytes"`
	}
	v := struct {
		cli.Header
		Certificate   string          `json:"certificate"`
		Kind          string          `json:"kind,omitempty"`
		Status        string          `json:"status"`
		Reason        string          `json:"reason,omitempty"`
		Claim         string          `json:"claim,omitempty"`
		RoundedTo     string          `json:"original_rounded_to,omitempty"`
		Network       *answer.Network `json:"network,omitempty"`
		Specification string          `json:"specification,omitempty"`
		Questions     []cert.Question `json:"questions,omitempty"`
		Margin        *cli.Finite     `json:"margin,omitempty"`
		ExactMargin   string          `json:"exact_margin,omitempty"`
		Proof         *proofInfo      `json:"proof,omitempty"`
		Repair        *repairFigures  `json:"repair,omitempty"`
		Seconds       cli.Total       `json:"seconds"`
	}{
		Header: inv.Header(), Certificate: c.path, Status: status, Reason: c.rejected + c.unknown, Specification: c.specification,
		ExactMargin: c.exact, Seconds: inv.Total(),
	}
	if c.certificate != nil {
		v.Kind = string(c.certificate.Kind)
		if p := c.certificate.EmptyPreimage; p != nil {
			v.Questions = p.Questions
		}
	}
	if status == "accepted" {
		v.Claim, v.RoundedTo = c.claim, c.rounded
	}
	if c.net != nil {
		info := answer.NetworkOf(c.network, c.net)
		v.Network = &info
	}
	if c.margin != nil {
		v.Margin = cli.Number(*c.margin)
	}
	v.Repair = c.repairFigures()
	if c.trees.Trees > 0 {
		v.Proof = &proofInfo{c.trees.Trees, c.trees.Splits, c.trees.Steps, c.trees.Bytes}
	}
	return inv.WriteJSON(v)
}
