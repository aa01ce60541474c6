//go:build amd64 && !purego

package blas

//go:generate go run -C asm . -out ../kernels_amd64.s -stubs ../kernels_amd64.go -pkg blas

import (
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/cpu"
)

// backend names a set of kernels.
type backend int

const (
	pureGo backend = iota
	avx2
	avx512
)

var backendNames = [...]string{pureGo: "purego", avx2: "avx2", avx512: "avx512"}

// vectorLanes is the number of float64 values in a vector of each backend. The
// kernels in Go have no vectors; their value only sets the width of panels.
var vectorLanes = [...]int{pureGo: 8, avx2: 4, avx512: 8}

var (
	active backend // the backend in use
	lanes  int     // vectorLanes of it
)

func init() {
	available := backends()
	chosen := available[0]
	if wanted := os.Getenv("NETMEND_BLAS"); slices.Contains(available, wanted) {
		chosen = wanted
	}
	useBackend(chosen)
}

// backends lists the backends that can run here, the best first.
func backends() []string {
	names := []string{backendNames[pureGo]}
	x := &cpu.X86
	if !x.HasAVX2 || !x.HasFMA {
		return names
	}
	names = append(names, backendNames[avx2])
	if x.HasAVX512F && x.HasBMI2 {
		names = append(names, backendNames[avx512])
	}
	slices.Reverse(names)
	return names
}

// useBackend switches to one of backends() and returns the one in use before.
// It must not be called while a kernel runs.
func useBackend(name string) (before string) {
	i := slices.Index(backendNames[:], name)
	if i < 0 {
		panic(fmt.Sprintf("blas: no backend %q", name))
	}
	before = backendNames[active]
	active, lanes = backend(i), vectorLanes[i]
	return before
}

func mulPanel(rows, cols, depth int, a operand, b []float64, bStep int, c []float64, cStep int, accumulate bool) {
	if active == pureGo {
		mulPanelGo(rows, cols, depth, a, b, bStep, c, cStep, accumulate)
		return
	}
	vectors := (cols + lanes - 1) / lanes
	last := cols - (vectors-1)*lanes
	// Called by name, not through a variable: only then does the compiler know
	// that the data do not escape.
	switch {
	case active == avx512 && vectors == 3:
		panelAVX512x3(rows, depth, &a.data[0], a.rowStep, a.colStep, &b[0], bStep, &c[0], cStep, last, accumulate)
	case active == avx512 && vectors == 2:
		panelAVX512x2(rows, depth, &a.data[0], a.rowStep, a.colStep, &b[0], bStep, &c[0], cStep, last, accumulate)
	case active == avx512:
		panelAVX512x1(rows, depth, &a.data[0], a.rowStep, a.colStep, &b[0], bStep, &c[0], cStep, last, accumulate)
	case vectors == 3:
		panelAVX2x3(rows, depth, &a.data[0], a.rowStep, a.colStep, &b[0], bStep, &c[0], cStep, last, accumulate)
	case vectors == 2:
		panelAVX2x2(rows, depth, &a.data[0], a.rowStep, a.colStep, &b[0], bStep, &c[0], cStep, last, accumulate)
	default:
		panelAVX2x1(rows, depth, &a.data[0], a.rowStep, a.colStep, &b[0], bStep, &c[0], cStep, last, accumulate)
	}
}

func transposePanel(dst []float64, width int, src []float64, step, depth, cols int) {
	if active == pureGo || cols < 4 || depth < 4 {
		transposePanelGo(dst, width, src, step, depth, cols)
		return
	}
	quads := depth / 4
	j := 0
	for ; j+4 <= cols; j += 4 {
		transposeAVX2(&dst[j], width, &src[j*step], step, quads)
	}
	if rest := depth % 4; rest > 0 {
		transposePanelGo(dst[4*quads*width:], width, src[4*quads:], step, rest, j)
	}
	if j < cols {
		transposePanelGo(dst[j:], width, src[j*step:], step, depth, cols-j)
	}
}

func dot(x, y []float64) float64 {
	if active == pureGo {
		return dotGo(x, y)
	}
	if len(x) == 0 {
		return 0
	}
	var result [1]float64
	dots(result[:], &x[0], len(x), y)
	return result[0]
}

func mulVec(y []float64, a Mat, x []float64) {
	switch {
	case len(y) == 0:
	case len(x) == 0:
		clear(y)
	case active == pureGo:
		mulVecGo(y, a, x)
	default:
		dots(y, &a.Data[0], a.Stride, x)
	}
}

func dots(y []float64, a *float64, aStep int, x []float64) {
	if active == avx512 {
		dotsAVX512(&y[0], len(y), len(x), a, aStep, &x[0])
	} else {
		dotsAVX2(&y[0], len(y), len(x), a, aStep, &x[0])
	}
}

// addColumns computes y += Aᵀ x for x and y not empty.
func addColumns(y []float64, a Mat, x []float64) {
	switch active {
	case avx512:
		columnsAVX512(len(x), len(y), &a.Data[0], a.Stride, &x[0], &y[0])
	case avx2:
		columnsAVX2(len(x), len(y), &a.Data[0], a.Stride, &x[0], &y[0])
	default:
		addColumnsGo(y, a, x)
	}
}

// one is the x of an update of one row: a product with it changes nothing.
var one = [1]float64{1}

func axpy(alpha float64, x, y []float64) {
	if len(x) > 0 {
		rank1(Mat{Rows: 1, Cols: len(y), Stride: len(y), Data: y}, alpha, one[:], x)
	}
}

// rank1 is Rank1 for y not empty.
func rank1(a Mat, alpha float64, x, y []float64) {
	switch {
	case len(x) == 0:
	case active == avx512:
		rank1AVX512(len(x), len(y), &a.Data[0], a.Stride, alpha, &x[0], &y[0])
	case active == avx2:
		rank1AVX2(len(x), len(y), &a.Data[0], a.Stride, alpha, &x[0], &y[0])
	default:
		rank1Go(a, alpha, x, y)
	}
}
