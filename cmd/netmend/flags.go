package main

import (
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/spf13/pflag"
)

// declareWorkers declares --workers, which means the same in every command.
func declareWorkers(fs *pflag.FlagSet, workers *int) {
	fs.IntVar(workers, "workers", 0, "number of goroutines (default one a processor); the result does not depend on it")
}

// inParallel calls do for 0 to n-1 on so many goroutines, 0 for one a processor.
func inParallel(workers, n int, do func(k int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(workers, n) {
		wait.Go(func() {
			for k := int(next.Add(1)) - 1; k < n; k = int(next.Add(1)) - 1 {
				do(k)
			}
		})
	}
	wait.Wait()
}

// optionalFloat is a flag that is a finite number, or nil where it is not given.
type optionalFloat struct{ value *float64 }

func (o *optionalFloat) String() string {
	if o == nil || o.value == nil {
		return ""
	}
	return strconv.FormatFloat(*o.value, 'g', -1, 64)
}

func (o *optionalFloat) Set(s string) error {
	v, err := parseNumber(s)
	if err != nil {
		return err
	}
	o.value = &v
	return nil
}

// Type names the values for package pflag.
func (o *optionalFloat) Type() string { return "number" }
