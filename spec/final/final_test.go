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
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/vnnlib"
)

// contains reports whether a set of the network's outputs contains z, exactly.
func (d dnf) contains(z []float64) bool {
	for _, rows := range d {
		if !slices.ContainsFunc(rows, func(r row) bool {
			s := new(big.Rat)
			for k, v := range r.normal {
				s.Add(s, new(big.Rat).Mul(new(big.Rat).SetFloat64(v), new(big.Rat).SetFloat64(z[k])))
			}
			order := s.Cmp(r.offset)
			return order > 0 || order == 0 && r.strict
		}) {
			return true
		}
	}
	return false
}

func rats(xs ...float64) []*big.Rat {
	var rs []*big.Rat
	for _, x := range xs {
		rs = append(rs, new(big.Rat).SetFloat64(x))
	}
	return rs
}

// What a comparison becomes contains, from outside, all outputs that meet it, and from
// inside none that do not; an exact one is both.
func TestBefore(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	kinds := []string{nn.EndSoftmax, nn.EndLogSoftmax, nn.EndSigmoid, nn.EndArgMax}
	met, close := map[string]int{}, 0
	for range 4000 {
		e := &nn.End{Kind: kinds[r.IntN(4)], Outer: 1 + r.IntN(2), Axis: 1 + r.IntN(4), Inner: 1 + r.IntN(2), Last: r.IntN(2) == 0}
		if e.Kind == nn.EndSigmoid {
			e.Outer, e.Axis, e.Inner = e.Outer*e.Inner, 1, 1
		}
		coefficients := make([]float64, e.OutDim())
		k := r.IntN(len(coefficients))
		offset := float64(r.IntN(41)-10) / 20
		switch r.IntN(3) {
		case 0:
			coefficients[k] = []float64{1, -1, 2, -0.5}[r.IntN(4)]
			if e.Kind == nn.EndLogSoftmax || e.Kind == nn.EndArgMax {
				offset = float64(r.IntN(41)-20) / 4
			}
		case 1:
			j := r.IntN(len(coefficients))
			if coefficients[k]++; j != k {
				coefficients[j]--
			}
			offset = 0
		case 2:
			coefficients[k] = 0 // nothing
		}
		c := comparison{coefficients: rats(coefficients...), offset: rats(offset)[0], strict: r.IntN(2) == 0}
		z := make([]float64, e.Outer*e.Axis*e.Inner)
		for i := range z {
			z[i] = float64(r.IntN(9)-4) / 2
		}
		var near [][]float64
		if r.IntN(2) == 0 { // there, and at another place
			near = [][]float64{z, make([]float64, len(z))}
			near[1][0] = 1
		}
		outer, exact, err := before(c, e, true, false, near)
		if err != nil {
			continue
		}
		inner, _, err := before(c, e, false, false, near)
		if err != nil {
			t.Fatal(err)
		}
		s := -offset
		for i, y := range e.Apply(z) {
			s += float64(coefficients[i] * y)
		}
		const unsure = 1e-9
		sure := math.Abs(s) > unsure || e.Kind == nn.EndArgMax
		holds := s < 0 || s == 0 && !c.strict
		what := fmt.Sprintf("%+v, %v y <= %v (strict %v) at %v: value %v", *e, coefficients, offset, c.strict, z, s)
		switch {
		case inner.contains(z) && !outer.contains(z):
			t.Fatalf("%s: inside and not outside", what)
		case sure && holds && !outer.contains(z):
			t.Fatalf("%s: not in the set from outside", what)
		case sure && !holds && inner.contains(z):
			t.Fatalf("%s: in the set from inside", what)
		case sure && exact && holds != inner.contains(z):
			t.Fatalf("%s: the set is not exact", what)
		case holds:
			met[e.Kind]++
		}
		if !exact && inner.contains(z) != outer.contains(z) {
			close++
			if near != nil && math.Abs(s) > 1e-4*math.Abs(coefficients[k]) {
				t.Fatalf("%s: it is between the sets, which are to be close there", what)
			}
		}
	}
	for _, kind := range kinds {
		if met[kind] < 50 {
			t.Errorf("%s: only %d comparisons are met", kind, met[kind])
		}
	}
	if close == 0 {
		t.Error("no point lies between the sets")
	}
}

// Logarithms are rounded to the asked side, to a few units in the last place.
func TestLogarithm(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for range 200 {
		x := math.Exp(r.NormFloat64() * 20)
		q := rational(new(big.Rat).SetFloat64(x))
		lo, hi := q.log(false), q.log(true)
		if want := math.Log(x); lo > want+float64(1e-15*(1+math.Abs(want))) || hi < want-float64(1e-15*(1+math.Abs(want))) || hi-lo > 1e-14*(1+math.Abs(want)) {
			t.Errorf("log %v is between %v and %v", x, lo, hi)
		}
		// Their exponentials lie on either side.
		if field.Exp(field.Float(lo)).Hi.Cmp(q.Lo) > 0 || field.Exp(field.Float(hi)).Lo.Cmp(q.Hi) < 0 {
			t.Errorf("log %v: %v and %v do not enclose it", x, lo, hi)
		}
	}
}

func property(t *testing.T, text string) *vnnlib.Property {
	t.Helper()
	return parse(t, "(declare-const X_0 Real)(declare-const Y_0 Real)(declare-const Y_1 Real)(assert (>= X_0 0))(assert (<= X_0 1))(assert "+text+")")
}

// A probability beyond [0, 1] is never met, within it is a half-space of two classes.
func TestProperty(t *testing.T) {
	e := &nn.End{Kind: nn.EndSoftmax, Outer: 1, Axis: 2, Inner: 1}
	for _, c := range []struct {
		text   string
		rows   int
		offset float64
	}{
		{"(<= Y_1 -1)", 1, -1},
		{"(>= Y_0 0.9)", 1, math.Log(1.0 / 9)},
		{"(<= Y_0 Y_1)", 1, 0},
	} {
		p, exact, err := Property(property(t, c.text), e, true)
		if err != nil || !exact {
			t.Fatalf("%s: %v, exact %v", c.text, err, exact)
		}
		o := p.Cases[0].Outputs[0]
		if len(o) != c.rows || math.Abs(o[0].Offset-c.offset) > 1e-12 {
			t.Errorf("%s becomes %+v", c.text, o)
		}
	}
	if _, _, err := Property(property(t, "(<= (+ Y_0 Y_1) 0.3)"), e, true); err == nil {
		t.Error("a sum of probabilities was stated")
	}
}

// A class of one sigmoid is a sign, one of an ArgMax follows its rule for ties.
func TestClasses(t *testing.T) {
	net := func(e *nn.End) *nn.Network {
		n := e.Outer * e.Axis * e.Inner
		ones := make([]float64, n)
		for i := range ones {
			ones[i] = 1
		}
		m, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: &nn.Scale{Factor: ones, Shift: make([]float64, n)}}}, []int{n}, nn.Meta{End: e})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	label := func(e *nn.End, it spec.Item) []set.HalfSpace {
		s, err := Spec(&spec.Spec{Items: []spec.Item{it}}, net(e))
		if err != nil {
			t.Fatal(err)
		}
		return s.Items[0].Output.HalfSpaces
	}
	sigmoid := &nn.End{Kind: nn.EndSigmoid, Outer: 1, Axis: 1, Inner: 1}
	for class, want := range []float64{1, -1} {
		hs := label(sigmoid, spec.Item{Point: []float64{3}, Output: spec.Output{Allowed: []int{class}}})
		if len(hs) != 1 || hs[0].Normal[0] != want || !hs[0].Strict || hs[0].Offset != 0 {
			t.Errorf("class %d is %+v", class, hs)
		}
	}
	if hs := label(sigmoid, spec.Item{Point: []float64{-2}, Keep: true}); hs[0].Normal[0] != 1 {
		t.Errorf("the class to keep is %+v", hs)
	}
	if hs := label(sigmoid, spec.Item{Point: []float64{0}, Keep: true}); hs[0].Normal[0] != 0 || !hs[0].Strict {
		t.Errorf("a tie has the class %+v", hs)
	}
	for _, last := range []bool{false, true} {
		e := &nn.End{Kind: nn.EndArgMax, Outer: 1, Axis: 3, Inner: 1, Last: last}
		for _, z := range [][]float64{{1, 1, 0}, {0, 2, 2}, {1, 1, 1}, {3, 1, 3}} {
			class := int(e.Apply(z)[0])
			for k := range 3 {
				hs := label(e, spec.Item{Point: z, Output: spec.Output{Allowed: []int{k}}})
				in := !slices.ContainsFunc(hs, func(h set.HalfSpace) bool { return !h.Contains(z) })
				if in != (k == class) {
					t.Errorf("last %v: %v has the class %d; in the set of %d: %v", last, z, class, k, in)
				}
			}
		}
	}
}

func parse(t *testing.T, text string) *vnnlib.Property {
	t.Helper()
	p, err := vnnlib.Read(strings.NewReader(text), "test")
	if err != nil {
		t.Fatal(err)
	}
	return p
}
