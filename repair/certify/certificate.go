package certify

import (
	"context"
	"errors"
	"fmt"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/final"
)

// New returns the certificate of a repair of a network, or of there being none,
// with the digests of contents set; those of files are the caller's to add.
// repaired is the network as written, for a result that has one; opt is what the
// repair was asked for. Where the exact checker cannot make rows, a
// repair's lower bound is 0. It fails if there is nothing to certify, and for
// operations that the exact checker does not know.
func New(ctx context.Context, net, repaired *nn.Network, s *spec.Spec, r *repair.Result, opt repair.Options) (*cert.Certificate, error) {
	s, err := final.Spec(s, net)
	if err != nil {
		return nil, err
	}
	bound, unknown, err := proof.Bind(ctx, net, s)
	if err != nil {
		return nil, err
	}
	if unknown != "" {
		return nil, errors.New(unknown)
	}
	body := &cert.Repair{Layer: r.Layer, Margin: r.Margin, Bound: &r.Bound}
	if body.Free, err = repair.FreeRuns(net, r.Layer, opt.Free); err != nil {
		return nil, err
	}
	c := cert.New(cert.NoRepair)
	c.Repair = body
	if body.Original.Content, err = proof.NetworkDigest(net); err != nil {
		return nil, err
	}
	c.Network.Content = body.Original.Content
	if c.Specification.Content, err = proof.SpecDigest(s); err != nil {
		return nil, err
	}
	if body.Rows = r.Rows; r.Rows == nil {
		body.Rows, err = repair.Rows(net, bound, r.Layer, r.Dual)
	}
	if errors.Is(err, proof.ErrUnknown) && r.Network != nil {
		// The repair itself is proven, but not that it is the smallest.
		body.Rows, err = []cert.Row{}, nil
	}
	if err != nil {
		return nil, err
	}
	switch {
	case r.Status == repair.Infeasible:
		return c, nil
	case r.Network == nil:
		return nil, fmt.Errorf("the repair ended as %s: there is nothing to certify", r.Status)
	}
	c.Kind = cert.Repaired
	if c.Network.Content, err = proof.NetworkDigest(repaired); err != nil {
		return nil, err
	}
	body.Objective = &cert.Objective{Norm: string(r.Norm)}
	if r.Norm == repair.Mix {
		if body.Objective.L1Weight, body.Objective.LinfWeight = opt.L1Weight, opt.LinfWeight; opt.L1Weight == 0 && opt.LinfWeight == 0 {
			body.Objective.L1Weight, body.Objective.LinfWeight = 1, 1
		}
	}
	if e := r.Check.Execution; e != nil {
		if body.Execution, err = execution(ctx, repaired, bound, r.Margin, e.DType, opt.Workers); err != nil {
			return nil, err
		}
	}
	return c, proof.Claim(ctx, c, net, repaired, bound, proof.Options{Workers: opt.Workers})
}

// execution is the claim about executions that the file itself supports: the
// classes chosen are those that the repaired network prefers. It is nil if the
// margin is not reached with these.
func execution(ctx context.Context, repaired *nn.Network, bound *spec.Spec, margin float64, dtype nn.DType, workers int) (*cert.Execution, error) {
	r, err := repair.Check(ctx, repaired, bound, repair.Options{DType: dtype, Executed: true, Workers: workers})
	if err != nil {
		return nil, err
	}
	if !(r.Execution.MarginReached >= margin) {
		return nil, nil
	}
	return &cert.Execution{DType: dtype.String(), Ulps: repair.ExecutionUlps, MarginReached: r.Execution.MarginReached}, nil
}
