package repair

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/netmend/netmend/nn"
)

// tie is a relevant unit whose input lies on a breakpoint of its function, as
// far as float64 can tell; piece is the upper one of the two pieces.
type tie struct {
	unit  int32
	piece uint8
	exact bool
}

// tieTolerance, times the size of the terms that a unit's input is summed from,
// is how close to a breakpoint counts as on it. The inputs carry errors of some
// hundred roundings, 2^-45; a tie too many costs rows, one too few would miss
// an executed pattern.
const tieTolerance = 0x1p-33

// chunkRows is the largest number of points evaluated at once: large enough for the
// matrix products, small enough to stay in the cache.
const chunkRows = 256

// chunks calls f for ranges of k.rows of n rows on several goroutines.
func (k *keyPoints) chunks(n, workers int, f func(from, to int)) { ranges(n, k.rows, workers, f) }

// each calls f for 0 to n-1 on several goroutines.
func each(n, workers int, f func(i int)) { ranges(n, 1, workers, func(i, _ int) { f(i) }) }

// ranges calls f for ranges of size of n items on several goroutines.
func ranges(n, size, workers int, f func(from, to int)) {
	if workers <= 1 || n <= size {
		for from := 0; from < n; from += size {
			f(from, min(from+size, n))
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				from := int(next.Add(int64(size))) - size
				if from >= n {
					return
				}
				f(from, min(from+size, n))
			}
		})
	}
	wg.Wait()
}

// inputs returns the coordinates of the points from..to, and the tail of each.
func (k *keyPoints) inputs(from, to int) (x nn.Matrix, tails []int32) {
	x = nn.NewMatrix(to-from, k.net.InDim())
	tails = make([]int32, to-from)
	for i := from; i < to; i++ {
		copy(x.Row(i-from), k.at(k.places[k.points[i].place]))
		tails[i-from] = k.points[i].tail
	}
	return x, tails
}

// evaluate runs the network at the points from..to of k.points and writes the
// outputs to y, and the inputs of node `layer` to h unless h has no rows.
func (k *keyPoints) evaluate(from, to, layer int, h, y nn.Matrix, workers int) {
	k.chunks(to-from, workers, func(a, b int) {
		x, tails := k.inputs(from+a, from+b)
		var t *nn.Trace
		if k.jumps {
			lin, rowOf := k.linearization(tails)
			t = k.net.RunLinear(x, lin, rowOf, 1)
		} else {
			t = k.net.Run(x, 1)
		}
		for r := range x.Rows {
			copy(y.Row(from+a+r), t.Output().Row(r))
		}
		if h.Rows == 0 {
			return
		}
		in := t.Of(k.net.Nodes[layer].Inputs[0])
		for r := range x.Rows {
			copy(h.Row(from+a+r), in.Row(r))
		}
	})
}

// findTies fills in the ties of the places.
func (k *keyPoints) findTies(workers int) {
	k.ties = make([][]tie, len(k.places))
	if k.unit == k.net.PatternLen() || k.regions == 0 {
		return // no faces, or none that matter
	}
	sizes := newTermSizes(k.net)
	k.chunks(len(k.places), workers, func(a, b int) {
		x := nn.NewMatrix(b-a, k.net.InDim())
		for i := a; i < b; i++ {
			copy(x.Row(i-a), k.at(k.places[i]))
		}
		t := k.net.RunActivation(x, 1)
		for r := range x.Rows {
			size := sizes.at(t, r)
			for i := k.from; i < len(k.net.Nodes); i++ {
				pw, ok := k.net.Nodes[i].Op.(*nn.Piecewise)
				if !ok {
					continue
				}
				unit, _ := k.net.Units(i)
				in := k.net.Nodes[i].Inputs[0]
				k.ties[a+r] = appendTies(k.ties[a+r], pw, t.Of(in).Row(r), size[in+1], int32(unit-k.unit))
			}
		}
	})
}

// onBreak tells whether a value, summed from terms of the given size, counts as on a
// breakpoint.
func onBreak(v, at, size float64) bool { return math.Abs(v-at) <= tieTolerance*max(size, math.Abs(at)) }

// appendTies adds the ties of one node, whose inputs z are summed from terms of
// the given sizes.
func appendTies(ts []tie, pw *nn.Piecewise, z, size []float64, unit int32) []tie {
	for u, v := range z {
		for b, at := range pw.Breaks {
			if onBreak(v, at, size[u]) {
				ts = append(ts, tie{unit: unit + int32(u), piece: uint8(b + 1), exact: v == at})
			}
		}
	}
	return ts
}
