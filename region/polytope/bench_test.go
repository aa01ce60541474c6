//go:build unix

package polytope_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"

	"github.com/netmend/netmend/region/polytope"
)

// BenchmarkACASTarget is the exact preimage of the violation of property 2 by
// N(2,2).
func BenchmarkACASTarget(b *testing.B) {
	net := acas(b, 2, 2)
	for b.Loop() {
		if _, err := polytope.Enumerate(context.Background(), net, acasBox(2), polytope.Options{Target: violation(2).union(), Workers: 1}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkACASRegions counts the regions of N(1,1) on the box of property 3.
func BenchmarkACASRegions(b *testing.B) {
	net := acas(b, 1, 1)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			cells, begun := 0, cpuSeconds()
			for b.Loop() {
				r, err := polytope.Enumerate(context.Background(), net, acasBox(3), polytope.Options{Workers: workers}, nil)
				if err != nil {
					b.Fatal(err)
				}
				cells += r.Cells
			}
			b.ReportMetric(float64(cells)/b.Elapsed().Seconds(), "cells/s")
			b.ReportMetric(float64(cells)/(cpuSeconds()-begun), "cells/cpu-s")
		})
	}
}

// cpuSeconds is the processor time that the process has used, which on a busy
// machine says more than the time gone by.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Sec) + float64(u.Utime.Usec)/1e6
}
