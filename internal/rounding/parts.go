package rounding

import (
	"math"

	"github.com/netmend/netmend/nn"
)

// Absolute is the operation x -> |A| x + |b| of an operation y = A x + b in a
// channel, for both channels of the result. For a convolution it is a convolution:
// no matrix is formed. It is false for operations that this package does not know.
func Absolute(op nn.Affine, ch nn.Channel) (nn.Affine, bool) {
	return withCoefficients(op, ch, math.Abs, math.Abs)
}

// HasAbsolute reports whether [Absolute] knows an operation.
func HasAbsolute(op nn.Affine) bool {
	_, ok := magnitudeOf(op)
	return ok
}

// Terms are the most products that [nn.Affine.Forward] sums for one number, and
// [nn.Affine.Backward] besides what it adds them to: sums of n products, in any order,
// are off by at most n 2^-53 / (1 - n 2^-53) of the sum of their absolute values. They
// are for operations of n numbers that [Absolute] knows.
func Terms(op nn.Affine, n int) (forward, backward int) {
	m, _ := magnitudeOf(op)
	forward, backward = max(0, m.terms()), n
	switch op := op.(type) {
	case *nn.Conv:
		backward = op.Weight.Rows / op.Groups * op.Elements()
	case *nn.ConvTranspose:
		backward = op.Channels / op.Groups * op.Elements()
	case *nn.AveragePool:
		backward = 2 * op.Elements()
	}
	return forward, backward
}

// SignParts are operations x -> P x and x -> N x with A = P + N for an operation
// y = A x + b in a channel, where no coefficient of P is negative and none of N
// positive; negative is nil where A has no negative ones. Values lo <= x <= hi give
// P lo + N hi <= A x <= P hi + N lo. It is false for operations that this package
// does not know.
func SignParts(op nn.Affine, ch nn.Channel) (positive, negative nn.Affine, ok bool) {
	zero := func(float64) float64 { return 0 }
	positive, ok = withCoefficients(op, ch, func(a float64) float64 { return max(a, 0) }, zero)
	switch op.(type) {
	case *nn.AveragePool, *nn.Concat, *nn.Reduce, *nn.Take: // copies, sums and means
		return positive, nil, ok
	}
	negative, ok = withCoefficients(op, ch, func(a float64) float64 { return min(a, 0) }, zero)
	return positive, negative, ok
}

// withCoefficients is op with every parameter a in A replaced by f(a), and every b by
// g(b). Operations whose coefficients are not parameters, and never negative, keep
// them.
func withCoefficients(op nn.Affine, ch nn.Channel, f, g func(float64) float64) (nn.Affine, bool) {
	each := func(xs []float64, h func(float64) float64) []float64 {
		ys := make([]float64, len(xs))
		for i, x := range xs {
			ys[i] = h(x)
		}
		return ys
	}
	params := func(p *nn.Params) nn.Params {
		w := nn.NewMatrix(p.Weight.Rows, p.Weight.Cols)
		for r := range w.Rows {
			for k, v := range p.Weight.Row(r) {
				w.Row(r)[k] = f(v)
			}
		}
		return nn.Params{Weight: w, Bias: each(p.Bias, g)}
	}
	switch op := op.(type) {
	case *nn.Dense:
		return op.WithParams(params(op.Channel(ch)), nil), true
	case *nn.Conv:
		return op.WithParams(params(op.Channel(ch)), nil), true
	case *nn.ConvTranspose:
		return op.WithParams(params(op.Channel(ch)), nil), true
	case *nn.Scale:
		return &nn.Scale{Factor: each(op.Factor, f), Shift: each(op.Shift, g)}, true
	case *nn.Sum:
		return &nn.Sum{Coefficients: each(op.Coefficients, f)}, true
	case *nn.Take:
		if b := g(op.Fill); b != op.Fill {
			return &nn.Take{In: op.In, From: op.From, Fill: b}, true
		}
		return op, true
	case *nn.AveragePool, *nn.Concat, *nn.Reduce:
		return op, true
	}
	return nil, false
}
