package spec

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/set"
)

// Bind returns a copy of s in which everything that depends on the network is filled in:
// bounds become half-spaces on its outputs, and each item to keep gets the class that the
// network gives it now, by the convention s.Extremum. Its items are marked Keep as before.
//
// outputs is the number of the network's outputs; evaluate returns the outputs at points in
// the specification's units, and is called at most once, with all points to keep. Half-spaces
// and classes must fit (see [Spec.Check]). Keeping the class of a network with one output,
// which has none, is an error, and so are outputs that are not finite. A class is the one
// output that is beyond all others: if the largest (or smallest) outputs are equal there is
// no class to keep, and the item becomes one that no network meets, 0 < 0, unless s.Ties says
// who has it.
func (s *Spec) Bind(outputs int, evaluate func(points [][]float64) ([][]float64, error)) (*Spec, error) {
	bound := *s
	bound.Items = append([]Item(nil), s.Items...)
	var keep []*Item
	var points [][]float64
	for i := range bound.Items {
		it := &bound.Items[i]
		if it.Keep {
			if outputs < 2 {
				return nil, fmt.Errorf("%s: a network with %d output has no classes to keep", it.Name, outputs)
			}
			keep, points = append(keep, it), append(points, it.Point)
			continue
		}
		if err := it.Output.Check(outputs); err != nil {
			return nil, fmt.Errorf("%s: %w", it.Name, err)
		}
		it.Output.HalfSpaces = it.Output.halfSpaces(outputs)
		it.Output.Bounds = nil
	}
	if len(keep) == 0 {
		return &bound, nil
	}
	values, err := evaluate(points)
	if err != nil {
		return nil, fmt.Errorf("outputs at the points to keep: %w", err)
	}
	if len(values) != len(points) {
		return nil, fmt.Errorf("outputs at the points to keep: found %d, want %d", len(values), len(points))
	}
	for i, it := range keep {
		y := values[i]
		if len(y) != outputs {
			return nil, fmt.Errorf("%s: found %d outputs, want %d", it.Name, len(y), outputs)
		}
		for k, v := range y {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%s: output %d is %v there, so the network gives it no class to keep", it.Name, k, v)
			}
		}
		class := s.Extremum.Prefers(y, nil)
		it.Output = Output{Extremum: s.Extremum, Ties: s.Ties}
		tie := false
		for k, v := range y {
			if k != class && v == y[class] {
				tie = true
				if it.Output.WinsTie(k, class) {
					class = k
				}
			}
		}
		if it.Output.Allowed = []int{class}; tie && s.Ties == NoTies {
			it.Output = noClass(outputs, s.Extremum)
		}
	}
	return &bound, nil
}

// noClass is what no output meets: the class that ties do not give is to be kept.
func noClass(outputs int, e Extremum) Output {
	return Output{HalfSpaces: []set.HalfSpace{{Normal: make([]float64, outputs), Strict: true}}, Extremum: e}
}
