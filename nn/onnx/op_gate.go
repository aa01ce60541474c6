package onnx

import (
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
)

// maxFactors bounds how far a product is taken apart.
const maxFactors = 8

// gate is a function g of z that turns z into factor f(z) = z g(z).
type gate struct {
	f      *nn.Smooth
	z      int
	factor float64
}

// gated recognises a product c z g(z), in any order and with the constant c in
// any place, as c' f(z) with f of GELU, SiLU or hard-swish; nil if a b is
// none. A factor c' other than 1 becomes a scaling, which a later constant can
// undo.
func (im *importer) gated(a, b *value) *value {
	if !slices.Equal(a.shape, b.shape) {
		return nil
	}
	for _, node := range im.factorNodes(a.node, b.node) {
		for _, g := range im.gatesAt(node) {
			factor, ok := im.monomial([]int{a.node, b.node}, node, g.z)
			if !ok {
				continue
			}
			factor = float64(factor * g.factor)
			y := im.add(irNode{kind: irActivation, in: []int{g.z, g.z}, act: g.f}, a.shape, max(a.batch, b.batch))
			if nearConstant(factor, 1) {
				return y
			}
			n := im.ir[y.node].dim
			if im.charge(2*int64(n)) != nil {
				return nil
			}
			return im.add(irNode{
				kind: irScale, in: []int{y.node}, restoring: true,
				scale: nn.Scale{Factor: slices.Repeat([]float64{factor}, n), Shift: make([]float64, n)},
			}, y.shape, y.batch)
		}
	}
	return nil
}

// factorNodes lists nodes through which the product of the given ones is made.
func (im *importer) factorNodes(nodes ...int) []int {
	for i := 0; i < len(nodes) && len(nodes) <= maxFactors; i++ {
		if n := &im.ir[nodes[i]]; n.kind == irProduct || isFactor(n) {
			nodes = append(nodes, n.in...)
		}
	}
	return nodes
}

// isFactor reports whether a node multiplies by one constant.
func isFactor(n *irNode) bool {
	return n.kind == irScale && !n.shifted && uniformScale(n.scale) && n.scale.Shift[0] == 0
}

// monomial returns c where the product of the nodes is c g z, with g and z once
// each.
func (im *importer) monomial(nodes []int, g, z int) (c float64, ok bool) {
	c = 1
	seenGate, seenArgument := false, false
	for i := 0; i < len(nodes); i++ {
		n := &im.ir[nodes[i]]
		switch {
		case len(nodes) > maxFactors:
			return 0, false
		case nodes[i] == g && !seenGate:
			seenGate = true
		case nodes[i] == z && !seenArgument:
			seenArgument = true
		case n.kind == irProduct:
			nodes = append(nodes, n.in...)
		case isFactor(n):
			c = float64(c * n.scale.Factor[0])
			nodes = append(nodes, n.in[0])
		default:
			return 0, false
		}
	}
	return c, seenGate && seenArgument
}

// gatesAt lists the gates that a node may be.
func (im *importer) gatesAt(node int) []gate {
	n := &im.ir[node]
	switch {
	case n.kind == irScale && uniformScale(n.scale):
		// β (1 + s) with s = erf(z / sqrt 2), or the tanh of the other form.
		beta := n.scale.Factor[0]
		if beta == 0 || !nearConstant(n.scale.Shift[0], beta) {
			return nil
		}
		s := &im.ir[n.in[0]]
		switch {
		case s.kind == irMapped && s.op == "Erf":
			e := &im.ir[s.in[0]]
			if isFactor(e) && nearConstant(e.scale.Factor[0], math.Sqrt2/2) {
				return []gate{{nn.GELU(), e.in[0], float64(2 * beta)}}
			}
		case s.kind == irActivation && s.act.Kind() == nn.KindTanh && !s.isLinearized():
			if z, ok := im.geluArgument(s.in[0]); ok {
				return []gate{{nn.GELUTanh(), z, float64(2 * beta)}}
			}
		}
	case n.kind == irActivation && !n.isLinearized():
		z := n.in[0]
		switch f := n.act.(type) {
		case *nn.Smooth:
			if f.Kind() == nn.KindSigmoid {
				return []gate{{nn.SiLU(), z, 1}}
			}
		case *nn.Piecewise:
			return im.hardGates(f, z)
		}
	}
	return nil
}

// hardGates are the gates of hard-swish, s min(6, max(0, z + 3)), where z + 3
// may be a node of its own.
func (im *importer) hardGates(f *nn.Piecewise, x int) []gate {
	if f.Pieces() != 3 || f.Slope[0] != 0 || f.Slope[2] != 0 || f.Offset[0] != 0 || !f.Continuous() {
		return nil
	}
	s := f.Offset[2] / 6
	hard := func(slope, shift float64, z int) []gate {
		if s <= 0 || !nearConstant(slope, s) || !nearConstant(shift, float64(3*s)) {
			return nil
		}
		return []gate{{nn.HardSwish(), z, float64(6 * s)}}
	}
	slope, offset := f.Slope[1], f.Offset[1]
	gates := hard(slope, offset, x)
	if n := &im.ir[x]; n.kind == irScale && uniformScale(n.scale) {
		gates = append(gates, hard(float64(slope*n.scale.Factor[0]), float64(slope*n.scale.Shift[0])+offset, n.in[0])...)
	}
	return gates
}

// geluArgument returns z where node is sqrt(2/π) (z + 0.044715 z³).
func (im *importer) geluArgument(node int) (z int, ok bool) {
	candidates := []int{node}
	for i := 0; i < len(candidates) && len(candidates) <= 2*maxFactors; i++ {
		switch n := &im.ir[candidates[i]]; n.kind {
		case irProduct, irSum, irScale:
			candidates = append(candidates, n.in...)
		}
	}
	for _, z := range candidates {
		p, ok := im.polynomial(node, z, maxFactors)
		if ok && p[0] == 0 && p[2] == 0 && nearConstant(p[1], geluRate) && nearConstant(p[3], float64(geluRate*geluCube)) {
			return z, true
		}
	}
	return 0, false
}

// polynomial returns the coefficients of a node as a polynomial of degree 3 at
// most in node z.
func (im *importer) polynomial(node, z, depth int) (p [4]float64, ok bool) {
	n := &im.ir[node]
	switch {
	case node == z:
		return [4]float64{1: 1}, true
	case depth == 0:
	case n.kind == irScale && uniformScale(n.scale):
		p, ok = im.polynomial(n.in[0], z, depth-1)
		for i := range p {
			p[i] = float64(p[i] * n.scale.Factor[0])
		}
		p[0] += n.scale.Shift[0]
		return p, ok
	case n.kind == irSum || n.kind == irProduct:
		a, ok1 := im.polynomial(n.in[0], z, depth-1)
		b, ok2 := im.polynomial(n.in[1], z, depth-1)
		if !ok1 || !ok2 {
			return p, false
		}
		if n.kind == irSum {
			for i := range p {
				p[i] = a[i] + b[i]
			}
			return p, true
		}
		for i, x := range a {
			for j, y := range b {
				if i+j < len(p) {
					p[i+j] += float64(x * y)
				} else if x*y != 0 {
					return p, false
				}
			}
		}
		return p, true
	}
	return p, false
}

// restored undoes the factor of a gated product: x times the constants c where
// x is one; nil if it is none.
func (im *importer) restored(x *value, c []float64, shape []int, batch int) *value {
	n := &im.ir[x.node]
	if !n.restoring || !im.onlyUse(x) || !all(c, c[0]) {
		return nil
	}
	factor := float64(n.scale.Factor[0] * c[0])
	if nearConstant(factor, 1) {
		return &value{node: n.in[0], shape: shape, batch: batch}
	}
	for i := range n.scale.Factor {
		n.scale.Factor[i] = factor
	}
	return im.alias(x, shape, batch)
}
