//go:build ort

package ortest

import (
	"fmt"

	ort "github.com/yalue/onnxruntime_go"
)

// run implements Run.
func run(model []byte, points [][]float64) (rows [][]float64, err error) {
	if err := start(); err != nil {
		return nil, err
	}
	inputs, outputs, err := ort.GetInputOutputInfoWithONNXData(model)
	if err != nil {
		return nil, err
	}
	if len(inputs) != 1 || len(outputs) != 1 {
		return nil, fmt.Errorf("the model has %d inputs and %d outputs, want one of each", len(inputs), len(outputs))
	}
	session, err := newSession(model, inputs[0].Name, outputs[0].Name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := session.Destroy(); err == nil {
			err = e
		}
	}()

	batches, err := split(inputs[0].Dimensions, outputs[0].Dimensions, points)
	if err != nil {
		return nil, fmt.Errorf("input %q: %w", inputs[0].Name, err)
	}
	rows = make([][]float64, 0, len(points))
	for _, b := range batches {
		var out [][]float64
		switch inputs[0].DataType {
		case ort.TensorElementDataTypeFloat:
			out, err = evaluate[float32](session, b)
		case ort.TensorElementDataTypeDouble:
			out, err = evaluate[float64](session, b)
		default:
			err = fmt.Errorf("input %q has element type %v, want float32 or float64", inputs[0].Name, inputs[0].DataType)
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, out...)
	}
	return rows, nil
}

// newSession loads the model with one thread: tests run side by side already.
func newSession(model []byte, input, output string) (*ort.DynamicAdvancedSession, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	if err := options.SetIntraOpNumThreads(1); err != nil {
		return nil, err
	}
	return ort.NewDynamicAdvancedSessionWithONNXData(model, []string{input}, []string{output}, options)
}

// batch is what goes through a model at once: the shape of the input tensor
// and its points, whose elements lie in it one after another.
type batch struct {
	shape  ort.Shape
	points [][]float64
}

// split cuts points into batches that fit an input of the given shape. A
// symbolic dimension is negative; one in front of both shapes is the batch axis.
func split(shape, output ort.Shape, points [][]float64) ([]batch, error) {
	if len(points) == 0 {
		return nil, nil
	}
	symbolic := len(shape) > 0 && shape[0] < 0
	if symbolic {
		shape = shape.Clone()
		shape[0] = 1
	}
	size := int64(1)
	for i, d := range shape {
		if d < 1 {
			return nil, fmt.Errorf("dimension %d of shape %v is not fixed", i, shape)
		}
		size *= d
	}
	for i, p := range points {
		if int64(len(p)) != size {
			return nil, fmt.Errorf("point %d has %d elements, want %d for shape %v", i, len(p), size, shape)
		}
	}
	if symbolic && len(output) > 0 && output[0] < 0 {
		shape[0] = int64(len(points))
		return []batch{{shape, points}}, nil
	}
	batches := make([]batch, len(points))
	for i := range points {
		batches[i] = batch{shape, points[i : i+1]}
	}
	return batches, nil
}

// evaluate runs one batch through a model whose input elements are of type T.
func evaluate[T float32 | float64](session *ort.DynamicAdvancedSession, b batch) ([][]float64, error) {
	flat := make([]T, 0, b.shape.FlattenedSize())
	for _, p := range b.points {
		for _, x := range p {
			flat = append(flat, T(x))
		}
	}
	input, err := ort.NewTensor(b.shape, flat)
	if err != nil {
		return nil, err
	}
	defer input.Destroy()
	outputs := []ort.Value{nil} // allocated by Run
	if err := session.Run([]ort.Value{input}, outputs); err != nil {
		return nil, err
	}
	defer outputs[0].Destroy()
	switch out := outputs[0].(type) {
	case *ort.Tensor[float32]:
		return toRows(out.GetData(), out.GetShape(), len(b.points))
	case *ort.Tensor[float64]:
		return toRows(out.GetData(), out.GetShape(), len(b.points))
	default:
		return nil, fmt.Errorf("the output is %T, want a tensor of float32 or float64", out)
	}
}

// toRows cuts the n output rows out of a tensor. Several rows need a batch
// axis of their number: without one nothing says which element is whose.
func toRows[T float32 | float64](data []T, shape ort.Shape, n int) ([][]float64, error) {
	if n > 1 && (len(shape) == 0 || shape[0] != int64(n)) {
		return nil, fmt.Errorf("the output of a batch of %d points has shape %v, want %d in front", n, shape, n)
	}
	rows := make([][]float64, n)
	width := len(data) / n
	for i := range rows {
		rows[i] = make([]float64, width)
		for j, x := range data[i*width : (i+1)*width] {
			rows[i][j] = float64(x)
		}
	}
	return rows, nil
}
