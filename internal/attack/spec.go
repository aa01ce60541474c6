package attack

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/netmend/netmend/internal/oracle"
)

// item is a set with what is required there.
type item struct {
	set set
	// output is the requirement as a field of a specification.
	output string
	// holds are the half-spaces that must all hold; nil if classes may be chosen.
	holds []oracle.HalfSpace
	// required is the set of good outputs.
	required oracle.Union
	// texts are the normals and the offsets of half-spaces.
	texts []half
	// keep: the present class is to stay.
	keep bool
	// allowed are the classes that may be chosen.
	allowed []int
}

// specification is a list of items.
type specification struct {
	margin float64
	argmin bool // the class is the smallest output
	items  []item
}

// newSpecification is a random one: one to three items.
func newSpecification(rng *rand.Rand, net *oracle.Net, first set) specification {
	var s specification
	if rng.IntN(4) == 0 {
		s.margin = []float64{0.25, 0.01, 1}[rng.IntN(3)]
	}
	s.argmin = rng.IntN(8) == 0
	sets := []set{first}
	for range rng.IntN(3) {
		kinds := []string{point, point, segment, through}
		if net.Inputs > 1 {
			kinds = append(kinds, polygon)
		}
		next := newSet(rng, kinds[rng.IntN(len(kinds))], net.Inputs)
		if first.kind != point && rng.IntN(3) == 0 {
			next = set{kind: point, corners: first.corners[:1]} // a point of the first set
		}
		sets = append(sets, next)
	}
	if rng.IntN(8) == 0 {
		sets = append(sets, first) // often two labels at one place
	}
	for _, set := range sets {
		s.items = append(s.items, s.newItem(rng, net, set))
	}
	if it := s.items[0]; first.special != nil && it.texts != nil && rng.IntN(2) == 0 {
		s.items = append(s.items, it.opposed(rng, s.margin))
	}
	return s
}

func (s specification) newItem(rng *rand.Rand, net *oracle.Net, set set) item {
	outputs, m := net.Outputs(), oracle.Float(s.margin)
	it := item{set: set}
	switch kind := rng.IntN(7); {
	case kind == 0 && outputs > 1:
		k := rng.IntN(outputs)
		it.output = fmt.Sprintf(`"label": %d`, k)
		it.required = s.classes(outputs, k)
	case kind == 1 && outputs > 2:
		k := rng.IntN(outputs)
		it.allowed = []int{k, (k + 1) % outputs}
		it.output = fmt.Sprintf(`"output": {"classes": [%d, %d]}`, it.allowed[0], it.allowed[1])
		it.required = s.classes(outputs, it.allowed...)
		return it
	case kind == 2 && outputs > 1 && set.kind == point:
		it.keep = true
		it = s.kept(it, net)
	default:
		regions := oracle.Regions(net, set.cell())
		var part []oracle.HalfSpace
		for range 1 + rng.IntN(2) {
			a := linear(rng, outputs)
			b := threshold(rng, regions, a)
			if rng.IntN(2) == 0 {
				b -= []float64{0.125, 0.5, 1, 2}[rng.IntN(4)]
			}
			part = append(part, oracle.HalfSpace{A: oracle.Floats(a), B: new(big.Rat).Sub(oracle.Float(b), m)})
			it.texts = append(it.texts, half{a, b, false})
		}
		it.output = halfSpaces(it.texts)
		it.required = oracle.Union{part}
	}
	it.holds = it.required[0]
	return it
}

// halfSpaces are half-spaces as the requirement of an item.
func halfSpaces(hs []half) string {
	var texts []string
	for _, h := range hs {
		texts = append(texts, fmt.Sprintf(`{"normal": %s, "offset": %s}`, list(h.a), text(h.b)))
	}
	return `"output": {"halfspaces": [` + strings.Join(texts, ", ") + "]}"
}

// opposed requires at the special point what only just agrees with the item, or does not.
func (it item) opposed(rng *rand.Rand, margin float64) item {
	h := it.texts[0]
	minus := make([]float64, len(h.a))
	for j, v := range h.a {
		minus[j] = -v
	}
	offset := -h.b + float64(2*margin) + []float64{0, 0.125, -0.125, 0x1p-30, -0x1p-30}[rng.IntN(5)]
	at := item{set: set{kind: point, corners: [][]float64{it.set.special}}, texts: []half{{minus, offset, false}}}
	at.output = halfSpaces(at.texts)
	at.holds = []oracle.HalfSpace{{A: oracle.Floats(minus), B: new(big.Rat).Sub(oracle.Float(offset), oracle.Float(margin))}}
	at.required = oracle.Union{at.holds}
	return at
}

// kept is an item to keep with the class that a network has there. Where it has none,
// nothing meets it.
func (s specification) kept(it item, net *oracle.Net) item {
	outputs := net.Outputs()
	it.required = oracle.Union{{{A: oracle.Floats(make([]float64, outputs)), B: oracle.Int(-1)}}}
	y := net.Eval(oracle.Floats(it.set.corners[0]))
	for k := range outputs {
		if (specification{argmin: s.argmin}).classes(outputs, k).Has(y) {
			it.required = s.classes(outputs, k)
		}
	}
	it.holds = it.required[0]
	return it
}

// of is the specification with the classes that a network has at the points to keep.
func (s specification) of(net *oracle.Net) specification {
	items := slices.Clone(s.items)
	for i, it := range items {
		if it.keep {
			items[i] = s.kept(it, net)
		}
	}
	s.items = items
	return s
}

// classes is the requirement that one of some classes beats all others.
func (s specification) classes(outputs int, allowed ...int) oracle.Union {
	u := oracle.OneOf(allowed, outputs, oracle.Float(s.margin))
	if s.argmin {
		for _, part := range u {
			for _, h := range part {
				for _, a := range h.A {
					a.Neg(a)
				}
			}
		}
	}
	return u
}

func (s specification) text() string {
	var items []string
	for _, it := range s.items {
		if it.keep {
			items = append(items, `    {"keep": `+list(it.set.corners[0])+"}")
		} else {
			items = append(items, "    {"+it.set.item()+", "+it.output+"}")
		}
	}
	classifier := "argmax"
	if s.argmin {
		classifier = "argmin"
	}
	return fmt.Sprintf("{\n  \"version\": 1,\n  \"classifier\": \""+classifier+"\",\n  \"margin\": %s,\n  \"items\": [\n%s\n  ]\n}\n", text(s.margin), strings.Join(items, ",\n"))
}

// chosen reports whether classes may be chosen somewhere.
func (s specification) chosen() bool {
	for _, it := range s.items {
		if it.holds == nil {
			return true
		}
	}
	return false
}

// violation returns a point where a network violates the specification, and its item,
// or nil.
func (s specification) violation(net *oracle.Net) (x []oracle.Rat, at int) {
	for i, it := range s.items {
		if x := oracle.Find(oracle.Regions(net, it.set.cell()), it.required.Not()); x != nil {
			return x, i
		}
	}
	return nil, -1
}

// demands are those of a repair of a network. Where classes may be chosen, the choice is
// the class that the network prefers among them, among equal ones the first.
func (s specification) demands(net *oracle.Net) []oracle.Demand {
	var d []oracle.Demand
	for _, it := range s.items {
		if it.allowed == nil {
			d = append(d, oracle.Demand{Set: it.set.cell(), Holds: it.holds})
			continue
		}
		regions := oracle.Regions(net, it.set.cell())
		for k := range it.allowed {
			for _, c := range oracle.Preimage(regions, oracle.Union{s.preferred(it, k, net.Outputs())}) {
				d = append(d, oracle.Demand{Set: c, Holds: it.required[k]})
			}
		}
	}
	return d
}

// preferred are the outputs at which allowed class k is the first of the best.
func (s specification) preferred(it item, k, outputs int) []oracle.HalfSpace {
	var part []oracle.HalfSpace
	for i, other := range it.allowed {
		if i == k {
			continue
		}
		h := oracle.Beats(it.allowed[k], other, outputs, oracle.Int(0))
		if s.argmin {
			h = oracle.Beats(other, it.allowed[k], outputs, oracle.Int(0))
		}
		h.Strict = i < k
		part = append(part, h)
	}
	return part
}
