package proof

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
)

// finite refuses networks with a number that is NaN or infinite, and operations that this
// package does not know: exact arithmetic has no such numbers, and its conversions from
// float64 give anything for them.
//
// Behind it no number of the exact check can fail to be finite unless an operation of float64
// overflows. Those are the filters', which pass a gate each: [form.enclose] gives no bound for
// what is not finite, so that the sign is decided exactly, and [twofold.finite] looks at all
// values of a node at a point.
func finite(net *nn.Network) error {
	for i, node := range net.Nodes {
		var numbers [][]float64
		params := func(op nn.Layer) {
			for _, ch := range []nn.Channel{nn.ActivationChannel, nn.ValueChannel} {
				p := op.Channel(ch)
				numbers = append(numbers, p.Bias)
				for j := range p.Weight.Rows {
					numbers = append(numbers, p.Weight.Row(j))
				}
			}
		}
		switch op := node.Op.(type) {
		case *nn.Dense:
			params(op)
		case *nn.Conv:
			params(op)
		case *nn.ConvTranspose:
			params(op)
		case *nn.Scale:
			numbers = [][]float64{op.Factor, op.Shift}
		case *nn.Sum:
			numbers = [][]float64{op.Coefficients}
		case *nn.Take:
			numbers = [][]float64{{op.Fill}}
		case *nn.Reduce:
			if numbers = [][]float64{{op.Divisor}}; op.Divisor == 0 {
				return fmt.Errorf("node %d (%s %q) divides by 0", i, op.Kind(), node.Name)
			}
		case *nn.Piecewise:
			numbers = [][]float64{op.Breaks, op.Slope, op.Offset}
		case *nn.Smooth:
			numbers = [][]float64{op.Parameters()}
		case *nn.Concat, *nn.AveragePool, *nn.MaxPool, *nn.Max:
		default:
			return &unsupportedError{fmt.Errorf("node %d (%s %q) is not supported by the exact check", i, op.Kind(), node.Name)}
		}
		for _, xs := range numbers {
			for _, v := range xs {
				if !isFinite(v) {
					return fmt.Errorf("node %d (%s %q): a parameter is %v", i, node.Op.Kind(), node.Name, v)
				}
			}
		}
	}
	return nil
}

func isFinite(v float64) bool { return math.Abs(v) <= math.MaxFloat64 }

func abs(v float64) float64 { return math.Abs(v) }

// below64 and above64 are the floats next to v.
func below64(v float64) float64 { return math.Nextafter(v, math.Inf(-1)) }
func above64(v float64) float64 { return math.Nextafter(v, math.Inf(1)) }
