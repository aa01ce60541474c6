package nn

// Selection is an operation each of whose outputs copies one of several inputs: a maximum. It
// is piecewise affine; the piece of an output, a unit, is the index of the input that it
// copies among its candidates. Tie rule: among equal candidates the first counts, as in ONNX
// Runtime's MaxPool.
type Selection interface {
	Op
	// Apply computes the outputs for one sample; src has the samples of the node's
	// inputs.
	Apply(dst []float64, src [][]float64)
	// Choose writes the piece of each unit that executes for one sample.
	Choose(piece []uint8, src [][]float64)
	// Pieces is the largest number of candidates of a unit, at most 256.
	Pieces() int
	// Source is the place of candidate piece of a unit in the concatenation of the node's
	// inputs, or -1 if the unit has no such candidate (padding).
	Source(unit, piece int) int
	// Sources writes the [Selection.Source] of a piece of each unit.
	Sources(dst []int32, pieces []uint8)
}

// maxCandidates is how many candidates a [Pattern] can tell apart.
const maxCandidates = 256
