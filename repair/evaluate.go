package repair

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/face"
)

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

// chunksWithin is chunks, and fails where ctx is over before the last range begins; what
// is one range is done in any case.
func (k *keyPoints) chunksWithin(ctx context.Context, n, workers int, f func(from, to int)) error {
	var left atomic.Bool
	k.chunks(n, workers, func(from, to int) {
		if from > 0 && ctx.Err() != nil {
			left.Store(true)
			return
		}
		f(from, to)
	})
	if left.Load() {
		return ctx.Err()
	}
	return nil
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
// outputs to y, and the inputs of node `layer` to h unless h has no rows. It fails where
// ctx is over before.
func (k *keyPoints) evaluate(ctx context.Context, from, to, layer int, h, y nn.Matrix, workers int) error {
	return k.chunksWithin(ctx, to-from, workers, func(a, b int) {
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

// findTies fills in the units near a breakpoint at each place.
func (k *keyPoints) findTies(workers int) {
	k.ties = make([][]face.Tie, len(k.places))
	if k.unit == k.net.PatternLen() || k.regions == 0 {
		return // no faces, or none that matter
	}
	k.rule = face.New(k.net, k.from)
	k.chunks(len(k.places), workers, func(a, b int) {
		x := nn.NewMatrix(b-a, k.net.InDim())
		reach := make([]float64, b-a)
		for i := a; i < b; i++ {
			copy(x.Row(i-a), k.at(k.places[i]))
			reach[i-a] = k.reach(k.places[i])
		}
		copy(k.ties[a:b], k.rule.Near(x, reach))
	})
}

// reach is the size of the numbers that a place is computed from.
func (k *keyPoints) reach(p place) float64 {
	it := &k.spec.Items[p.item]
	switch {
	case it.Segment != nil:
		return face.Reach(it.Segment.From, it.Segment.To)
	case it.Polygon != nil:
		return face.Reach(it.Polygon.Vertices...)
	}
	return 0
}
