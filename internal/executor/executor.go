package executor

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/nn"
)

const unit = rounding.Unit

// Executor bounds how far executions of a network in a floating-point type can
// be from real arithmetic. The bounds hold
//
//   - for every order of the sums in an affine operation, with and without fused
//     multiply-add, rounding to nearest;
//   - with gradual underflow or with results and operands below the smallest
//     normal number flushed to zero;
//   - for an execution that computes the operations of the graph as they are,
//     on the parameters as stored.
//
// Its own arithmetic is float64; the roundings of that are part of the bounds.
type Executor struct {
	net        *nn.Network // both channels
	activation *nn.Network // the activation channel as an ordinary network
	t          nn.DType
	unit       float64 // unit roundoff
	tiny       float64 // smallest normal number
	largest    float64 // largest number
	abs, value *rounding.Absolutes
}

// New prepares the bounds for a network whose parameters are numbers of
// type t. It fails if the network is not piecewise affine, or a parameter is
// no number of the type.
func New(n *nn.Network, t nn.DType) (*Executor, error) {
	if i := n.SmoothNode(); i >= 0 {
		return nil, fmt.Errorf("node %d (%s %q) is not piecewise affine: its rounding errors are not bounded", i, n.Nodes[i].Op.Kind(), n.Nodes[i].Name)
	}
	for i, node := range n.Nodes {
		if op, ok := node.Op.(nn.Affine); !ok || !rounding.HasAbsolute(op) {
			if _, ok := node.Op.(*nn.Piecewise); !ok {
				return nil, fmt.Errorf("node %d (%s %q): the rounding errors of this operation are not bounded", i, node.Op.Kind(), node.Name)
			}
		}
	}
	ex := &Executor{net: n, activation: n, t: t, unit: t.UnitRoundoff(), tiny: 0x1p-126, largest: math.MaxFloat32}
	if t == nn.Float64 {
		ex.tiny, ex.largest = 0x1p-1022, math.MaxFloat64
	}
	for _, k := range n.RepairedLayers() {
		a, err := ex.activation.WithLayer(k, nil)
		if err != nil {
			return nil, err
		}
		ex.activation = a
	}
	if err := ex.checkStored(); err != nil {
		return nil, err
	}
	ex.abs, ex.value = rounding.NewAbsolutes(ex.activation), rounding.NewAbsolutes(n)
	return ex, nil
}

// checkStored reports parameters that are not numbers of the type.
func (ex *Executor) checkStored() error {
	for i, node := range ex.net.Nodes {
		var stored [][]float64
		switch op := node.Op.(type) {
		case nn.Layer:
			for _, ch := range []nn.Channel{nn.ActivationChannel, nn.ValueChannel} {
				p := op.Channel(ch)
				stored = append(stored, p.Bias)
				for r := range p.Weight.Rows {
					stored = append(stored, p.Weight.Row(r))
				}
			}
		case *nn.Scale:
			stored = [][]float64{op.Factor, op.Shift}
		case *nn.Sum:
			stored = [][]float64{op.Coefficients}
		case *nn.Take:
			stored = [][]float64{{op.Fill}}
		case *nn.Reduce:
			stored = [][]float64{{op.Divisor}}
		case *nn.Piecewise, *nn.Concat, *nn.AveragePool, *nn.MaxPool, *nn.Max:
			// Pieces count as off by the rounding of their constants, see reach and
			// pieceError; the others have none.
		default:
			return fmt.Errorf("node %d (%s %q): how it is stored is not known", i, op.Kind(), node.Name)
		}
		for _, xs := range stored {
			for _, v := range xs {
				if ex.t.Round(v) != v {
					return fmt.Errorf("node %d (%s %q): parameter %v is not a %v number", i, node.Op.Kind(), node.Name, v, ex.t)
				}
			}
		}
	}
	return nil
}

// gammaAt bounds the relative error of a sum of n products in a type of unit
// roundoff u, in any order; infinite if it bounds nothing.
func gammaAt(n int, u float64) float64 {
	nu := float64(float64(n) * u)
	if nu >= 0.5 {
		return math.Inf(1)
	}
	return float64(nu / (1 - nu) * (1 + 4*unit))
}

// relative is the relative error of a sum of n products: that of the execution,
// and those of our own evaluations in float64, here and of the value compared.
func (ex *Executor) relative(n int) float64 {
	return gammaAt(n, ex.unit) + float64(2*gammaAt(n+4, unit))
}

// executed is a trace with bounds of the errors of an execution; one row a
// point.
type executed struct {
	net       *nn.Network
	x, radius nn.Matrix // inputs and their own errors
	// vals are the values in real arithmetic, as float64 has them, local the
	// perturbation that each node adds, total its error in all.
	vals, local, total []nn.Matrix
}

func newExecuted(n *nn.Network, x, radius nn.Matrix) *executed {
	nodes := len(n.Nodes)
	return &executed{net: n, x: x, radius: radius, vals: make([]nn.Matrix, nodes), local: make([]nn.Matrix, nodes), total: make([]nn.Matrix, nodes)}
}

func (t *executed) of(i int) nn.Matrix {
	if i == nn.Input {
		return t.x
	}
	return t.vals[i]
}

func (t *executed) errorOf(i int) nn.Matrix {
	if i == nn.Input {
		return t.radius
	}
	return t.total[i]
}

// affine fills in affine node i of a trace.
func (ex *Executor) affine(t *executed, i int, op nn.Affine, abs *rounding.Absolutes) error {
	inputs := t.net.Nodes[i].Inputs
	rows, dim := t.x.Rows, t.net.Dim(i)
	src, size, errs, own := make([]nn.Matrix, len(inputs)), make([]nn.Matrix, len(inputs)), make([]nn.Matrix, len(inputs)), make([]nn.Matrix, len(inputs))
	terms, sum := make([]int, rows), make([]float64, rows)
	reads := false // whether the node reads the network's input
	for k, j := range inputs {
		src[k], errs[k] = t.of(j), t.errorOf(j)
		size[k], own[k] = nn.NewMatrix(rows, src[k].Cols), nn.NewMatrix(rows, src[k].Cols)
		if j == nn.Input {
			own[k], reads = errs[k], true
		}
		for r := range rows {
			x, e, s := src[k].Row(r), errs[k].Row(r), size[k].Row(r)
			for u, v := range x {
				a := float64((math.Abs(v) + e[u]) * (1 + 4*unit))
				s[u] = a
				sum[r] += a
				if a > ex.negligible() {
					terms[r]++
				}
			}
		}
	}
	vals, local, total := nn.NewMatrix(rows, dim), nn.NewMatrix(rows, dim), nn.NewMatrix(rows, dim)
	t.vals[i], t.local[i], t.total[i] = vals, local, total
	op.Forward(vals, src, nn.ValueChannel, true, 1)
	abs.Forward(i, local, size, true)
	abs.Forward(i, total, errs, false)
	var direct nn.Matrix
	if reads {
		direct = nn.NewMatrix(rows, dim)
		abs.Forward(i, direct, own, false)
	}
	sums := abs.Sums(i)
	all := abs.Terms(i)
	for r := range rows {
		g := ex.relative(min(all, terms[r]+1) + 1)
		d := local.Row(r)
		for u, m := range d {
			if !(m < ex.largest/2) {
				return &RangeError{Type: ex.t, Node: i, Kind: op.Kind(), Name: t.net.Nodes[i].Name}
			}
			d[u] = float64(g*m) + ex.underflow(sums[u], sum[r], all)
			total.Row(r)[u] = float64((total.Row(r)[u] + d[u]) * (1 + 4*unit))
			if reads {
				d[u] += direct.Row(r)[u]
			}
		}
	}
	return nil
}

// RangeError says that values may leave the range of a type.
type RangeError struct {
	Type       nn.DType
	Node       int
	Kind, Name string
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("node %d (%s %q): values may overflow %v", e.Node, e.Kind, e.Name, e.Type)
}

// JumpError says that a unit may execute on either side of a jump of its function:
// what follows then differs by more than rounding.
type JumpError struct {
	Node       int
	Kind, Name string
}

func (e *JumpError) Error() string {
	return fmt.Sprintf("node %d (%s %q): its function jumps, and an execution may take either side of the jump", e.Node, e.Kind, e.Name)
}

// negligible is the size of operands that do not count among the terms of a sum:
// adding a number to another one is off by no more than that number.
func (ex *Executor) negligible() float64 { return float64(ex.tiny * 0x1p6) }

// underflow bounds the absolute errors of a sum of n products of weights and
// operands with the given sums of absolute values: weights and operands, the n
// products and the n partial sums may each be flushed to zero, and the terms that
// are negligible may count twice.
func (ex *Executor) underflow(weights, operands float64, n int) float64 {
	return float64(ex.tiny*(weights+operands+float64(2*n+2))) + float64(2*ex.negligible()*weights)
}

// pieceError bounds the rounding of the pieces of f at an input of size x. Pieces
// that select their input or a stored constant are exact.
func (ex *Executor) pieceError(f *nn.Piecewise, x float64) float64 {
	d := 0.0
	for k, s := range f.Slope {
		o := f.Offset[k]
		switch {
		case s == 0 || (s == 1 && o == 0):
			if ex.t.Round(o) != o {
				d = max(d, float64(ex.unit*math.Abs(o))+ex.tiny)
			}
		default:
			d = max(d, float64(ex.relative(4)*(float64(math.Abs(s)*x)+math.Abs(o)))+float64(4*ex.tiny*(1+x)))
		}
	}
	return d
}
