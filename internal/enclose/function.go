package enclose

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Function is an activation function.
type Function interface {
	// Image encloses {f(z) : z in i}. Infinite ends stand for limits.
	Image(i set.Interval) set.Interval
	// Preimage encloses {z in within : f(z) in y}: disjoint intervals in
	// ascending order, at most one for a monotone function, none where there is
	// no such z.
	Preimage(y, within set.Interval) []set.Interval
}

// Of returns the function of an activation: any piecewise-affine one, and the
// smooth ones of package nn. It fails for others.
func Of(a nn.Activation) (Function, error) {
	if p, ok := a.(*nn.Piecewise); ok {
		return &piecewise{p}, nil
	}
	f, err := smoothOf(a)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Slopes encloses the derivatives of an activation function on a bounded
// interval that is not empty, from both sides where they differ.
func Slopes(a nn.Activation, i set.Interval) (set.Interval, error) {
	if i.Empty() || math.IsInf(i.Lo, 0) || math.IsInf(i.Hi, 0) {
		return set.Interval{}, fmt.Errorf("the derivatives of %s on %v, want a bounded interval", a.Kind(), i)
	}
	if p, ok := a.(*nn.Piecewise); ok {
		s := set.EmptyInterval()
		for k, slope := range p.Slope {
			if !(&piecewise{p}).domain(k).Intersect(i).Empty() {
				s = s.Hull(point(slope))
			}
		}
		return s, nil
	}
	f, err := smoothOf(a)
	if err != nil {
		return set.Interval{}, err
	}
	return f.slopesOver(i), nil
}

// differentiable is a function that is not a piecewise-affine one.
type differentiable interface {
	Function
	// slopesOver encloses the derivatives on a bounded interval.
	slopesOver(i set.Interval) set.Interval
	// strip encloses the function on an interval.
	strip(i set.Interval) Strip
	profile() profile
}

func smoothOf(a nn.Activation) (differentiable, error) {
	f, ok := a.(*nn.Smooth)
	if !ok {
		return nil, fmt.Errorf("the activation function %s is not supported: want a piecewise-affine or a smooth one", a.Kind())
	}
	switch p := f.Parameters(); f.Kind() {
	case nn.KindSigmoid:
		return sigmoid(), nil
	case nn.KindTanh:
		return tanh(), nil
	case nn.KindGELU:
		return gelu(), nil
	case nn.KindGELUTanh:
		return geluTanh(), nil
	case nn.KindSiLU:
		return silu(), nil
	case nn.KindHardSwish:
		return hardSwish(), nil
	case nn.KindELU:
		return exponentialLinear(f, 1, p[0], 1), nil
	case nn.KindCELU:
		return exponentialLinear(f, 1, p[0], p[0]), nil
	case nn.KindSELU:
		return exponentialLinear(f, p[1], p[0], 1), nil
	case nn.KindSoftplus:
		return softplus(), nil
	case nn.KindSoftsign:
		return softsign(), nil
	}
	return nil, fmt.Errorf("the activation function %s is not supported", a.Kind())
}

// point is the interval of one number.
func point(x float64) set.Interval { return set.Interval{Lo: x, Hi: x} }
