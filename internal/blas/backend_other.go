//go:build !amd64 || purego

package blas

// lanes is the number of columns that share a vector. The kernels in Go have no
// vectors; the value only sets the width of panels.
const lanes = 8

// backends lists the backends that can run here, the best first.
func backends() []string { return []string{"purego"} }

// useBackend switches to one of backends() and returns the one in use before.
func useBackend(name string) (before string) { return name }

func mulPanel(rows, cols, depth int, a operand, b []float64, bStep int, c []float64, cStep int, accumulate bool) {
	mulPanelGo(rows, cols, depth, a, b, bStep, c, cStep, accumulate)
}

func transposePanel(dst []float64, width int, src []float64, step, depth, cols int) {
	transposePanelGo(dst, width, src, step, depth, cols)
}

func dot(x, y []float64) float64 { return dotGo(x, y) }

func mulVec(y []float64, a Mat, x []float64) { mulVecGo(y, a, x) }

func addColumns(y []float64, a Mat, x []float64) { addColumnsGo(y, a, x) }

func axpy(alpha float64, x, y []float64) { axpyGo(alpha, x, y) }

func rank1(a Mat, alpha float64, x, y []float64) { rank1Go(a, alpha, x, y) }
