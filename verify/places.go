package verify

import (
	"slices"

	"github.com/netmend/netmend/nn"
)

// maxVanishing is the number of units that vanish throughout a linear region of
// which both pieces are tried in all combinations.
const maxVanishing = 8

// places are the cell itself and, for a network that jumps, its corners and edges
// with the patterns that execute there (the tie rule: of the units that tie on
// all of a face, the upper pieces). A unit that vanishes throughout the cell, up
// to rounding, is taken with either piece.
func (c *specChecker) places(item int, pattern nn.Pattern, zero []int32, points [][]float64) []place {
	whole := place{item: item, points: points, patterns: []nn.Pattern{pattern}}
	if !c.jumps {
		return []place{whole}
	}
	zero = c.mattering(item, pattern, zero)
	if len(zero) <= maxVanishing {
		for choice := 1; choice < 1<<len(zero); choice++ {
			q := slices.Clone(pattern)
			for i, u := range zero {
				q[u] -= uint8(choice >> i & 1)
			}
			whole.patterns = append(whole.patterns, q)
		}
	} else {
		c.result.Borderline++
	}
	all := []place{whole}
	ties := tiesAt(c.net, points)
	if ties == nil {
		return all
	}
	n := len(points)
	for i := range n {
		if q := upper(pattern, ties[i]); q != nil {
			all = append(all, place{item, [][]float64{points[i]}, []nn.Pattern{q}})
		}
		if n < 3 {
			continue
		}
		k := (i + 1) % n
		var both []tie
		for _, t := range ties[i] {
			if slices.Contains(ties[k], t) {
				both = append(both, t)
			}
		}
		if q := upper(pattern, both); q != nil {
			all = append(all, place{item, [][]float64{points[i], points[k]}, []nn.Pattern{q}})
		}
	}
	return all
}

// tie is a unit whose value is a breakpoint, up to rounding, and the piece above.
type tie struct {
	unit  int32
	piece uint8
}

// tiesAt lists the ties at each point.
func tiesAt(net *nn.Network, points [][]float64) [][]tie {
	x, err := nn.MatrixOf(points)
	if err != nil {
		return nil
	}
	trace := net.RunActivation(x, 1)
	errs := net.RoundingOf(trace, nn.ActivationChannel, nil, nil, false, nil)
	all := make([][]tie, len(points))
	for i, node := range net.Nodes {
		f, ok := node.Op.(*nn.Piecewise)
		if !ok || len(f.Breaks) == 0 {
			continue
		}
		from, _ := net.Units(i)
		values := trace.Of(node.Inputs[0])
		for r := range values.Rows {
			for u, z := range values.Row(r) {
				near := 0.0
				if node.Inputs[0] != nn.Input {
					near = errs.Total[node.Inputs[0]].Row(r)[u]
				}
				for b, at := range f.Breaks {
					if d := z - at; d <= tieFactor*near && d >= -tieFactor*near {
						all[r] = append(all[r], tie{int32(from + u), uint8(b + 1)})
					}
				}
			}
		}
	}
	return all
}

// tieFactor is how many bounds of an evaluation's rounding a corner's value may
// be off the breakpoint that it lies on: the corner's own rounding is another,
// and a corner at a flat angle is off by more.
const tieFactor = 4

// upper is the pattern with the upper pieces at ties; nil where it has them.
func upper(pattern nn.Pattern, ties []tie) nn.Pattern {
	var q nn.Pattern
	for _, t := range ties {
		if pattern[t.unit] < t.piece {
			if q == nil {
				q = slices.Clone(pattern)
			}
			q[t.unit] = t.piece
		}
	}
	return q
}
