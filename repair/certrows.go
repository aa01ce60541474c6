package repair

import (
	"errors"
	"math"
	"slices"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec"
)

// Rows are a certificate's rows for a change of layer k, at points where their patterns are
// sure to hold; rows without such a point are left out.
func Rows(net *nn.Network, s *spec.Spec, k int, dual []DualRow) ([]cert.Row, error) {
	found, err := exactRows(net, s, k, dual, false, parallel.Workers(0))
	all := []cert.Row{}
	for _, row := range found {
		if row != nil {
			all = append(all, *row)
		}
	}
	return all, err
}

// exactRows are the certificate's rows of dual, nil if there is none: at the key points or
// next to them, with corners at the exact corners of their linear regions.
func exactRows(net *nn.Network, s *spec.Spec, k int, dual []DualRow, corners bool, workers int) ([]*cert.Row, error) {
	all := make([]*cert.Row, len(dual))
	maker, err := proof.NewRows(net, s, k)
	if errors.Is(err, proof.ErrUnknown) && !s.Polytopes() && !corners {
		for i := range dual {
			all[i] = certRow(&dual[i])
		}
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	parallel.Each(len(dual), workers, func(i int) {
		d := &dual[i]
		switch {
		case d.exact != nil:
			all[i] = scaled(maker, d.exact.Row(), d)
		case corners && d.Inward != nil:
			all[i] = cornerRow(maker, s, d)
		default:
			all[i] = nearRow(maker, s, d)
		}
	})
	return all, nil
}

// scaled is a row at an exact point with the multiplier and the half-space of d.
func scaled(maker *proof.Rows, row cert.Row, d *DualRow) *cert.Row {
	row.HalfSpace = d.HalfSpace
	exact, err := maker.Exact(&row)
	if err != nil {
		return nil
	}
	scale, _ := exact.Scale.Float64()
	row.Multiplier = cert.Float(d.Multiplier / scale)
	return &row
}

// cornerRow finds the exact corner that a key point is.
func cornerRow(maker *proof.Rows, s *spec.Spec, d *DualRow) *cert.Row {
	triangle, from, to := parameters(&s.Items[d.Item], d.Point, d.Inward)
	for _, step := range nearby {
		near := make([]float64, len(from))
		for i := range near {
			near[i] = from[i] + float64(step*(to[i]-from[i]))
		}
		corners, err := maker.Vertices(d.Item, triangle, cert.Floats(within(near)...), d.Pattern, d.FirstUnit)
		if err != nil {
			continue
		}
		best, least := -1, math.Inf(1)
		for i, c := range corners {
			far := 0.0
			for k, w := range c.At {
				far = max(far, math.Abs(w.Float64()-from[k]))
			}
			if far < least {
				best, least = i, far
			}
		}
		if best < 0 {
			continue
		}
		row := corners[best]
		if d.Class >= 0 {
			row.Class = &d.Class
		}
		if row := scaled(maker, row, d); row != nil {
			return row
		}
	}
	return nearRow(maker, s, d)
}

// nearby are how far from a key point, towards the middle of its cell, a point is
// looked for that tells which linear region is meant.
var nearby = [...]float64{0x1p-3, 0x1p-10, 0x1p-20, 0x1p-30}

// nearRow finds a point for a row: the key point itself, where its pattern holds
// there or next to it, and else one as near as possible within the cell.
func nearRow(maker *proof.Rows, s *spec.Spec, d *DualRow) *cert.Row {
	row := certRow(d)
	fits := func() bool {
		p, err := maker.Pattern(row)
		if err != nil {
			return false
		}
		if len(p) != d.FirstUnit+len(d.Pattern) {
			return true // at a point of a network with maxima, which executes its own
		}
		return slices.Equal([]uint8(p[d.FirstUnit:]), d.Pattern)
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
	for step := firstStep; step <= lastStep; step = float64(step * 8) {
		at := make([]float64, len(from))
		for i := range at {
			at[i] = from[i] + float64(step*(to[i]-from[i]))
		}
		row.At = cert.Floats(within(at)...)
		if fits() {
			return row
		}
	}
	return nil
}

// certRow is a row at a point.
func certRow(d *DualRow) *cert.Row {
	row := &cert.Row{Item: d.Item, HalfSpace: d.HalfSpace, Multiplier: cert.Float(d.Multiplier)}
	if d.Class >= 0 {
		row.Class = &d.Class
	}
	return row
}

// firstStep and lastStep are how far from the key point to the middle of its
// cell a row's point is tried: from some roundings on.
const firstStep, lastStep = 0x1p-50, 0x1p-5

// FreeRuns are the lengths of alternating runs of fixed and free parameters; nil if all are
// free.
func FreeRuns(net *nn.Network, layer int, free Free) ([]int, error) {
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
