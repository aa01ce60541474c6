//go:build unix

package blas

import (
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns n values that end where the next page must not be touched:
// a kernel that reads or writes one element too many crashes.
func guarded(t *testing.T, n int) []float64 {
	page := syscall.Getpagesize()
	size := (8*n + page - 1) / page * page
	memory, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skipf("no guarded memory: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(memory) })
	if err := syscall.Mprotect(memory[size:], syscall.PROT_NONE); err != nil {
		t.Skipf("no guarded memory: %v", err)
	}
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*float64)(unsafe.Pointer(&memory[size-8*n])), n)
}

func TestStaysWithinData(t *testing.T) {
	guardedMat := func(rows, cols int) Mat {
		return Mat{Rows: rows, Cols: cols, Stride: cols, Data: guarded(t, rows*cols)}
	}
	eachBackend(t, func(t *testing.T) {
		for _, m := range []int{1, 3, 7, 13, 34} {
			for n := 1; n <= 34; n++ {
				k := m + 2
				c := guardedMat(m, n)
				MulNN(c, guardedMat(m, k), guardedMat(k, n), false, 1)
				MulNT(c, guardedMat(m, k), guardedMat(n, k), true, 1)
				MulTN(c, guardedMat(k, m), guardedMat(k, n), true, 1)
				x, y := guarded(t, n), guarded(t, m)
				y[m-1] = 1
				Rank1(c, 2, y, x)
				MulVec(y, c, x)
				MulVecT(x, c, y)
				Axpy(Dot(x, x), x, x)
			}
		}
	})
}
