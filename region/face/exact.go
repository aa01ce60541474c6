package face

import (
	"math/big"
	"slices"

	"github.com/netmend/netmend/nn"
)

const (
	// maxProducts bounds the products that one answer takes in exact arithmetic, and
	// allProducts those of all answers of a rule, some seconds: a search is not to wait for
	// what package proof decides anyway.
	maxProducts = 1 << 22
	allProducts = 1 << 25
)

// exactNetwork computes the activation channel at the corners of frames, each unit following
// the piece that a pattern says.
type exactNetwork struct {
	net      *nn.Network
	matrices []*matrix // made when first needed
	made     []bool
	products int // so far

	// What is known of the frame and pattern last asked for.
	corners [][]float64
	pattern nn.Pattern
	nodes   []*values
}

func newExactNetwork(net *nn.Network) *exactNetwork {
	n := len(net.Nodes)
	return &exactNetwork{net: net, matrices: make([]*matrix, n), made: make([]bool, n), nodes: make([]*values, n)}
}

// row is a facet's function at the corners of a frame, for the pieces of a pattern; not ok
// where it is not computed. Of the pattern only the units of nodes before the facet's count.
func (r *Rule) row(pattern nn.Pattern, f *Frame, facet Facet) (row []*big.Int, ok bool) {
	switch facet.Kind {
	case Side:
		return f.side(int(facet.Index)), true
	case Plane:
		return f.plane(facet.Plane)
	}
	node, u := r.net.UnitAt(int(facet.Index))
	v := r.exact.inputOf(node, pattern, f)
	if v == nil {
		return nil, false
	}
	return v.row(u, r.net.Nodes[node].Op.(*nn.Piecewise).Breaks[facet.Break]), true
}

// inputOf are the values that an activation node is applied to; nil if they are not
// computed.
func (x *exactNetwork) inputOf(node int, pattern nn.Pattern, f *Frame) *values {
	x.keep(pattern, f)
	budget := maxProducts
	return x.at(x.net.Nodes[node].Inputs[0], &budget)
}

// keep forgets what another frame or other pieces gave.
func (x *exactNetwork) keep(pattern nn.Pattern, f *Frame) {
	same := 0 // units
	if slices.EqualFunc(x.corners, f.Corners, slices.Equal) {
		for same < len(pattern) && same < len(x.pattern) && pattern[same] == x.pattern[same] {
			same++
		}
	} else {
		clear(x.nodes)
	}
	x.corners, x.pattern = f.Corners, append(x.pattern[:0], pattern...)
	for i := range x.nodes {
		if from, to := x.net.Units(i); to > from && to > same {
			clear(x.nodes[i:])
			break
		}
	}
}

// at are the values of a node.
func (x *exactNetwork) at(i int, budget *int) *values {
	if i == nn.Input {
		v := inputValues(x.corners)
		return &v
	}
	if x.nodes[i] != nil {
		return x.nodes[i]
	}
	var in *values
	for k, j := range x.net.Nodes[i].Inputs {
		v := x.at(j, budget)
		if v == nil {
			return nil
		}
		if in = v; k > 0 || len(x.net.Nodes[i].Inputs) > 1 {
			in = nil
		}
	}
	if in == nil {
		v := x.joined(i)
		in = &v
	}
	var out *values
	if f, ok := x.net.Nodes[i].Op.(*nn.Piecewise); ok {
		from, to := x.net.Units(i)
		out = follow(f, in, x.pattern[from:to])
	} else {
		if !x.made[i] {
			x.made[i], x.matrices[i] = true, matrixOf(x.net, i)
		}
		m := x.matrices[i]
		if m == nil {
			return nil
		}
		work := m.in * m.out * in.corners
		if *budget -= work; *budget < 0 || x.products+work > allProducts {
			return nil
		}
		x.products += work
		v := m.apply(in)
		out = &v
	}
	x.nodes[i] = out
	return out
}

// joined are the values of a node's inputs together.
func (x *exactNetwork) joined(i int) values {
	all := values{corners: len(x.corners), e: noExponent}
	var parts []values
	floats := true
	for _, j := range x.net.Nodes[i].Inputs {
		budget := 0 // they are known
		p := *x.at(j, &budget)
		parts = append(parts, p)
		all.n += p.n
		floats = floats && p.f != nil
	}
	for k := range parts {
		if !floats {
			parts[k].widen()
			all.e = min(all.e, parts[k].e)
		}
	}
	for k := range all.corners {
		for _, p := range parts {
			if floats {
				all.f = append(all.f, p.f[k*p.n:(k+1)*p.n]...)
				continue
			}
			for u := range p.n {
				var v big.Int
				if m := &p.m[k*p.n+u]; m.Sign() != 0 {
					v.Lsh(m, uint(p.e-all.e))
				}
				all.m = append(all.m, v)
			}
		}
	}
	return all
}

// follow applies to each unit the piece of a function that a pattern says.
func follow(f *nn.Piecewise, in *values, pattern []uint8) *values {
	out := &values{n: in.n, corners: in.corners}
	if in.f != nil {
		out.f = make([]float64, len(in.f))
		ok := true
		for i, z := range in.f {
			p := pattern[i%in.n]
			var exact bool
			out.f[i], exact = exactDot([]float64{f.Slope[p]}, []float64{z}, f.Offset[p])
			ok = ok && exact
		}
		if ok {
			return out
		}
		out.f = nil
	}
	x := *in
	x.widen()
	slopes, se := integers(f.Slope)
	offsets, oe := integers(f.Offset)
	out.m, out.e = make([]big.Int, len(x.m)), min(x.e+se, oe)
	var t big.Int
	for i := range x.m {
		p, v := pattern[i%in.n], &out.m[i]
		if v.Mul(&x.m[i], &slopes[p]); v.Sign() != 0 {
			v.Lsh(v, uint(x.e+se-out.e))
		}
		if offsets[p].Sign() != 0 {
			v.Add(v, t.Lsh(&offsets[p], uint(oe-out.e)))
		}
	}
	return out
}
