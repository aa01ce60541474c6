package nn

// Selection is an operation each of whose outputs copies one of several inputs:
// a maximum. It is piecewise affine; the piece of an output, a unit, is the index
// of the input that it copies among its candidates. Tie rule: of equal candidates
// the first counts, as in ONNX Runtime's MaxPool.
type Selection interface {
	Op
	// Apply computes the outputs for one sample; src has the samples of the node's
	// inputs.
	Apply(dst []float64, src [][]float64)
	// Choose writes the piece of each unit that executes for one sample.
	Choose(piece []uint8, src [][]float64)
	// Pieces is the largest number of candidates of a unit, at most 256.
	Pieces() int
	// Source is the place of candidate piece of a unit in the concatenation of the
	// node's inputs, or -1 where the unit has no such candidate (padding).
	Source(unit, piece int) int
	// Sources writes the [Selection.Source] of a piece of each unit.
	Sources(dst []int32, pieces []uint8)
}

// maxCandidates is how many candidates a [Pattern] can tell apart.
const maxCandidates = 256

// gather copies the chosen inputs of one sample.
func gather(dst []float64, src [][]float64, choice []int32) {
	if len(src) == 1 {
		x := src[0]
		for u, c := range choice {
			dst[u] = x[c]
		}
		return
	}
	for u, c := range choice {
		k, i := locate(src, int(c))
		dst[u] = src[k][i]
	}
}

// scatter adds the gradients of one sample's outputs to the chosen inputs; an
// input without storage, but with its length in dims, is left out.
func scatter(dsrc [][]float64, dims []int, grad []float64, choice []int32) {
	for u, c := range choice {
		k, i := 0, int(c)
		for i >= dims[k] {
			i -= dims[k]
			k++
		}
		if dsrc[k] != nil {
			dsrc[k][i] += grad[u]
		}
	}
}

// locate finds place i of the concatenation of src.
func locate(src [][]float64, i int) (k, at int) {
	for i >= len(src[k]) {
		i -= len(src[k])
		k++
	}
	return k, i
}

// rowsOf are the samples of row r of several batches.
func rowsOf(dst [][]float64, src []Matrix, r int) [][]float64 {
	dst = dst[:0]
	for _, m := range src {
		dst = append(dst, m.Row(r))
	}
	return dst
}

func lengths(src [][]float64) []int {
	n := make([]int, len(src))
	for k, x := range src {
		n[k] = len(x)
	}
	return n
}
