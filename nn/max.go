package nn

import "fmt"

// Max is the elementwise maximum of its inputs, which have equal lengths. Candidate k of a
// unit is its element of input k; among equal ones the first counts. A minimum is the negated
// maximum of negated inputs.
type Max struct {
	// Inputs is the number of inputs, Dim the length of each.
	Inputs, Dim int
}

// Kind is "Max".
func (m *Max) Kind() string { return "Max" }

// OutDim checks that all inputs have one length.
func (m *Max) OutDim(in []int) (int, error) {
	if len(in) == 0 || len(in) != m.Inputs || len(in) > maxCandidates {
		return 0, fmt.Errorf("%d inputs, want %d, from 1 to %d", len(in), m.Inputs, maxCandidates)
	}
	for k, d := range in {
		if d != m.Dim {
			return 0, fmt.Errorf("input %d has %d numbers, want %d", k, d, m.Dim)
		}
	}
	return m.Dim, nil
}

// Pieces is the number of inputs.
func (m *Max) Pieces() int { return m.Inputs }

// Source implements [Selection].
func (m *Max) Source(unit, piece int) int {
	if piece >= m.Inputs {
		return -1
	}
	return piece*m.Dim + unit
}

// Sources implements [Selection].
func (m *Max) Sources(dst []int32, pieces []uint8) {
	for u, p := range pieces {
		dst[u] = int32(m.Source(u, int(p)))
	}
}

// Apply implements [Selection].
func (m *Max) Apply(dst []float64, src [][]float64) {
	copy(dst, src[0])
	for _, x := range src[1:] {
		for i, v := range x {
			dst[i] = max(dst[i], v)
		}
	}
}

// Choose implements [Selection].
func (m *Max) Choose(piece []uint8, src [][]float64) {
	for u := range piece {
		best := 0
		for k := 1; k < len(src); k++ {
			if src[k][u] > src[best][u] {
				best = k
			}
		}
		piece[u] = uint8(best)
	}
}
