package final

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec/vnnlib"
)

// someKnots are knots at random distances, 0 among them or not.
func someKnots(r *rand.Rand) []float64 {
	t := float64(r.IntN(40)) - 30
	knots := []float64{t}
	for range 1 + r.IntN(40) {
		// A place of the grid that the distance is of.
		h := math.Ldexp(firstSpacing, -r.IntN(4))
		for math.Mod(t, h) != 0 {
			h /= 2
		}
		t += h
		knots = append(knots, t)
	}
	return knots
}

// The exponential function lies between its bounds, which are continuous and close to it at
// the knots; at 0 they are exact.
func TestBoundsOfExponential(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 20 {
		knots := someKnots(r)
		c := newCurve(knots)
		f, err := c.below()
		if err != nil {
			t.Fatalf("%v: %v", knots, err)
		}
		g, err := c.above()
		if err != nil {
			t.Fatalf("%v: %v", knots, err)
		}
		at := func(p *nn.Piecewise, k int, x *big.Rat) *big.Rat {
			v := new(big.Rat).Mul(exactly(p.Slope[k]), x)
			return v.Add(v, exactly(p.Offset[k]))
		}
		for _, p := range []*nn.Piecewise{f, g} {
			for k, b := range p.Breaks {
				if at(p, k, exactly(b)).Cmp(at(p, k+1, exactly(b))) != 0 {
					t.Fatalf("%v: a jump at %v", knots, b)
				}
			}
		}
		first, last := knots[0], knots[len(knots)-1]
		var points []float64
		points = append(points, knots...)
		points = append(points, f.Breaks...)
		for range 100 {
			points = append(points, first-2+float64(r.Float64()*(last-first+4)))
		}
		for _, x := range points {
			one := newCurve([]float64{x, x + 1})
			lo, hi := one.lo[0], one.hi[0]
			under, over := at(f, f.Piece(x), exactly(x)), at(g, g.Piece(x), exactly(x))
			if under.Cmp(hi) > 0 || x <= last && over.Cmp(lo) < 0 {
				t.Fatalf("%v at %v: bounds %v and %v of %v", knots, x, under.FloatString(20), over.FloatString(20), hi.FloatString(20))
			}
			if x == 0 && slices.Contains(knots, x) && (under.Cmp(lo) != 0 || over.Cmp(lo) != 0) {
				t.Fatalf("%v: bounds %v and %v at 0", knots, under, over)
			}
		}
		for i, x := range knots {
			v, h := math.Exp(x), 1.0
			if i > 0 {
				h = x - knots[i-1]
			}
			if i < len(knots)-1 {
				h = max(h, knots[i+1]-x)
			}
			under, _ := at(f, f.Piece(x), exactly(x)).Float64()
			over, _ := at(g, g.Piece(x), exactly(x)).Float64()
			least := float64(math.Exp(last) * 0x1p-24) // what rounding does
			if v-under > float64(0.3*h*h*v)+least || over-v > least {
				t.Fatalf("%v: bounds %v and %v of %v at the knot %v", knots, under, over, v, x)
			}
		}
	}
}

// extendedNet is a network of the identity with an end.
func extendedNet(t *testing.T, e *nn.End) *nn.Network {
	t.Helper()
	n := e.Outer * e.Axis * e.Inner
	w := nn.NewMatrix(n, n)
	for i := range n {
		w.Row(i)[i] = 1
	}
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: w, Bias: make([]float64, n)}}}}, []int{n}, nn.Meta{End: e})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// What a comparison of probabilities becomes contains, outward, all outputs that meet it,
// and else none that do not, and both are close once there are knots enough. Ties count as
// they should.
func TestExtend(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	met, refused := map[bool]int{}, 0
	for range 150 {
		e := &nn.End{Kind: []string{nn.EndSoftmax, nn.EndLogSoftmax}[r.IntN(2)], Outer: 1 + r.IntN(2), Axis: 3 + r.IntN(3), Inner: 1}
		net := extendedNet(t, e)
		n := e.OutDim()
		a := make([]float64, n)
		group := r.IntN(e.Outer)
		offset := float64(r.IntN(39)+1) / 40
		k := e.Member(group, r.IntN(e.Axis))
		a[k] = []float64{1, -1, 2}[r.IntN(3)]
		switch {
		case e.Kind == nn.EndLogSoftmax:
			offset = float64(-a[k] * float64(1+r.IntN(20)) / 8)
		case r.IntN(3) == 0: // several
			for j := range e.Axis {
				a[e.Member(group, j)] = float64(r.IntN(5) - 2)
			}
			offset = float64(r.IntN(81)-40) / 40
		case r.IntN(4) == 0:
			offset = 1 / float64(e.Axis)
		}
		if e.Kind == nn.EndSoftmax && a[k] < 0 {
			offset = -offset
		}
		strict := r.IntN(2) == 0
		z := make([]float64, n)
		for i := range z {
			z[i] = float64(r.IntN(17)-8) / 4
		}
		if r.IntN(4) == 0 {
			clear(z)
		}
		p := propertyOf(t, n, a, offset, strict)
		s := -offset
		for i, y := range e.Apply(z) {
			s += float64(a[i] * y)
		}
		equal := math.Abs(s) < 1e-9
		holds := s < 0
		if equal && e.Kind == nn.EndSoftmax && allZero(z) {
			// Of equal numbers all is rational.
			exact := new(big.Rat)
			for _, v := range a {
				exact.Add(exact, exactly(v))
			}
			order := exact.Quo(exact, big.NewRat(int64(e.Axis), 1)).Cmp(exactly(offset))
			holds = order < 0 || order == 0 && !strict
		} else if equal {
			continue
		}
		knots := FirstKnots(p, net)
		for round := 0; ; round++ {
			outer, err := Extend(p, net, true, knots, z)
			if err == ErrNotExtended {
				refused++
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			inner, err := Extend(p, net, false, knots, z)
			if err != nil {
				t.Fatal(err)
			}
			in, out := within(inner, z), within(outer, z)
			what := fmt.Sprintf("%+v, %v y <= %v (strict %v) at %v, value %v, round %d", *e, a, offset, strict, z, s, round)
			if in && !holds || holds && !out {
				t.Fatalf("%s: within inside %v, outside %v", what, in, out)
			}
			if in == out {
				met[holds]++
				break
			}
			closer := outer.Closer(z)
			if len(closer) == len(knots) || round > 30 {
				if math.Abs(s) > 1e-5 {
					t.Fatalf("%s: between the bounds", what)
				}
				break
			}
			knots = closer
		}
	}
	if met[true] < 25 || met[false] < 25 || refused > 40 {
		t.Errorf("%v comparisons were decided, %d refused", met, refused)
	}
}

func allZero(z []float64) bool {
	for _, v := range z {
		if v != z[0] {
			return false
		}
	}
	return true
}

// within reports whether outputs, the network's inputs, are in what an extension states.
func within(x *Extension, z []float64) bool {
	y, err := x.Net.EvalPoint(z)
	if err != nil {
		return false
	}
	for _, o := range x.Property.Cases[0].Outputs {
		all := true
		for i := range o {
			all = all && o[i].Contains(y) // evaluated without rounding: see the numbers above
		}
		if all {
			return true
		}
	}
	return false
}

func TestExtendRefuses(t *testing.T) {
	e := &nn.End{Kind: nn.EndSoftmax, Outer: 1, Axis: 3, Inner: 1}
	net := extendedNet(t, e)
	p := propertyOf(t, 3, []float64{1, 0, 0}, 0.5, false)
	if _, err := Extend(p, net, true, []float64{1}, nil); err != ErrKnots {
		t.Errorf("one knot: %v", err)
	}
	if _, err := Extend(p, net.BeforeEnd(), true, FirstKnots(p, net), nil); err != ErrNotExtended {
		t.Errorf("no end: %v", err)
	}
	order := propertyOf(t, 3, []float64{1, -1, 0}, 0, false)
	if _, err := Extend(order, net, true, FirstKnots(p, net), nil); err != ErrNotExtended {
		t.Errorf("an order: %v", err)
	}
	if _, err := Extend(propertyOf(t, 2, []float64{1, 0}, 0.5, false), net, true, FirstKnots(p, net), nil); err == nil || !strings.Contains(err.Error(), "outputs") {
		t.Errorf("two outputs: %v", err)
	}
}

// propertyOf is a property of n inputs and outputs: a . y <= offset.
func propertyOf(t *testing.T, n int, a []float64, offset float64, strict bool) *vnnlib.Property {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "(declare-const X_%d Real)(declare-const Y_%d Real)", i, i)
	}
	for i := range n {
		fmt.Fprintf(&b, "(assert (>= X_%d -10))(assert (<= X_%d 10))", i, i)
	}
	b.WriteString("(assert (" + map[bool]string{true: "<", false: "<="}[strict] + " (+ 0.0")
	for i, v := range a {
		fmt.Fprintf(&b, " (* %s Y_%d)", new(big.Rat).SetFloat64(v).FloatString(20), i)
	}
	b.WriteString(") " + new(big.Rat).SetFloat64(offset).FloatString(60) + "))")
	return parse(t, b.String())
}
