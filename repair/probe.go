package repair

import (
	"math"

	"github.com/netmend/netmend/nn"
)

// combinations is a set of choices of pieces for units that tie on a face: bit b
// stands for the choice in which tie i has its upper piece iff bit i of b is
// set. More ties than fit share the last bit.
type combinations uint64

// maxCombinedTies is how many ties a set can tell apart, 2^6 = 64 choices.
const maxCombinedTies = 6

// allUpper is the choice of the tie rule.
func allUpper(ties int) combinations { return 1 << (1<<min(ties, maxCombinedTies) - 1) }

// combinationOf is the choice of a pattern.
func combinationOf[P string | []uint8](pattern P, ties []tie) combinations {
	bits, upper := 0, true
	for i, t := range ties {
		if pattern[t.unit] == t.piece {
			bits |= 1 << min(i, maxCombinedTies)
		} else {
			upper = false
		}
	}
	switch {
	case upper:
		return allUpper(len(ties))
	case len(ties) > maxCombinedTies:
		return 0 // not told apart
	}
	return 1 << bits
}

func (c combinations) has(d combinations) bool { return c&d == d }

// complete tells whether a set has all choices for so many ties.
func (c combinations) complete(ties int) bool {
	return ties <= maxCombinedTies && c == math.MaxUint64>>(64-1<<ties)
}

// faceProbe is a face on which fewer choices of pieces are covered than its ties
// allow, as seen from one cell.
type faceProbe struct {
	cell *cell
	face face
	ties []tie
}

// probeSteps is how far from a face, relative to the way to the middle of the
// cell, probes lie: where rounding errors are as large as the units' values.
var probeSteps = [...]float64{0, 0x1p-52, 0x1p-51, 0x1p-50, 0, 0x1p-49, 0, 0x1p-48}

// probe evaluates the network at points on each face, and next to it inside the
// cell, and adds the patterns that execute there because of rounding alone. They
// are doubtful: exact arithmetic may not meet them.
func (k *keyPoints) probe(faces []faceProbe, covered map[face]combinations, workers int) {
	const n = len(probeSteps)
	seen := make([][]uint8, len(faces)*n)
	k.chunks(len(seen), workers, func(from, to int) {
		x := nn.NewMatrix(to-from, k.net.InDim())
		for i := from; i < to; i++ {
			k.probeAt(x.Row(i-from), &faces[i/n], i%n)
		}
		for i, p := range k.net.PatternsAt(x, 1) {
			seen[from+i] = k.relevant(p)
		}
	})
	for i, executed := range seen {
		f := &faces[i/n]
		c := combinationOf(executed, f.ties)
		if c != 0 && covered[f.face].has(c) {
			continue
		}
		covered[f.face] |= c
		pattern := append([]uint8(nil), k.patterns[f.cell.tail]...)
		for _, t := range f.ties {
			pattern[t.unit] = executed[t.unit]
		}
		k.addFace(f.face, f.cell.class, k.tail(pattern), true)
	}
}

// probeAt writes the i-th probe of a face: on an edge at places spread by the
// golden ratio.
func (k *keyPoints) probeAt(x []float64, f *faceProbe, i int) {
	a, b := k.at(k.places[f.face[1]]), k.at(k.places[f.face[2]])
	const golden = math.Phi - 1
	_, s := math.Modf(float64(i+1) * golden)
	if f.face[1] == f.face[2] {
		s = 0
	}
	for d := range x {
		x[d] = a[d] + float64(s*(b[d]-a[d]))
	}
	if probeSteps[i] == 0 {
		return
	}
	middle := make([]float64, len(x))
	for _, p := range f.cell.places {
		for d, v := range k.at(k.places[p]) {
			middle[d] += v / float64(len(f.cell.places))
		}
	}
	for d := range x {
		x[d] += float64(probeSteps[i] * (middle[d] - x[d]))
	}
}
