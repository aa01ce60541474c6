package master

import (
	"math"
	"slices"
)

// fromEstimate is by how much the smallest max |x_i| usually exceeds what
// [EstimateBound] makes of a solution in the Euclidean norm.
const fromEstimate = 1.15

// EstimateBound guesses max |x_i| at the minimum of sum |x_i| + winf max |x_i| from the
// solution d in the Euclidean norm over the same rows.
//
// There d = A^T y. With the multipliers s y the reduced costs are s d, and s is chosen so
// that the dual is feasible with nothing to spare: the sum of s|d_i| - 1 over the i
// where that is positive is winf. Those changes rest at ±t, and the value y^T A x of the
// rows, which is |d|^2, then tells t.
func EstimateBound(d []float64, winf float64) float64 {
	sizes := make([]float64, len(d))
	squares := 0.0
	for i, v := range d {
		sizes[i] = math.Abs(v)
		squares += float64(v * v)
	}
	slices.Sort(sizes)
	slices.Reverse(sizes)
	sum := 0.0
	for i, v := range sizes {
		sum += v
		count := float64(i + 1)
		if i+1 == len(sizes) || (winf+count)*sizes[i+1] <= sum {
			break
		}
	}
	if sum == 0 {
		return 0
	}
	return float64(fromEstimate * squares / sum)
}

// Start makes t, at most the bound, the first max |x_i| that is tried.
func (m *Master) Start(t float64) { m.t = min(m.bound, max(0, t)) }
