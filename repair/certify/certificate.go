package certify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// New returns the certificate of a repair of a network, or of there being none,
// with the digests of contents set; those of files are the caller's to add.
// repaired is the network as written, for a result that has one; opt is what the
// repair was asked for. Where the exact checker cannot make rows, a
// repair's lower bound is 0. It fails where there is nothing to certify, and for
// operations that the exact checker does not know.
func New(ctx context.Context, net, repaired *nn.Network, s *spec.Spec, r *repair.Result, opt repair.Options) (*cert.Certificate, error) {
	bound, unknown, err := proof.Bind(ctx, net, s)
	if err != nil {
		return nil, err
	}
	if unknown != "" {
		return nil, errors.New(unknown)
	}
	body := &cert.Repair{Layer: r.Layer, Margin: r.Margin, Bound: &r.Bound}
	if body.Free, err = runs(net, r.Layer, opt.Free); err != nil {
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
	body.Rows, err = rows(net, bound, r)
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
	return c, proof.Claim(ctx, c, net, repaired, bound, opt.Workers)
}

// execution is the claim about executions that the file itself supports: the
// classes chosen are those that the repaired network prefers. It is nil where the
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

// runs are the lengths of alternating runs of fixed and free parameters; nil
// where all are free.
func runs(net *nn.Network, layer int, free repair.Free) ([]int, error) {
	_, op, err := net.Layer(layer)
	if err != nil {
		return nil, err
	}
	mask, err := free.Mask(op.Channel(nn.ValueChannel))
	if mask == nil || err != nil {
		return nil, err
	}
	out := []int{0}
	for _, f := range mask {
		if f != (len(out)%2 == 0) {
			out = append(out, 0)
		}
		out[len(out)-1]++
	}
	return out, nil
}

// rows are those of a repair, at points where their patterns are sure to hold;
// rows for which there is none are left out.
func rows(net *nn.Network, s *spec.Spec, r *repair.Result) ([]cert.Row, error) {
	all := []cert.Row{}
	check, err := proof.NewRows(net, s, r.Layer)
	if errors.Is(err, proof.ErrUnknown) && !s.Polytopes() {
		for i := range r.Dual {
			all = append(all, *rowOf(&r.Dual[i]))
		}
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	for i := range r.Dual {
		if row := place(check, s, &r.Dual[i]); row != nil {
			all = append(all, *row)
		}
	}
	return all, nil
}

// place finds a point for a row: the key point itself, where its pattern holds
// there or next to it, and else one as near as possible within the cell.
func place(check *proof.Rows, s *spec.Spec, d *repair.DualRow) *cert.Row {
	row := rowOf(d)
	fits := func() bool {
		p, err := check.Pattern(row)
		return err == nil && slices.Equal([]uint8(p[d.FirstUnit:]), d.Pattern)
	}
	item := &s.Items[d.Item]
	if item.Segment == nil && item.Polygon == nil {
		if fits() {
			return row
		}
		return nil
	}
	inward := d.Inward
	if inward == nil {
		inward = d.Point
	}
	var from, to []float64
	row.Triangle, from, to = parameters(item, d.Point, inward)
	row.At = cert.Floats(within(from)...)
	if fits() {
		return row
	}
	if d.Inward == nil {
		return nil
	}
	row.Towards = cert.Floats(within(to)...)
	if fits() {
		return row
	}
	row.Towards = nil
	for step := firstStep; step <= lastStep; step *= 8 {
		at := make([]float64, len(from))
		for i := range at {
			at[i] = from[i] + step*(to[i]-from[i])
		}
		row.At = cert.Floats(within(at)...)
		if fits() {
			return row
		}
	}
	return nil
}

// rowOf is a row at a point.
func rowOf(d *repair.DualRow) *cert.Row {
	row := &cert.Row{Item: d.Item, HalfSpace: d.HalfSpace, Multiplier: cert.Float(d.Multiplier)}
	if d.Class >= 0 {
		row.Class = &d.Class
	}
	return row
}

// firstStep and lastStep are how far from the key point to the middle of its
// cell a row's point is tried: from some roundings on.
const firstStep, lastStep = 0x1p-50, 0x1p-5
