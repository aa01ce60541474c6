package nn_test

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/contract"
	"github.com/netmend/netmend/internal/executor"
	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/internal/treetest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/internal/fold"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/region/face"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// area is something that is done with operations.
type area struct {
	name string
	// where its code about operations is: what a new one needs goes there, or into a file
	// of its own in that folder.
	where string
	// refuses are kinds for which it must fail, saying so: "smooth" for all smooth
	// functions, "jump" for all that jump, or names.
	refuses []string
	run     func(t *testing.T, o *operation, net *nn.Network, x []float64) error
}

// TestAreas takes each operation through each area: it is right, or fails if the list
// says so. An area that passed over an operation that it does not know would be neither.
func TestAreas(t *testing.T) {
	for _, o := range operations(t) {
		net, x := o.around(t, o.op, false)
		for _, a := range areas {
			err := a.try(t, &o, net, x)
			want := slices.Contains(a.refuses, o.name)
			if _, smooth := o.op.(*nn.Smooth); smooth {
				want = want || slices.Contains(a.refuses, "smooth")
			}
			if p, ok := o.op.(*nn.Piecewise); ok && !p.Continuous() {
				want = want || slices.Contains(a.refuses, "jump")
			}
			if (err != nil) != want {
				t.Errorf("%s: %s: %v, want an error: %v; see %s", o.name, a.name, err, want, a.where)
			}
		}
	}
}

// try runs an area. A panic is an error.
func (a *area) try(t *testing.T, o *operation, net *nn.Network, x []float64) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return a.run(t, o, net, x)
}

// TestAreasExist: what the areas name is there.
func TestAreasExist(t *testing.T) {
	for _, a := range areas {
		if _, err := os.Stat(filepath.Join("..", a.where)); err != nil {
			t.Errorf("%s: %v", a.name, err)
		}
	}
}

func agree(what string, got, want float64) error {
	if !(math.Abs(got-want) <= 1e-9*(1+math.Abs(want))) {
		return fmt.Errorf("%s: %v, want %v", what, got, want)
	}
	return nil
}

func pointSpec(x []float64, offset float64) *spec.Spec {
	s := &spec.Spec{Items: []spec.Item{{Name: "item", Point: x}}}
	s.Items[0].Output.HalfSpaces = []set.HalfSpace{{Normal: []float64{1, 0}, Offset: offset}}
	return s
}

var areas = []area{
	{"evaluate", "nn/op.go", nil, func(t *testing.T, o *operation, net *nn.Network, x []float64) error {
		y, err := net.EvalPoint(x)
		if err != nil {
			return err
		}
		return agree("output", y[0], o.expected(net, x))
	}},
	{"exact", "proof/sums.go", nil, func(t *testing.T, o *operation, net *nn.Network, x []float64) error {
		r, err := proof.Check(t.Context(), net, pointSpec(x, 0), proof.Options{})
		if err != nil {
			return err
		}
		if r.Worst == nil {
			return fmt.Errorf("%s: %s", r.Status, r.Reason)
		}
		v, _ := r.Worst.Amount.Float64()
		return agree("exact output", v, o.expected(net, x))
	}},
	{"witness", "proof/finite.go", nil, func(t *testing.T, o *operation, net *nn.Network, x []float64) error {
		var in strings.Builder
		b := &cert.PropertyViolated{}
		for i, v := range x {
			fmt.Fprintf(&in, "(>= X_%d -1)(<= X_%d 1)", i, i)
			b.Input = append(b.Input, cert.NewRational(new(big.Rat).SetFloat64(v)))
		}
		m, err := proof.Violated(net, treetest.Property(t, len(x), 2, "(and "+in.String()+")", "(<= Y_0 1000)"), b)
		if err != nil {
			return err
		}
		v, _ := m.Float64()
		return agree("margin", v, 1000-o.expected(net, x))
	}},
	{"compare", "nn/difference.go", nil, func(_ *testing.T, o *operation, net *nn.Network, _ []float64) error {
		if !nn.Same(net, net.Clone()) || len(nn.ChoosingDifferences(net, net.Clone())) > 0 {
			return fmt.Errorf("it differs from itself")
		}
		for _, m := range mutants(o.op) {
			other := net.Clone()
			other.Nodes[1].Op = m.op
			if nn.Same(net, other) {
				return fmt.Errorf("with another %s it is the same", m.field)
			}
			// A layer is a part of the value channel here: nothing chooses behind it.
			if _, layer := o.op.(nn.Layer); !layer && len(nn.ChoosingDifferences(net, other)) == 0 {
				return fmt.Errorf("with another %s it chooses the same", m.field)
			}
		}
		return nil
	}},
	{"digest", "proof/digest.go", nil, func(_ *testing.T, o *operation, net *nn.Network, _ []float64) error {
		want, err := proof.NetworkDigest(net)
		if err != nil {
			return err
		}
		for _, m := range mutants(o.op) {
			other := net.Clone()
			other.Nodes[1].Op = m.op
			if found, err := proof.NetworkDigest(other); err == nil && found == want {
				return fmt.Errorf("with another %s it has the same digest", m.field)
			}
		}
		return nil
	}},
	{"write and read", "nn/onnx/write_ops.go", nil, func(_ *testing.T, o *operation, net *nn.Network, x []float64) error {
		for _, dtype := range []nn.DType{nn.Float64, nn.Float32} {
			var b bytes.Buffer
			if err := onnx.Write(&b, net, onnx.WriteOptions{DType: dtype, Rounded: true}); err != nil {
				return err
			}
			read, err := onnx.Read(&b, "file", onnx.ReadOptions{})
			if err != nil {
				return err
			}
			y, err := read.EvalPoint(x)
			if err != nil {
				return err
			}
			if err := agree("output read", y[0], o.expected(net, x)); err != nil {
				return err
			}
		}
		return nil
	}},
	{"fold", "nn/internal/fold", nil, func(_ *testing.T, o *operation, net *nn.Network, x []float64) error {
		y, err := fold.Network(net).EvalPoint(x)
		if err != nil {
			return err
		}
		return agree("output folded", y[0], o.expected(net, x))
	}},
	{"lower maxima", "nn/lower.go", nil, func(_ *testing.T, o *operation, net *nn.Network, x []float64) error {
		y, err := net.LowerSelections().EvalPoint(x)
		if err != nil {
			return err
		}
		return agree("output lowered", y[0], o.expected(net, x))
	}},
	{"linearise", "nn/jacobian.go", nil, func(_ *testing.T, o *operation, net *nn.Network, x []float64) error {
		// Away from ties the derivative along a direction is a difference quotient.
		lin := net.LinearizeAt(nn.RowMatrix(x), 1)
		grad := nn.NewMatrix(1, 2)
		grad.Row(0)[0] = 1
		back := net.PullBack(0, grad, lin, nil, 1)
		step, x2 := 1e-6, slices.Clone(x)
		x2[1] += step
		d := net.Nodes[0].Op.(*nn.Dense)
		slope := 0.0
		for j, g := range back.Row(0) {
			slope += float64(g * d.Weight.Row(j)[1])
		}
		if o.two { // the operation's second input is the network's
			return nil
		}
		if got, want := slope, (o.expected(net, x2)-o.expected(net, x))/step; math.Abs(got-want) > 1e-4 {
			return fmt.Errorf("slope %v, want %v", got, want)
		}
		return nil
	}},
	{"rounding", "internal/rounding/rounding.go", nil, func(_ *testing.T, o *operation, net *nn.Network, x []float64) error {
		trace := net.Run(nn.RowMatrix(x), 1)
		b := rounding.Of(net, trace, nn.ValueChannel, net.LinearizeAt(nn.RowMatrix(x), 1), nil, false, nil)
		y, err := net.EvalPoint(x)
		if err != nil {
			return err
		}
		if e := b.Total[2].Row(0)[0]; !(e > 0 && e < 1e-12) || math.Abs(y[0]-o.expected(net, x)) > 2*e {
			return fmt.Errorf("rounding error %v, but off by %v", e, y[0]-o.expected(net, x))
		}
		return nil
	}},
	{"enclose", "internal/enclose", nil, func(t *testing.T, o *operation, net *nn.Network, x []float64) error {
		lo, hi := slices.Clone(x), slices.Clone(x)
		for i := range lo {
			lo[i], hi[i] = lo[i]-0.125, hi[i]+0.125
		}
		r, err := contract.Run(t.Context(), net, contract.Set{Box: set.Box{Lo: lo, Hi: hi}}, contract.Set{Box: set.WholeBox(2)}, contract.Options{})
		if err != nil {
			return err
		}
		boxes := r.Last().Nodes
		last := boxes[len(boxes)-1]
		if y := o.expected(net, x); !(last.Lo[0] <= y && y <= last.Hi[0] && last.Hi[0] < 1e3) {
			return fmt.Errorf("output in [%v, %v], but %v", last.Lo[0], last.Hi[0], y)
		}
		return nil
	}},
	{"split trees", "proof/tree/parameters.go", []string{"smooth"}, func(t *testing.T, o *operation, net *nn.Network, x []float64) error {
		lo, hi := slices.Clone(x), slices.Clone(x)
		for i := range lo {
			lo[i], hi[i] = lo[i]-0.125, hi[i]+0.125
		}
		y := o.expected(net, x)
		for _, test := range []struct {
			offset float64
			closed bool
		}{{y + 1e-6, false}, {y - 1e3, true}} {
			p := &tree.Problem{Net: net, Lo: lo, Hi: hi, Terms: [][]set.HalfSpace{{{Normal: []float64{1, 0}, Offset: test.offset}}}}
			s, err := tree.New(t.Context(), p)
			if err != nil {
				return err
			}
			if ok, err := s.Close(0, []cert.Weight{{Value: 1}}, nil); err != nil || ok != test.closed {
				return fmt.Errorf("output at most %v: closed %v, %v", test.offset, ok, err)
			}
		}
		return nil
	}},
	{"regions", "region/internal/layers", []string{"smooth", "jump"}, func(t *testing.T, o *operation, net *nn.Network, x []float64) error {
		to := slices.Clone(x)
		to[0]++
		pieces := 0
		_, err := region.OnSegment(t.Context(), net, set.Segment{From: x, To: to}, region.Options{}, func(c *region.Cell) error {
			pieces++
			at := float64((c.Vertices[0].Param[0] + c.Vertices[1].Param[0]) / 2)
			middle := slices.Clone(x)
			middle[0] += at
			m := c.Affine().Row(0) // of t, and the constant
			y := float64(m[0]*at) + m[1]
			return agree("a cell's middle", y, o.expected(net, middle))
		})
		if err == nil && pieces == 0 {
			err = fmt.Errorf("no region")
		}
		return err
	}},
	{"write and read in two channels", "nn/onnx/channels.go", nil, func(_ *testing.T, o *operation, net *nn.Network, x []float64) error {
		net = net.Clone()
		for i, node := range net.Nodes[:2] {
			l, ok := node.Op.(nn.Layer)
			if !ok {
				continue
			}
			v := l.Channel(nn.ActivationChannel).Clone()
			v.Bias[0] += 0.5
			v.Weight.Row(0)[0] -= 0.25
			net.Nodes[i].Op = l.WithParams(*l.Channel(nn.ActivationChannel), &v)
		}
		last := net.Nodes[2]
		net.Nodes = append(net.Nodes[:2:2], nn.Node{Name: "relu", Inputs: []int{1}, Op: nn.ReLU()}, last)
		net.Nodes[3].Inputs = []int{2}
		net, err := nn.New(net.Nodes, net.InputShape, net.Meta)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := onnx.Write(&b, net, onnx.WriteOptions{DType: nn.Float64, Rounded: true}); err != nil {
			return err
		}
		read, err := onnx.Read(&b, "file", onnx.ReadOptions{})
		if err != nil {
			return err
		}
		want, err := net.EvalPoint(x)
		if err != nil {
			return err
		}
		y, err := read.EvalPoint(x)
		if err != nil {
			return err
		}
		return agree("output read", y[0], want[0])
	}},
	{"parts by sign", "internal/rounding/parts.go", nil, func(_ *testing.T, o *operation, net *nn.Network, _ []float64) error {
		op, ok := o.op.(nn.Affine)
		if !ok {
			return nil
		}
		abs, known := rounding.Absolute(op, nn.ValueChannel)
		positive, negative, also := rounding.SignParts(op, nn.ValueChannel)
		if !known || !also || !rounding.HasAbsolute(op) {
			return fmt.Errorf("it is not known")
		}
		var src []nn.Matrix
		for _, j := range net.Nodes[1].Inputs {
			ones := nn.NewMatrix(1, net.Dim(j))
			for i := range ones.Data {
				ones.Data[i] = 1
			}
			src = append(src, ones)
		}
		sum := func(f nn.Affine) float64 { // of the coefficients
			y, total := nn.NewMatrix(1, net.Dim(1)), 0.0
			if f == nil {
				return 0
			}
			f.Forward(y, src, nn.ValueChannel, false, 1)
			for _, v := range y.Data {
				total += v
			}
			return total
		}
		if err := agree("sum of the parts", sum(positive)+sum(negative), sum(op)); err != nil {
			return err
		}
		return agree("sum of the absolute values", sum(positive)-sum(negative), sum(abs))
	}},
	{"executions", "internal/executor", []string{"smooth"}, func(_ *testing.T, o *operation, net *nn.Network, x []float64) error {
		net = net.LowerSelections()
		ex, err := executor.New(net, nn.Float64)
		if err != nil {
			return err
		}
		at := nn.RowMatrix(x)
		e, err := ex.Run(executor.Hulls{Points: at, First: []int{0, 1}, Radius: nn.NewMatrix(1, len(x)), Patterns: net.PatternsAt(at, 1)})
		if err != nil {
			return err
		}
		bounds, err := e.OutputErrors(0, []executor.Case{{Pattern: net.PatternsAt(at, 1)[0], Normals: [][]float64{{1, 0}}}})
		if err != nil {
			return err
		}
		if b := bounds[0]; !(b > 0 && b < 1e-12) {
			return fmt.Errorf("an execution is off by up to %v", b)
		}
		return nil
	}},
	{"ties", "region/face/matrix.go", []string{"smooth"}, func(_ *testing.T, o *operation, net *nn.Network, x []float64) error {
		nodes := append(slices.Clone(net.Nodes), nn.Node{Name: "relu", Inputs: []int{2}, Op: nn.ReLU()})
		net, err := nn.New(nodes, net.InputShape, net.Meta)
		if err != nil {
			return err
		}
		net = net.LowerSelections()
		at := nn.RowMatrix(x)
		trace := net.RunActivation(at, 1)
		var off []nn.Matrix // as if float64 said nothing
		for i := range net.Nodes {
			m := nn.NewMatrix(1, net.Dim(i))
			for u := range m.Data {
				m.Data[u] = math.Inf(1)
			}
			off = append(off, m)
		}
		found, ok := face.New(net, 0).At(trace, off)
		if !ok {
			return fmt.Errorf("what executes is not known")
		}
		if want := net.PatternsAt(at, 1)[0]; !slices.Equal(found, want) {
			return fmt.Errorf("pattern %v executes, want %v", found, want)
		}
		return nil
	}},
	{"repair", "repair/layer.go", nil, func(t *testing.T, o *operation, net *nn.Network, x []float64) error {
		if _, ok := o.op.(nn.Layer); !ok {
			return nil
		}
		y := o.expected(net, x)
		r, err := repair.Run(t.Context(), net, pointSpec(x, y-0.5), repair.Options{Layer: 2, DType: nn.Float64})
		if err != nil {
			return err
		}
		if r.Status != repair.Repaired {
			return fmt.Errorf("%s: %s", r.Status, r.Reason)
		}
		return nil
	}},
}

// mutant is an operation with another field.
type mutant struct {
	field string
	op    nn.Op
}

// mutants are copies of an operation, each with one number of one exported field changed, or
// of the parameters of a smooth function.
func mutants(op nn.Op) []mutant {
	var all []mutant
	copied := func() reflect.Value {
		v := reflect.New(reflect.TypeOf(op).Elem())
		v.Elem().Set(reflect.ValueOf(op).Elem())
		return v
	}
	var visit func(path []int, typ reflect.Type, name string)
	visit = func(path []int, typ reflect.Type, name string) {
		at := func(v reflect.Value) reflect.Value { return v.Elem().FieldByIndex(path) }
		add := func(change func(f reflect.Value)) {
			v := copied()
			change(at(v))
			all = append(all, mutant{name, v.Interface().(nn.Op)})
		}
		switch typ.Kind() {
		case reflect.Struct:
			for i := range typ.NumField() {
				if f := typ.Field(i); f.IsExported() && f.Name != "Stride" || f.IsExported() && typ.Name() != "Mat" {
					visit(append(slices.Clone(path), i), f.Type, name+"."+f.Name)
				}
			}
		case reflect.Int:
			if !strings.Contains(name, "Weight") {
				add(func(f reflect.Value) { f.SetInt(f.Int() + 1) })
			}
		case reflect.Float64:
			add(func(f reflect.Value) { f.SetFloat(f.Float() + 1) })
		case reflect.Bool:
			add(func(f reflect.Value) { f.SetBool(!f.Bool()) })
		case reflect.Array:
			for i := range typ.Len() {
				add(func(f reflect.Value) { f.Index(i).SetInt(f.Index(i).Int() + 1) })
			}
		case reflect.Slice:
			for i := range at(copied()).Len() {
				add(func(f reflect.Value) {
					c := reflect.MakeSlice(f.Type(), f.Len(), f.Len())
					reflect.Copy(c, f)
					switch e := c.Index(i); e.Kind() {
					case reflect.Float64:
						e.SetFloat(e.Float() + 1)
					default:
						e.SetInt(e.Int() + 1)
					}
					f.Set(c)
				})
			}
		}
	}
	visit(nil, reflect.TypeOf(op).Elem(), op.Kind())
	other := func(field string, op nn.Op, err error) {
		if err == nil {
			all = append(all, mutant{field, op})
		}
	}
	switch op.Kind() {
	case nn.KindELU:
		f, err := nn.ELU(0.625)
		other("alpha", f, err)
	case nn.KindCELU:
		f, err := nn.CELU(0.625)
		other("alpha", f, err)
	case nn.KindSELU:
		f, err := nn.SELU(1.5, 1.5)
		other("gamma", f, err)
		f, err = nn.SELU(1.25, 1.25)
		other("alpha", f, err)
	}
	return all
}
