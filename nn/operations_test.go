package nn_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
)

// operation is one of each kind, applied to the numbers of a layer of 8: two channels of
// 2 x 2.
type operation struct {
	name string
	op   nn.Op
	two  bool // with the network's input, 8 numbers too, as a second input
	// f is what it means, by definition, of the concatenation of its inputs.
	f func(x []float64) []float64
}

const areaInputs = 8

// operations are all that there are: every type, and every function of the types that have
// several.
func operations(t *testing.T) []operation {
	t.Helper()
	each := func(f func(float64) float64) func([]float64) []float64 {
		return func(x []float64) []float64 {
			y := make([]float64, len(x))
			for i, v := range x {
				y[i] = f(v)
			}
			return y
		}
	}
	must := func(f nn.Op, err error) nn.Op {
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	random := func(rows, cols int) nn.Params {
		r := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
		p := nn.Params{Weight: nn.NewMatrix(rows, cols), Bias: make([]float64, rows)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = float64(r.IntN(17)-8) / 4
		}
		for i := range p.Bias {
			p.Bias[i] = float64(r.IntN(17)-8) / 8
		}
		return p
	}
	matrix := func(p nn.Params) func([]float64) []float64 {
		return func(x []float64) []float64 {
			y := slices.Clone(p.Bias)
			for j := range y {
				for i, w := range p.Weight.Row(j) {
					y[j] += float64(w * x[i])
				}
			}
			return y
		}
	}
	window := nn.Window{Channels: 2, In: [2]int{2, 2}, Kernel: [2]int{2, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Before: [2]int{1, 0}}
	dense, kernel, transposed := random(3, areaInputs), random(1, 4), random(1, 6)
	// Windows of two rows, the first of which is padding at the top.
	pairs := func(f func(above, at float64, padded bool) float64) func([]float64) []float64 {
		return func(x []float64) []float64 {
			y := make([]float64, len(x))
			for i, v := range x {
				if i%4 < 2 {
					y[i] = f(0, v, true)
				} else {
					y[i] = f(x[i-2], v, false)
				}
			}
			return y
		}
	}
	normal := func(z float64) float64 { return float64(math.Erfc(-z/math.Sqrt2) / 2) }
	sigmoid := func(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
	exponential := func(gamma, alpha, beta float64) func(float64) float64 {
		return func(z float64) float64 {
			if z >= 0 {
				return float64(gamma * z)
			}
			return float64(gamma * alpha * math.Expm1(z/beta))
		}
	}
	clip, _ := nn.Clip(-0.5, 0.75)
	hard, _ := nn.HardSigmoid(0.25, 0.5)
	elu, err1 := nn.ELU(0.5)
	celu, err2 := nn.CELU(0.75)
	selu, err3 := nn.SELU(1.5, 1.25)
	all := []operation{
		{"Dense", &nn.Dense{Params: dense}, false, matrix(dense)},
		{"Conv", &nn.Conv{Params: kernel, Window: window, Groups: 1}, false, func(x []float64) []float64 {
			y := make([]float64, 4)
			for i := range y {
				y[i] = kernel.Bias[0]
				for c := range 2 {
					if i >= 2 {
						y[i] += float64(kernel.Weight.Row(0)[2*c] * x[4*c+i-2])
					}
					y[i] += float64(kernel.Weight.Row(0)[2*c+1] * x[4*c+i])
				}
			}
			return y
		}},
		{"ConvTranspose", &nn.ConvTranspose{Params: transposed, Inputs: 2, Groups: 1, Window: nn.Window{
			Channels: 1, In: [2]int{4, 2}, Kernel: [2]int{3, 1}, Stride: [2]int{2, 1}, Dilation: [2]int{1, 1}, Before: [2]int{1, 0}, After: [2]int{1, 0},
		}}, false, func(x []float64) []float64 {
			y := make([]float64, 8)
			for i := range y {
				y[i] = transposed.Bias[0]
			}
			for c := range 2 {
				for row := range 2 {
					for k := range 3 {
						if at := 2*row + k - 1; at >= 0 && at < 4 {
							for col := range 2 {
								y[2*at+col] += float64(transposed.Weight.Row(0)[3*c+k] * x[4*c+2*row+col])
							}
						}
					}
				}
			}
			return y
		}},
		{"Scale", &nn.Scale{Factor: []float64{1, -2, 0.5, 3, 1, 1, 2, -1}, Shift: []float64{0, 1, -1, 0.5, 0, 2, 0, 1}}, false, func(x []float64) []float64 {
			return []float64{x[0], 1 - float64(2*x[1]), float64(0.5*x[2]) - 1, float64(3*x[3]) + 0.5, x[4], x[5] + 2, float64(2 * x[6]), 1 - x[7]}
		}},
		{"AveragePool", &nn.AveragePool{Window: window}, false, pairs(func(above, at float64, padded bool) float64 {
			if padded {
				return at
			}
			return float64((above + at) / 2)
		})},
		{"AveragePool, padding counts", &nn.AveragePool{Window: window, CountPadding: true}, false, pairs(func(above, at float64, _ bool) float64 { return float64((above + at) / 2) })},
		{"Reduce", &nn.Reduce{Outer: 2, Axis: 2, Inner: 2, Divisor: 2}, false, func(x []float64) []float64 {
			return []float64{float64((x[0] + x[2]) / 2), float64((x[1] + x[3]) / 2), float64((x[4] + x[6]) / 2), float64((x[5] + x[7]) / 2)}
		}},
		{"Sum", &nn.Sum{Coefficients: []float64{2, -0.5}}, true, func(x []float64) []float64 {
			y := make([]float64, areaInputs)
			for i := range y {
				y[i] = float64(2*x[i]) - float64(0.5*x[areaInputs+i])
			}
			return y
		}},
		{"Take", &nn.Take{In: areaInputs, From: []int32{3, -1, 3, 0}, Fill: 0.25}, false, func(x []float64) []float64 { return []float64{x[3], 0.25, x[3], x[0]} }},
		{"Concat", &nn.Concat{Dims: []int{areaInputs, areaInputs}}, true, slices.Clone[[]float64]},
		{"MaxPool", &nn.MaxPool{Window: window}, false, pairs(func(above, at float64, padded bool) float64 {
			if padded {
				return at
			}
			return max(above, at)
		})},
		{"Max", &nn.Max{Inputs: 2, Dim: areaInputs}, true, func(x []float64) []float64 {
			y := make([]float64, areaInputs)
			for i := range y {
				y[i] = max(x[i], x[areaInputs+i])
			}
			return y
		}},
		{"ReLU", nn.ReLU(), false, each(func(z float64) float64 { return max(z, 0) })},
		{"LeakyReLU", nn.LeakyReLU(-0.25), false, each(func(z float64) float64 { return max(z, -0.25*z) })},
		{"HardTanh", nn.HardTanh(), false, each(func(z float64) float64 { return min(1, max(-1, z)) })},
		{"Clip", clip, false, each(func(z float64) float64 { return min(0.75, max(-0.5, z)) })},
		{"HardSigmoid", hard, false, each(func(z float64) float64 { return min(1, max(0, float64(0.25*z)+0.5)) })},
		{"Abs", nn.Abs(), false, each(math.Abs)},
		{"Piecewise", &nn.Piecewise{Breaks: []float64{0.5}, Slope: []float64{0, 1}, Offset: []float64{0, 0}}, false, each(func(z float64) float64 {
			if z >= 0.5 {
				return z
			}
			return 0
		})},
		{"Identity", nn.IdentityActivation(), false, slices.Clone[[]float64]},
		{"Step", nn.Step(), false, each(func(z float64) float64 {
			if z >= 0 {
				return 1
			}
			return 0
		})},
		{"Tanh", nn.Tanh(), false, each(math.Tanh)},
		{"Sigmoid", nn.Sigmoid(), false, each(sigmoid)},
		{"GELU", nn.GELU(), false, each(func(z float64) float64 { return float64(z * normal(z)) })},
		{"GELUTanh", nn.GELUTanh(), false, each(func(z float64) float64 {
			return float64(z / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(z+float64(0.044715*z*z*z)))))
		})},
		{"SiLU", nn.SiLU(), false, each(func(z float64) float64 { return float64(z * sigmoid(z)) })},
		{"HardSwish", nn.HardSwish(), false, each(func(z float64) float64 { return float64(z * min(1, max(0, z/6+0.5))) })},
		{"ELU", must(elu, err1), false, each(exponential(1, 0.5, 1))},
		{"CELU", must(celu, err2), false, each(exponential(1, 0.75, 0.75))},
		{"SELU", must(selu, err3), false, each(exponential(1.25, 1.5, 1))},
		{"Softplus", nn.Softplus(), false, each(func(z float64) float64 { return math.Log1p(math.Exp(z)) })},
		{"Softsign", nn.Softsign(), false, each(func(z float64) float64 { return z / (1 + math.Abs(z)) })},
	}
	return all
}

// around is a network with the operation between two dense layers, and a point.
func (o *operation) around(t *testing.T, op nn.Op, decoupled bool) (*nn.Network, []float64) {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 8))
	params := func(rows, cols int) nn.Params {
		p := nn.Params{Weight: nn.NewMatrix(rows, cols), Bias: make([]float64, rows)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = float64(r.IntN(33)-16) / 16
		}
		for i := range p.Bias {
			p.Bias[i] = float64(r.IntN(33)-16) / 16
		}
		return p
	}
	first := &nn.Dense{Params: params(areaInputs, areaInputs)}
	if decoupled {
		v := params(areaInputs, areaInputs)
		first.Value = &v
	}
	inputs, lengths := []int{0}, []int{areaInputs}
	if o.two {
		inputs, lengths = []int{0, nn.Input}, []int{areaInputs, areaInputs}
	}
	dim, err := op.OutDim(lengths)
	if err != nil {
		t.Fatalf("%s: %v", o.name, err)
	}
	net, err := nn.New([]nn.Node{
		{Name: "first", Inputs: []int{nn.Input}, Op: first},
		{Name: "it", Inputs: inputs, Op: op},
		{Name: "last", Inputs: []int{1}, Op: &nn.Dense{Params: params(2, dim)}},
	}, []int{areaInputs}, nn.Meta{DType: nn.Float64})
	if err != nil {
		t.Fatalf("%s: %v", o.name, err)
	}
	x := make([]float64, areaInputs)
	for i := range x {
		x[i] = float64(r.IntN(65)-32) / 32
	}
	return net, x
}

// expected is the first output at x, by definition.
func (o *operation) expected(net *nn.Network, x []float64) float64 {
	affine := func(p *nn.Params, x []float64, j int) float64 {
		y := p.Bias[j]
		for i, w := range p.Weight.Row(j) {
			y += float64(w * x[i])
		}
		return y
	}
	first := make([]float64, areaInputs)
	for j := range first {
		first[j] = affine(&net.Nodes[0].Op.(*nn.Dense).Params, x, j)
	}
	if o.two {
		first = append(first, x...)
	}
	return affine(&net.Nodes[2].Op.(*nn.Dense).Params, o.f(first), 0)
}

// TestTypesAreAll reads the sources for types that are operations, and compares them with
// Types and with the operations that the tests of areas know.
func TestTypesAreAll(t *testing.T) {
	known := map[string]bool{}
	for _, op := range nn.Types() {
		known[reflect.TypeOf(op).Elem().Name()] = true
		n := 0
		for _, is := range []bool{is[nn.Affine](op), is[nn.Activation](op), is[nn.Selection](op)} {
			if is {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%T is %d of the three classes of operations", op, n)
		}
	}
	sources := parsed(t)
	found := 0
	each(sources, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "closed" {
			found++
			if name := f.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name; !known[name] {
				t.Errorf("%s is missing in Types, nn/types.go", name)
			}
		}
		return true
	})
	if found != len(known) {
		t.Errorf("%d types in the sources, %d in Types", found, len(known))
	}
	kinds := map[string]bool{}
	for _, o := range operations(t) {
		delete(known, reflect.TypeOf(o.op).Elem().Name())
		kinds[o.op.Kind()] = true
	}
	for name := range known {
		t.Errorf("no operation of type %s is tested: add one to operations in nn/operations_test.go", name)
	}
	// The functions by their names, constants of the package.
	each(sources, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Names) == 1 && len(v.Values) == 1 && strings.HasPrefix(v.Names[0].Name, "Kind") {
			if l, ok := v.Values[0].(*ast.BasicLit); ok && !kinds[strings.Trim(l.Value, `"`)] {
				t.Errorf("no operation of kind %s is tested: add one to operations in nn/operations_test.go", l.Value)
			}
		}
		return true
	})
}

// parsed are the package's sources, without its tests.
func parsed(t *testing.T) []*ast.File {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func each(files []*ast.File, visit func(ast.Node) bool) {
	for _, f := range files {
		ast.Inspect(f, visit)
	}
}

func is[T any](op nn.Op) bool { _, ok := op.(T); return ok }
