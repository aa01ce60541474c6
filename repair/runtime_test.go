package repair

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/region/face"
	"github.com/netmend/netmend/spec"
)

// How far ONNX Runtime may be from us, relative to 1 + max|y|.
var runtimeTolerance = map[nn.DType]float64{nn.Float32: 1e-5, nn.Float64: 1e-12}

// TestExportOfRepairs: ONNX Runtime and we compute the same of repaired networks
// at random points and inside regions next to key points; on the faces the
// runtime has the output of one of the pieces that meet there.
func TestExportOfRepairs(t *testing.T) {
	ortest.Require(t)
	if testing.Short() {
		t.Skip("repairs real networks")
	}
	acas, slices := acasSlices(t)
	slices.Items = slices.Items[4:6]
	mnist, lines := mnistLines(t, 10)
	for _, c := range []struct {
		name   string
		net    *nn.Network
		spec   *spec.Spec
		layers []int
	}{
		{"ACAS Xu", acas, slices, []int{7, 6}},
		{"MNIST", mnist, lines, []int{3, 2}},
	} {
		for _, layer := range c.layers {
			for _, dtype := range []nn.DType{nn.Float32, nn.Float64} {
				t.Run(fmt.Sprintf("%s/layer %d/%v", c.name, layer, dtype), func(t *testing.T) {
					opt := Options{Layer: layer, Norm: L1, DType: dtype}
					r := mustRepair(t, c.net, c.spec, opt)
					if r.Changed == 0 {
						t.Fatal("nothing to repair")
					}
					model := export(t, r.Network, dtype)
					net, err := onnx.Read(bytes.NewReader(model), "repaired", onnx.ReadOptions{})
					if err != nil {
						t.Fatal(err)
					}
					p := newTestProblem(t, net, c.spec, Options{Layer: layer, Norm: L1}.filled(t))
					compareInside(t, p, net, model, dtype)
					compareOnFaces(t, p, net, model, dtype)
				})
			}
		}
	}
}

// roundedTo rounds a point to the type of the file, in which the runtime gets them.
func roundedTo(dtype nn.DType, x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = dtype.Round(v)
	}
	return y
}

// comparePoints bounds how many key points of a problem are compared.
const comparePoints = 3000

// compareInside compares at random points of the items and at key points moved a
// thousandth of the way into their cell.
func compareInside(t *testing.T, p *problem, net *nn.Network, model []byte, dtype nn.DType) {
	t.Helper()
	var rows [][]float64
	for _, s := range samples(p.spec, random(3), 100) {
		rows = append(rows, roundedTo(dtype, s.x))
	}
	step := max(1, len(p.Cells)/(comparePoints/3))
	for i := 0; i < len(p.Cells); i += step {
		c := p.Cells[i]
		middle := p.Centre(&c)
		for _, v := range c.Vertices {
			rows = append(rows, roundedTo(dtype, mix(p.At(v), middle, 0.001)))
		}
	}
	x, err := nn.MatrixOf(rows)
	if err != nil {
		t.Fatal(err)
	}
	want, err := net.Eval(x, 2)
	if err != nil {
		t.Fatal(err)
	}
	wrong, undecided, worst := 0, 0, 0.0
	for i, got := range ortest.Run(t, model, rows) {
		d := distance(got, want.Row(i))
		if d <= runtimeTolerance[dtype] {
			continue
		}
		if dtype == nn.Float32 && acrossFace(p, net, rows[i], got) {
			undecided++ // the region is too small for float32
			continue
		}
		wrong++
		worst = max(worst, d)
	}
	if wrong > 0 || undecided > len(rows)/200 {
		t.Errorf("%d of %d points differ, by up to %g of 1 + max|y|, and %d are those of a piece next by", wrong, len(rows), worst, undecided)
	}
}

// float32Noise is how close to its breakpoint a unit's input counts as undecided
// in float32, relative to the size of its terms: some roundings.
const float32Noise = 0x1p-18

// acrossFace reports whether an output at x is that of a piece on the other side
// of a face that float32 cannot tell x from.
func acrossFace(p *problem, net *nn.Network, x, got []float64) bool {
	at := nn.RowMatrix(x)
	trace := net.RunActivation(at, 1)
	size := face.NewSizes(net).At(trace, 0, 0)
	pattern := net.PatternsAt(at, 1)[0]
	var close []int
	for i, node := range net.Nodes {
		f, ok := node.Op.(*nn.Piecewise)
		if !ok || i < p.From {
			continue
		}
		from, _ := net.Units(i)
		in := node.Inputs[0]
		for u, z := range trace.Of(in).Row(0) {
			if math.Abs(z-f.Breaks[0]) <= float32Noise*size[in+1][u] {
				close = append(close, from+u)
			}
		}
	}
	for choice := range 1 << min(len(close), 8) {
		other := append(nn.Pattern(nil), pattern...)
		for b, u := range close {
			if choice>>b&1 == 1 {
				other[u] = 1 - other[u] // ReLU
			}
		}
		y := net.RunLinear(at, net.LinearizePatterns([]nn.Pattern{other}, 0), nil, 1).Output()
		if distance(got, y.Row(0)) <= runtimeTolerance[nn.Float32] {
			return true
		}
	}
	return false
}

// distance is the largest difference of two outputs, relative to 1 + max|y|.
func distance(got, want []float64) float64 {
	largest, d := 0.0, 0.0
	for i, v := range want {
		largest, d = max(largest, math.Abs(v)), max(d, math.Abs(got[i]-v))
	}
	return d / (1 + largest)
}

// compareOnFaces compares at the vertices themselves with the outputs of all
// pieces that meet there.
func compareOnFaces(t *testing.T, p *problem, net *nn.Network, model []byte, dtype nn.DType) {
	t.Helper()
	tailsAt := map[int32][]int32{}
	for _, k := range p.Keys {
		v := p.VertexOf(&k)
		tailsAt[v] = append(tailsAt[v], k.Tail)
	}
	var vertices []int32
	var rows [][]float64
	step := max(1, p.Vertices()/comparePoints)
	for v := 0; v < p.Vertices(); v += step {
		vertices = append(vertices, int32(v))
		rows = append(rows, roundedTo(dtype, p.At(int32(v))))
	}
	wrong, worst, several := 0, 0.0, 0
	for i, got := range ortest.Run(t, model, rows) {
		nearest := math.Inf(1)
		tails := tailsAt[vertices[i]]
		x := nn.NewMatrix(len(tails), net.InDim())
		for r := range tails {
			copy(x.Row(r), rows[i])
		}
		lin, rowOf := p.Linearization(tails)
		y := net.RunLinear(x, lin, rowOf, 1).Output()
		for r := range tails {
			nearest = min(nearest, distance(got, y.Row(r)))
		}
		if len(tails) > 1 {
			several++
		}
		if nearest > runtimeTolerance[dtype] {
			wrong++
			worst = max(worst, nearest)
		}
	}
	if several < 100 && !p.straight {
		t.Errorf("%d points where several pieces meet: too few", several)
	}
	if wrong > 0 {
		t.Errorf("%d of %d vertices have the output of no adjacent piece, off by up to %g of 1 + max|y|", wrong, len(rows), worst)
	}
}
