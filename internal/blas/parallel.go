package blas

import "sync"

// workerOperations is the number of fused multiply-adds for which one more
// goroutine pays: some 35 microseconds of work. Below that, waking a processor
// was measured to cost more than it saves.
const workerOperations = 1 << 20

// tileRows is the height of the kernels' tiles. Shares of the rows of C are
// multiples of it, so that splitting makes no more short tiles than there are.
const tileRows = 8

// mul computes C = A B, or C += A B, with up to the given number of workers.
func mul(c Mat, a, b operand, depth int, accumulate bool, workers int) {
	if workers > 1 {
		operations := float64(float64(c.Rows) * float64(c.Cols) * float64(depth))
		workers = int(min(float64(workers), operations/workerOperations))
	}
	if workers <= 1 {
		mulSerial(c, a, b, depth, accumulate)
		return
	}
	mulParallel(c, a, b, depth, accumulate, workers)
}

// mulParallel splits the rows of C among the workers, or its columns where
// there are too few rows.
func mulParallel(c Mat, a, b operand, depth int, accumulate bool, workers int) {
	byRows := c.Rows >= c.Cols || c.Rows >= 2*tileRows*workers
	units := (c.Cols + lanes - 1) / lanes
	if byRows {
		units = (c.Rows + tileRows - 1) / tileRows
	}
	workers = min(workers, units)
	var others sync.WaitGroup
	for w := range workers {
		part, partA, partB := c, a, b
		if byRows {
			from, to := w*units/workers*tileRows, min(c.Rows, (w+1)*units/workers*tileRows)
			part, partA = c.Slice(from, to), a.at(from, 0)
		} else {
			from, to := w*units/workers*lanes, min(c.Cols, (w+1)*units/workers*lanes)
			part.Cols, part.Data, partB = to-from, c.Data[from:], b.at(0, from)
		}
		if w == workers-1 {
			mulSerial(part, partA, partB, depth, accumulate)
		} else {
			others.Go(func() { mulSerial(part, partA, partB, depth, accumulate) })
		}
	}
	others.Wait()
}
