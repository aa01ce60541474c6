package nn

import (
	"sync"
	"sync/atomic"
)

// jobs calls f(w, j) for every job j of n, with up to the given number of
// workers at once; w counts the workers from 0. Jobs must write to disjoint
// places, so that results do not depend on who does them.
func jobs(n, workers int, f func(w, j int)) {
	workers = min(workers, n)
	if workers <= 1 {
		for j := range n {
			f(0, j)
		}
		return
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for j := int(next.Add(1)) - 1; j < n; j = int(next.Add(1)) - 1 {
				f(w, j)
			}
		})
	}
	all.Wait()
}

// rowGrain is the number of elements for which another goroutine pays in
// operations on each element alone.
const rowGrain = 1 << 15

// eachRow calls f for every row of a batch of the given number of columns.
func eachRow(rows, cols, workers int, f func(r int)) {
	workers = min(workers, rows*cols/rowGrain+1)
	jobs(rows, workers, func(_, r int) { f(r) })
}
