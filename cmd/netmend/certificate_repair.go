package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/repair/certify"
)

// checkCertificateFlags reports what is wrong with --certificate of repair.
func (j *repairJob) checkCertificateFlags() error {
	switch {
	case j.certificate.path == "":
		return nil
	case !isCertificate(j.certificate.path) && !cli.IsDevice(j.certificate.path):
		return cli.Usagef("--certificate %s: want a name that ends in .json or .json.gz", j.certificate.path)
	case j.out == "":
		return cli.Usagef("--certificate needs -o: the certificate of a repair is about the file that is written")
	}
	return cli.CheckOutput(j.certificate.path, j.inputs()...)
}

// certify writes the certificate of the outcome. Where none can be made it says
// why; errors are those that end the command.
func (j *repairJob) certify(inv *cli.Invocation, o *repairOutcome) error {
	t := &j.certificate
	if t.path == "" {
		return nil
	}
	begun := time.Now()
	defer func() { t.seconds = time.Since(begun).Seconds() }()
	if o.best.Network == nil && o.best.Status != repair.Infeasible {
		t.missing = "nothing was shown"
		return nil
	}
	var repaired *nn.Network
	var err error
	if o.file != nil {
		repaired = o.file.Net
	}
	inv.Progress.Report("certificate")
	c, err := certify.New(inv.Ctx, o.net, repaired, o.spec, o.best, j.options)
	inv.Progress.Clear()
	if err := inv.Ctx.Err(); err != nil {
		return err
	}
	if err != nil {
		t.missing = err.Error()
		return nil
	}
	inv.Progress.Report("certificate: exact check")
	_, err = proof.CheckRepair(inv.Ctx, c, o.net, repaired, o.spec, proof.Options{Margin: &c.Repair.Margin, Workers: j.workers, Execution: certify.CheckExecution(j.workers)})
	inv.Progress.Clear()
	if err := inv.Ctx.Err(); err != nil {
		return err
	}
	if err != nil {
		t.missing = "the exact check does not confirm the result: " + err.Error()
		return nil
	}
	if c.Repair.Original.SHA256, err = answer.FileDigest(j.path); err != nil {
		return err
	}
	c.Network.SHA256 = c.Repair.Original.SHA256
	if o.written != "" {
		c.Network.SHA256 = o.file.Digest
	}
	if isSpecFile(j.spec) {
		if c.Specification.SHA256, err = answer.FileDigest(j.spec); err != nil {
			return err
		}
	}
	t.without = leftOut(o.best, c)
	return t.stage(inv, c)
}

// leftOut is what was shown of a repair and its certificate does not claim; empty for
// nothing.
func leftOut(r *repair.Result, c *cert.Certificate) string {
	e := r.Check.Execution
	if r.Network == nil || e == nil || c.Repair.Execution != nil {
		return ""
	}
	return fmt.Sprintf("it claims nothing about executions in %v: with the classes that the repaired network prefers, not those of the original, the margin %s is not reached", e.DType, cli.Short(r.Margin))
}

// isSpecFile reports whether a --spec argument names a file.
func isSpecFile(argument string) bool {
	if argument == "-" || strings.HasPrefix(strings.TrimSpace(argument), "{") || strings.HasPrefix(strings.TrimSpace(argument), "[") {
		return false
	}
	_, err := os.Stat(argument)
	return err == nil
}

// claimText is what a certificate of a repair claims, for people.
func claimText(c *cert.Certificate, choice bool) string {
	b := c.Repair
	within := "of any size"
	if b.Bound != nil {
		within = "with every |change| <= " + cli.Short(*b.Bound)
	}
	if c.Kind == cert.NoRepair {
		return fmt.Sprintf("no change of layer %d %s meets the requirement%s, margin %s", b.Layer, within, answer.GivenChoice(choice), cli.Short(b.Margin))
	}
	executed := ""
	if b.Execution != nil {
		executed = ", also as executed in " + b.Execution.DType
	}
	return fmt.Sprintf("the network, repaired in layer %d, meets the requirement, margin %s%s", b.Layer, cli.Short(b.Margin), executed)
}

// smallestText is what is claimed of the size of a repair; empty for nothing.
func smallestText(c *cert.Certificate, choice bool) string {
	o := c.Repair.Objective
	if o == nil {
		return ""
	}
	if o.LowerBound == 0 {
		return fmt.Sprintf("%s of the change is at most %s; not certified: whether less would do", objectiveText(repair.Norm(o.Norm)), cli.Short(o.Value))
	}
	return fmt.Sprintf("%s of the change is at most %s, and no repair of this layer has less than %s%s",
		objectiveText(repair.Norm(o.Norm)), cli.Short(o.Value), cli.Short(o.LowerBound), answer.GivenChoice(choice))
}
