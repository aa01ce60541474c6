//go:build ort

package ortest

import (
	"encoding/binary"
	"encoding/csv"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/shared"
)

// TestDoubler runs a model of one node, y = x + x, in both element types and
// with a fixed and a symbolic batch.
func TestDoubler(t *testing.T) {
	points := [][]float64{{1, -2, math.Pi}, {0, 1e-3, 1.0 / 3}}
	for _, c := range []struct {
		name    string
		element byte
		batch   int
		round   func(float64) float64
	}{
		{"float32, fixed batch", elementFloat, 1, func(x float64) float64 { return float64(float32(x)) }},
		{"float32, symbolic batch", elementFloat, 0, func(x float64) float64 { return float64(float32(x)) }},
		{"float64, fixed batch", elementDouble, 1, func(x float64) float64 { return x }},
		{"float64, symbolic batch", elementDouble, 0, func(x float64) float64 { return x }},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := Run(t, doubler(c.element, c.batch, 3), points)
			for i, p := range points {
				for j, x := range p {
					if want := float64(2 * c.round(x)); rows[i][j] != want {
						t.Errorf("row %d, element %d: %v, want %v", i, j, rows[i][j], want)
					}
				}
			}
		})
	}
}

func TestRunRefuses(t *testing.T) {
	Require(t)
	point := make([]float64, 3)
	for _, c := range []struct {
		name   string
		model  []byte
		points [][]float64
		want   string
	}{
		{"no model", []byte("not a model"), [][]float64{point}, "protobuf"},
		{"short point", doubler(elementFloat, 1, 3), [][]float64{point, point[:2]}, "point 1 has 2 elements, want 3"},
		{"batch of two", doubler(elementFloat, 2, 3), [][]float64{point}, "want 6"},
		{"integers", doubler(elementInt64, 1, 3), [][]float64{point}, "element type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := run(c.model, c.points)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// TestACAS compares the two ONNX exports of one network, whose input shapes
// and node lists differ. Both compute in float32, in different orders.
func TestACAS(t *testing.T) {
	const name = "ACASXU_run2a_2_9_batch_2000.onnx"
	a := shared.Path(t, "data", "acasxu", "onnx", name)
	b := shared.Path(t, "data", "acasxu", "onnx_eran", name)
	points := uniform(200, 5, -0.5, 0.5)
	ya, yb := RunFile(t, a, points), RunFile(t, b, points)
	varies := false
	for i := range points {
		for j := range ya[i] {
			varies = varies || math.Abs(ya[i][j]-ya[0][j]) > 0.1
			if d := math.Abs(ya[i][j] - yb[i][j]); d > 1e-5*(1+math.Abs(ya[i][j])) {
				t.Fatalf("point %d, output %d: %v and %v", i, j, ya[i][j], yb[i][j])
			}
		}
	}
	if !varies {
		t.Error("the outputs are the same at all points")
	}
}

// TestMNIST classifies the first test images. The published accuracy of the
// network is over 95 %.
func TestMNIST(t *testing.T) {
	model := shared.Path(t, "data", "vnncomp", "mnist_fc", "onnx", "mnist-net_256x2.onnx")
	images, labels := readMNIST(t, shared.Path(t, "data", "mnist", "mnist_test.csv"), 100)
	right := 0
	for i, row := range RunFile(t, model, images) {
		best := 0
		for j, y := range row {
			if y > row[best] {
				best = j
			}
		}
		if best == labels[i] {
			right++
		}
	}
	if right < 95 {
		t.Errorf("%d of 100 images classified correctly, want at least 95", right)
	}
}

// TestBatchedAgreesWithSingle runs a model with a symbolic batch both ways.
func TestBatchedAgreesWithSingle(t *testing.T) {
	model := shared.Path(t, "data", "vnncomp", "rl_benchmarks", "onnx", "dubinsrejoin.onnx")
	points := uniform(20, 8, -1, 1)
	for i, row := range RunFile(t, model, points) {
		single := RunFile(t, model, points[i:i+1])[0]
		for j, y := range single {
			if math.Abs(row[j]-y) > 1e-5*(1+math.Abs(y)) {
				t.Errorf("point %d, output %d: %v in a batch, %v alone", i, j, row[j], y)
			}
		}
	}
}

// uniform returns n points with dim coordinates in [lo, hi].
func uniform(n, dim int, lo, hi float64) [][]float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	points := make([][]float64, n)
	for i := range points {
		points[i] = make([]float64, dim)
		for j := range points[i] {
			points[i][j] = lo + float64((hi-lo)*rng.Float64())
		}
	}
	return points
}

// readMNIST reads n lines "label, 784 grey values" and scales the values to
// [0, 1].
func readMNIST(t *testing.T, path string, n int) (images [][]float64, labels []int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := csv.NewReader(f)
	for range n {
		record, err := lines.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		values := make([]float64, len(record))
		for j, s := range record {
			if values[j], err = strconv.ParseFloat(s, 64); err != nil {
				t.Fatal(err)
			}
		}
		labels = append(labels, int(values[0]))
		image := values[1:]
		for j := range image {
			image[j] /= 255
		}
		images = append(images, image)
	}
	return images, labels
}

// Element types by their numbers in ONNX's TensorProto.DataType.
const (
	elementFloat  = 1
	elementInt64  = 7
	elementDouble = 11
)

// doubler encodes a model y = x + x on tensors of shape [batch, width], where
// batch 0 is symbolic. The numbers are the fields' in ONNX's schema.
func doubler(element byte, batch, width int) []byte {
	var first []byte // TensorShapeProto.Dimension
	if batch == 0 {
		first = field(2, []byte("N"))
	} else {
		first = []byte{1 << 3, byte(batch)}
	}
	shape := append(field(1, first), field(1, []byte{1 << 3, byte(width)})...)
	tensor := append([]byte{1 << 3, element}, field(2, shape)...)
	value := func(name string) []byte { // ValueInfoProto
		return append(field(1, []byte(name)), field(2, field(1, tensor))...)
	}
	node := append(field(1, []byte("x")), field(1, []byte("x"))...)
	node = append(node, field(2, []byte("y"))...)
	node = append(node, field(4, []byte("Add"))...)
	graph := append(field(1, node), field(2, []byte("double"))...)
	graph = append(graph, field(11, value("x"))...)
	graph = append(graph, field(12, value("y"))...)
	model := []byte{1 << 3, 8} // ir_version
	model = append(model, field(7, graph)...)
	return append(model, field(8, []byte{2 << 3, 13})...) // opset_import
}

// field encodes a length-delimited protobuf field.
func field(number byte, content []byte) []byte {
	const lengthDelimited = 2
	head := binary.AppendUvarint([]byte{number<<3 | lengthDelimited}, uint64(len(content)))
	return append(head, content...)
}
