package nn

import "github.com/netmend/netmend/internal/parallel"

// rowGrain is the number of elements for which another goroutine pays in
// operations on each element alone.
const rowGrain = 1 << 15

// eachRow calls f for every row of a batch of the given number of columns.
func eachRow(rows, cols, workers int, f func(r int)) {
	workers = min(workers, rows*cols/rowGrain+1)
	parallel.Each(rows, workers, f)
}
