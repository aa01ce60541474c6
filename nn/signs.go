package nn

import "math"

// Absolute is the operation x -> |A| x + |b| of an operation y = A x + b in a
// channel, for both channels of the result. For a convolution it is a convolution:
// no matrix is formed. It is false for operations that this package does not know.
func Absolute(op Affine, ch Channel) (Affine, bool) {
	return withCoefficients(op, ch, math.Abs, math.Abs)
}

// HasAbsolute reports whether [Absolute] knows an operation.
func HasAbsolute(op Affine) bool {
	_, ok := op.(magnitude)
	return ok
}

// Terms are the most products that [Affine.Forward] sums for one number, and
// [Affine.Backward] besides what it adds them to: sums of n products, in any order,
// are off by at most n 2^-53 / (1 - n 2^-53) of the sum of their absolute values. They
// are for operations of n numbers that [Absolute] knows.
func Terms(op Affine, n int) (forward, backward int) {
	forward, backward = max(0, op.(magnitude).terms()), n
	switch op := op.(type) {
	case *Conv:
		backward = op.Weight.Rows / op.Groups * op.Elements()
	case *AveragePool:
		backward = 2 * op.Elements()
	}
	return forward, backward
}

// SignParts are operations x -> P x and x -> N x with A = P + N for an operation
// y = A x + b in a channel, where no coefficient of P is negative and none of N
// positive; negative is nil where A has no negative ones. Values lo <= x <= hi give
// P lo + N hi <= A x <= P hi + N lo. It is false for operations that this package
// does not know.
func SignParts(op Affine, ch Channel) (positive, negative Affine, ok bool) {
	zero := func(float64) float64 { return 0 }
	positive, ok = withCoefficients(op, ch, func(a float64) float64 { return max(a, 0) }, zero)
	switch op.(type) {
	case *AveragePool, *Concat, *Reduce, *Take: // copies, sums and means
		return positive, nil, ok
	}
	negative, ok = withCoefficients(op, ch, func(a float64) float64 { return min(a, 0) }, zero)
	return positive, negative, ok
}

// withCoefficients is op with every parameter a in A replaced by f(a), and every b by
// g(b). Operations whose coefficients are no parameters, and never negative, keep
// them.
func withCoefficients(op Affine, ch Channel, f, g func(float64) float64) (Affine, bool) {
	each := func(xs []float64, h func(float64) float64) []float64 {
		ys := make([]float64, len(xs))
		for i, x := range xs {
			ys[i] = h(x)
		}
		return ys
	}
	params := func(p *Params) Params {
		w := NewMatrix(p.Weight.Rows, p.Weight.Cols)
		for r := range w.Rows {
			for k, v := range p.Weight.Row(r) {
				w.Row(r)[k] = f(v)
			}
		}
		return Params{Weight: w, Bias: each(p.Bias, g)}
	}
	switch op := op.(type) {
	case *Dense:
		return op.WithParams(params(op.Channel(ch)), nil), true
	case *Conv:
		return op.WithParams(params(op.Channel(ch)), nil), true
	case *Scale:
		return &Scale{Factor: each(op.Factor, f), Shift: each(op.Shift, g)}, true
	case *Sum:
		return &Sum{Coefficients: each(op.Coefficients, f)}, true
	case *Take:
		if b := g(op.Fill); b != op.Fill {
			return &Take{In: op.In, From: op.From, Fill: b}, true
		}
		return op, true
	case *AveragePool, *Concat, *Reduce:
		return op, true
	}
	return nil, false
}
