package blas

import (
	"fmt"
	"testing"
)

// benchBackends runs a benchmark on every backend and reports the rate for the
// given number of operations an iteration (a fused multiply-add is two).
func benchBackends(b *testing.B, operations int, run func()) {
	for _, name := range backends() {
		b.Run(name, func(b *testing.B) {
			defer useBackend(useBackend(name))
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
			b.ReportMetric(float64(operations)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}

// BenchmarkMul takes the shapes that matter: batches through dense layers, and
// the tableau rows of a basis.
func BenchmarkMul(b *testing.B) {
	r := newRandom(1)
	for _, s := range []struct {
		kind    string
		m, k, n int
		workers int
	}{
		{"NN", 8000, 100, 100, 1},
		{"NT", 8000, 100, 100, 1},
		{"NT", 8000, 100, 100, 2},
		{"NT", 8000, 784, 100, 1},
		{"NN", 8000, 784, 100, 1},
		{"NN", 16000, 100, 10, 1},
		{"NT", 16000, 100, 10, 1},
		{"NT", 60, 100, 101, 1},
		{"TN", 100, 50, 101, 1},
		{"TN", 100, 100, 101, 1},
		{"TN", 100, 200, 101, 1},
		{"TN", 100, 400, 101, 1},
		{"TN", 100, 400, 101, 2},
		{"TN", 784, 200, 100, 1},
		{"TN", 16, 200, 101, 1},
		{"NN", 1000, 1000, 1000, 1},
	} {
		b.Run(fmt.Sprintf("%s/%dx%dx%d/workers=%d", s.kind, s.m, s.k, s.n, s.workers), func(b *testing.B) {
			p := r.product(s.kind, s.m, s.k, s.n)
			c := NewMat(s.m, s.n)
			benchBackends(b, 2*s.m*s.k*s.n, func() { p.mul(c, false, s.workers) })
		})
	}
}

func BenchmarkVector(b *testing.B) {
	r := newRandom(2)
	for _, n := range []int{50, 101, 200, 400} {
		a, x, y := r.mat(n, n), r.vector(n), make([]float64, n)
		for _, op := range []struct {
			name       string
			operations int
			run        func()
		}{
			{"MulVec", 2 * n * n, func() { MulVec(y, a, x) }},
			{"MulVecT", 2 * n * n, func() { MulVecT(y, a, x) }},
			{"Rank1", 2 * n * n, func() { Rank1(a, 1e-9, x, x) }},
			{"Axpy", 2 * n, func() { Axpy(1e-9, x, y) }},
			{"Dot", 2 * n, func() { y[0] = Dot(x, x) }},
		} {
			b.Run(fmt.Sprintf("%s/%d", op.name, n), func(b *testing.B) { benchBackends(b, op.operations, op.run) })
		}
	}
}
