package repair

import "math"

// normal is a norm with its weights for a layer: l1 sum |D_i| + linf max |D_i|,
// or the Euclidean length.
type normal struct {
	l1, linf  float64
	euclidean bool
}

// newNorm resolves the objective for a layer with n parameters.
func newNorm(opt Options, n int) normal {
	switch opt.Norm {
	case L1:
		return normal{l1: 1}
	case Linf:
		return normal{linf: 1}
	case L2:
		return normal{euclidean: true}
	}
	return normal{l1: opt.L1Weight / float64(n), linf: opt.LinfWeight}
}

// objective is the norm of d.
func (n normal) objective(d []float64) float64 {
	l1, linf, l2 := measures(d)
	if n.euclidean {
		return l2
	}
	return float64(n.l1*l1) + float64(n.linf*linf)
}

// measures are the sum of |d_i|, the largest |d_i|, and the Euclidean length.
func measures(d []float64) (l1, linf, l2 float64) {
	for _, v := range d {
		l1 += math.Abs(v)
		linf = max(linf, math.Abs(v))
		l2 += float64(v * v)
	}
	return l1, linf, math.Sqrt(l2)
}
