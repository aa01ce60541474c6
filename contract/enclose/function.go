package enclose

import (
	"fmt"

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

// Of returns the function of an activation: any piecewise-affine one, sigmoid
// and tanh. It fails for others.
func Of(a nn.Activation) (Function, error) {
	if p, ok := a.(*nn.Piecewise); ok {
		return &piecewise{p}, nil
	}
	s, err := smoothOf(a)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// smoothOf returns a smooth function.
func smoothOf(a nn.Activation) (*smooth, error) {
	switch a.Kind() {
	case nn.KindSigmoid:
		return sigmoid(), nil
	case nn.KindTanh:
		return tanh(), nil
	}
	return nil, fmt.Errorf("the activation function %s is not supported: want a piecewise-affine one, %s or %s", a.Kind(), nn.KindSigmoid, nn.KindTanh)
}

// point is the interval of one number.
func point(x float64) set.Interval { return set.Interval{Lo: x, Hi: x} }
