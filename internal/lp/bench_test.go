package lp_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/lp"
)

func BenchmarkSolve(b *testing.B) {
	for _, size := range []struct{ d, m int }{{2, 10}, {2, 50}, {5, 50}, {8, 50}, {10, 400}, {20, 100}, {60, 400}} {
		for _, feasible := range []bool{true, false} {
			b.Run(fmt.Sprintf("d=%d/m=%d/feasible=%v", size.d, size.m, feasible), func(b *testing.B) {
				rng := rand.New(rand.NewPCG(1, 2))
				problems := make([]*lp.Problem, 64)
				for i := range problems {
					problems[i] = reals(rng, size.d, size.m, feasible)
				}
				s := lp.New(size.d)
				iterations, i := 0, 0
				b.ReportAllocs()
				for b.Loop() {
					s.Solve(problems[i%len(problems)])
					iterations += s.Iterations()
					i++
				}
				b.ReportMetric(float64(iterations)/float64(i), "iterations/op")
			})
		}
	}
}

// BenchmarkResolve adds the last row to a problem that has been solved.
func BenchmarkResolve(b *testing.B) {
	for _, size := range []struct{ d, m int }{{5, 50}, {10, 400}} {
		b.Run(fmt.Sprintf("d=%d/m=%d", size.d, size.m), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 3))
			p := reals(rng, size.d, size.m, true)
			cut := append([]float64(nil), p.Right...)
			s := lp.New(size.d)
			s.Solve(p)
			last := size.m - 1
			reached := 0.0
			for j, x := range s.X() {
				reached += float64(p.Rows[last*size.d+j] * x)
			}
			cut[last] = reached - 0.1
			full := p.Right
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				p.Right = full
				if i%2 == 1 {
					p.Right = cut
				}
				s.Resolve(p)
			}
		})
	}
}
