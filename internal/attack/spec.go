package attack

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"

	"github.com/netmend/netmend/internal/oracle"
)

// item is a set with what is required there.
type item struct {
	set set
	// output is the requirement as a field of a specification.
	output string
	// holds are the half-spaces that must all hold; nil where classes may be chosen.
	holds []oracle.HalfSpace
	// required is the set of good outputs.
	required oracle.Union
	// allowed are the classes that may be chosen.
	allowed []int
}

// specification is a list of items.
type specification struct {
	margin float64
	items  []item
}

// newSpecification is a random one: one to three items.
func newSpecification(rng *rand.Rand, net *oracle.Net, first set) specification {
	var s specification
	if rng.IntN(4) == 0 {
		s.margin = []float64{0.25, 0.01, 1}[rng.IntN(3)]
	}
	sets := []set{first}
	for range rng.IntN(3) {
		kinds := []string{point, point, segment, through}
		if net.Inputs > 1 {
			kinds = append(kinds, polygon)
		}
		next := newSet(rng, kinds[rng.IntN(len(kinds))], net.Inputs)
		if first.kind != point && rng.IntN(3) == 0 {
			next = set{point, first.corners[:1]} // a point of the first set
		}
		sets = append(sets, next)
	}
	if rng.IntN(8) == 0 {
		sets = append(sets, first) // often two labels at one place
	}
	for _, set := range sets {
		s.items = append(s.items, newItem(rng, net, set, s.margin))
	}
	return s
}

func newItem(rng *rand.Rand, net *oracle.Net, set set, margin float64) item {
	outputs, m := net.Outputs(), oracle.Float(margin)
	it := item{set: set}
	switch kind := rng.IntN(6); {
	case kind == 0 && outputs > 1:
		k := rng.IntN(outputs)
		it.output = fmt.Sprintf(`"label": %d`, k)
		it.required = oracle.OneOf([]int{k}, outputs, m)
	case kind == 1 && outputs > 2:
		k := rng.IntN(outputs)
		classes := []int{k, (k + 1) % outputs}
		it.output = fmt.Sprintf(`"output": {"classes": [%d, %d]}`, classes[0], classes[1])
		it.required, it.allowed = oracle.OneOf(classes, outputs, m), classes
		return it
	default:
		regions := oracle.Regions(net, set.cell())
		var part []oracle.HalfSpace
		var texts []string
		for range 1 + rng.IntN(2) {
			a := linear(rng, outputs)
			b := threshold(rng, regions, a)
			if rng.IntN(2) == 0 {
				b -= []float64{0.125, 0.5, 1, 2}[rng.IntN(4)]
			}
			part = append(part, oracle.HalfSpace{A: oracle.Floats(a), B: new(big.Rat).Sub(oracle.Float(b), m)})
			texts = append(texts, fmt.Sprintf(`{"normal": %s, "offset": %s}`, list(a), text(b)))
		}
		it.output = `"output": {"halfspaces": [` + strings.Join(texts, ", ") + "]}"
		it.required = oracle.Union{part}
	}
	it.holds = it.required[0]
	return it
}

func (s specification) text() string {
	var items []string
	for _, it := range s.items {
		items = append(items, "    {"+it.set.item()+", "+it.output+"}")
	}
	return fmt.Sprintf("{\n  \"version\": 1,\n  \"margin\": %s,\n  \"items\": [\n%s\n  ]\n}\n", text(s.margin), strings.Join(items, ",\n"))
}

// chosen tells whether classes may be chosen somewhere.
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
// the class that the network prefers among them, of equal ones the first.
func (s specification) demands(net *oracle.Net) []oracle.Demand {
	var d []oracle.Demand
	for _, it := range s.items {
		if it.allowed == nil {
			d = append(d, oracle.Demand{Set: it.set.cell(), Holds: it.holds})
			continue
		}
		regions := oracle.Regions(net, it.set.cell())
		for k := range it.allowed {
			for _, c := range oracle.Preimage(regions, oracle.Union{it.preferred(k, net.Outputs())}) {
				d = append(d, oracle.Demand{Set: c, Holds: it.required[k]})
			}
		}
	}
	return d
}

// preferred are the outputs at which allowed class k is the first of the largest.
func (it item) preferred(k, outputs int) []oracle.HalfSpace {
	var part []oracle.HalfSpace
	for i, other := range it.allowed {
		if i != k {
			h := oracle.Beats(it.allowed[k], other, outputs, oracle.Int(0))
			h.Strict = i < k
			part = append(part, h)
		}
	}
	return part
}
