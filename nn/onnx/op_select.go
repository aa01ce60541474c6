package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// readGreaterOrEqual reads the comparison of a computed value with a constant, as
// it occurs in a piecewise-affine function, or of two computed values, as it occurs
// in the maximum of a value channel.
func readGreaterOrEqual(im *importer, n *onnxpb.NodeProto) (*value, error) {
	z, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	y, err := im.require(n, 1)
	switch {
	case err != nil:
		return nil, err
	case z.isConstant() && y.isConstant():
		return readComparison(im, n)
	case z.isConstant():
		return nil, unsupported("compares a constant, want a computed value on the left")
	case !y.isConstant():
		if z, y, err = im.together(z, y); err != nil {
			return nil, err
		}
		return im.condition(irNode{kind: irCondition, in: []int{z.node, y.node}}, z), nil
	}
	t, err := im.constant(n, 1, "the threshold")
	if err != nil {
		return nil, err
	}
	// A breakpoint is not a parameter: it may be a float64 in a file of float32 numbers.
	before := im.float64
	c, err := im.uniform(t, z)
	im.float64 = before
	if err != nil {
		return nil, err
	}
	return im.condition(irNode{kind: irCondition, in: []int{z.node}, threshold: c}, z), nil
}

func (im *importer) condition(node irNode, z *value) *value {
	v := im.add(node, z.shape, z.batch)
	v.typ = typeBool
	return v
}

// uniform returns the one number that all elements of a constant have, which
// must broadcast to the shape of x.
func (im *importer) uniform(t *tensor, x *value) (float64, error) {
	if t == nil {
		return 0, errors.New("a constant is missing")
	}
	f, err := t.asFloats()
	if err != nil {
		return 0, err
	}
	if shape, err := broadcastShape(t.shape, x.shape); err != nil || len(f) == 0 || !slices.Equal(shape, x.shape) {
		return 0, fmt.Errorf("constant %q of shape %v does not fit a value of shape %v", t.name, t.shape, x.shape)
	}
	im.note(t)
	if !all(f, f[0]) {
		return 0, unsupportedf("constant %q differs between units, want one number for all", t.name)
	}
	return f[0], nil
}

// piece is an affine function slope v + offset of a computed value, or a
// constant where base is -1.
type piece struct {
	base          int
	slope, offset float64
}

// maxPieces is how many pieces an [nn.Pattern] can tell apart.
const maxPieces = 256

// readWhere reads Where(z >= b, upper, lower) as a piecewise-affine function
// linearised around z. Each branch is a constant or an affine function of a
// computed value v, the same for both, or again such a function, with
// breakpoints on its side of b.
func readWhere(im *importer, n *onnxpb.NodeProto) (*value, error) {
	var in [3]*value
	for i := range in {
		v, err := im.require(n, i)
		if err != nil {
			return nil, err
		}
		in[i] = v
	}
	if in[0].isConstant() {
		return im.chosenByConstant(in[0].constant, in[1], in[2])
	}
	if im.ir[in[0].node].kind != irCondition {
		return nil, unsupported("its condition is not a comparison GreaterOrEqual")
	}
	cond := im.ir[in[0].node]
	if len(cond.in) == 2 {
		return im.chosenOfTwo(in[0], in[1], in[2])
	}
	z, b := cond.in[0], cond.threshold
	upper, err := im.branch(in[1], in[0], z)
	if err != nil {
		return nil, err
	}
	lower, err := im.branch(in[2], in[0], z)
	if err != nil {
		return nil, err
	}
	if g := upper.bent; g != nil && g.Breaks[0] <= b {
		upper.bent = nil
	}
	if g := lower.bent; g != nil && g.Breaks[len(g.Breaks)-1] >= b {
		lower.bent = nil
	}
	base, f := im.join(lower, upper, b, z)
	if f == nil {
		return nil, unsupported("its branches are not affine functions of one computed value")
	}
	if f.Pieces() > maxPieces {
		return nil, unsupportedf("the function it computes has more than %d pieces", maxPieces)
	}
	return im.add(irNode{kind: irActivation, in: []int{z, base}, act: named(f)}, in[0].shape, in[0].batch), nil
}

// branch is one side of a Where: a function with breakpoints, applied to base,
// or the ways to read it as one piece.
type branch struct {
	bent   *nn.Piecewise
	base   int
	pieces []piece
}

// branch reads one side of a Where with the given condition on z.
func (im *importer) branch(v, cond *value, z int) (branch, error) {
	if !v.isConstant() && !slices.Equal(v.shape, cond.shape) {
		return branch{}, fmt.Errorf("chooses from a value of shape %v by a condition of shape %v", v.shape, cond.shape)
	}
	ps, err := im.pieces(v, cond)
	if err != nil {
		return branch{}, err
	}
	br := branch{pieces: ps}
	if !v.isConstant() {
		node := &im.ir[v.node]
		if g, ok := node.act.(*nn.Piecewise); ok && node.in[0] == z && len(g.Breaks) > 0 {
			br.bent, br.base = g, node.in[1]
		}
	}
	return br, nil
}

// join puts two branches together at breakpoint b, over the value that both are
// functions of, z if they are; nil if there is none.
func (im *importer) join(lower, upper branch, b float64, z int) (base int, f *nn.Piecewise) {
	switch {
	case lower.bent != nil:
		base = lower.base
	case upper.bent != nil:
		base = upper.base
	case lower.over(z) != nil && upper.over(z) != nil:
		base = z
	default:
		base = commonBase(im.alike(upper.pieces, z), im.alike(lower.pieces, z))
		if base < 0 {
			base = commonBase(upper.pieces, lower.pieces)
		}
		if base < 0 && upper.pieces[0].base < 0 && lower.pieces[0].base < 0 {
			base = z // two constants
		}
	}
	l, u := lower.over(base), upper.over(base)
	if base < 0 || l == nil || u == nil {
		return base, nil
	}
	return base, &nn.Piecewise{
		Breaks: slices.Concat(l.Breaks, []float64{b}, u.Breaks),
		Slope:  slices.Concat(l.Slope, u.Slope),
		Offset: slices.Concat(l.Offset, u.Offset),
	}
}

// over is the branch as a function of the given value; nil if it is none.
func (br branch) over(base int) *nn.Piecewise {
	if br.bent != nil {
		if br.base != base {
			return nil
		}
		return br.bent
	}
	for _, p := range br.pieces {
		if p.base == base || p.base < 0 {
			return &nn.Piecewise{Slope: []float64{p.slope}, Offset: []float64{p.offset}}
		}
	}
	return nil
}

// pieces lists the ways to read a branch as an affine function of a computed
// value, the simplest first.
func (im *importer) pieces(v, cond *value) ([]piece, error) {
	if v.isConstant() {
		c, err := im.uniform(v.constant, cond)
		return []piece{{base: -1, offset: c}}, err
	}
	ps := []piece{{base: v.node, slope: 1}}
	if n := im.ir[v.node]; n.kind == irScale && uniformScale(n.scale) {
		ps = append(ps, piece{base: n.in[0], slope: n.scale.Factor[0], offset: n.scale.Shift[0]})
	}
	return ps, nil
}

func uniformScale(s nn.Scale) bool { return all(s.Factor, s.Factor[0]) && all(s.Shift, s.Shift[0]) }

// alike leaves of the ways to read a branch those over a value that is made like
// z: in a decoupled network the function is applied to z's counterpart, not to a
// multiple of it.
func (im *importer) alike(ps []piece, z int) []piece {
	return slices.DeleteFunc(slices.Clone(ps), func(p piece) bool {
		if p.base < 0 {
			return false
		}
		v, a := &im.ir[p.base], &im.ir[z]
		return v.kind != a.kind || v.kind == irScale && !slices.Equal(v.scale.Factor, a.scale.Factor)
	})
}

// commonBase is the computed value that both branches are affine functions of,
// the one that needs the fewest steps, or -1.
func commonBase(upper, lower []piece) int {
	for _, p := range upper {
		for _, q := range lower {
			switch {
			case p.base < 0 && q.base >= 0:
				return q.base
			case p.base >= 0 && (p.base == q.base || q.base < 0):
				return p.base
			}
		}
	}
	return -1
}

// named returns the function under its name where it has one.
func named(f *nn.Piecewise) nn.Activation {
	inf := math.Inf(1)
	candidates := []*nn.Piecewise{nn.ReLU(), nn.HardTanh(), nn.Abs(), nn.Step()}
	if len(f.Breaks) == 1 {
		candidates = append(candidates, nn.LeakyReLU(f.Slope[0]))
		if c, err := nn.Clip(f.Breaks[0], inf); err == nil {
			candidates = append(candidates, c)
		}
		if c, err := nn.Clip(-inf, f.Breaks[0]); err == nil {
			candidates = append(candidates, c)
		}
	}
	if len(f.Breaks) == 2 {
		if h, err := nn.HardSigmoid(f.Slope[1], f.Offset[1]); err == nil {
			candidates = append(candidates, h)
		}
		if c, err := nn.Clip(f.Breaks[0], f.Breaks[1]); err == nil {
			candidates = append(candidates, c)
		}
	}
	for _, c := range candidates {
		if sameFunction(c, f) {
			return c
		}
	}
	return f
}
