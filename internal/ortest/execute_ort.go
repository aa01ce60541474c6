//go:build ort

package ortest

import (
	"fmt"

	ort "github.com/yalue/onnxruntime_go"
)

func execute(model []byte, input Tensor, level Level) ([]Tensor, error) {
	if err := start(); err != nil {
		return nil, err
	}
	inputs, outputs, err := ort.GetInputOutputInfoWithONNXData(model)
	if err != nil {
		return nil, err
	}
	if len(inputs) != 1 {
		return nil, fmt.Errorf("the model has %d inputs, want one", len(inputs))
	}
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	if err := options.SetIntraOpNumThreads(1); err != nil {
		return nil, err
	}
	// Tests ask for what the runtime refuses.
	if err := options.SetLogSeverityLevel(ort.LoggingLevelFatal); err != nil {
		return nil, err
	}
	optimisation := ort.GraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll)
	if level == Unoptimised {
		optimisation = ort.GraphOptimizationLevelDisableAll
	}
	if err := options.SetGraphOptimizationLevel(optimisation); err != nil {
		return nil, err
	}
	var names []string
	for _, o := range outputs {
		names = append(names, o.Name)
	}
	session, err := ort.NewDynamicAdvancedSessionWithONNXData(model, []string{inputs[0].Name}, names, options)
	if err != nil {
		return nil, err
	}
	defer session.Destroy()
	x, err := tensorOf(inputs[0].DataType, input)
	if err != nil {
		return nil, err
	}
	defer x.Destroy()
	values := make([]ort.Value, len(names))
	if err := session.Run([]ort.Value{x}, values); err != nil {
		return nil, err
	}
	var results []Tensor
	for _, v := range values {
		defer v.Destroy()
		r, err := numbers(v)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

func tensorOf(t ort.TensorElementDataType, input Tensor) (ort.Value, error) {
	switch t {
	case ort.TensorElementDataTypeFloat:
		return ort.NewTensor(ort.NewShape(input.Shape...), convert[float32](input.Data))
	case ort.TensorElementDataTypeDouble:
		return ort.NewTensor(ort.NewShape(input.Shape...), convert[float64](input.Data))
	}
	return nil, fmt.Errorf("the input has element type %v, want float32 or float64", t)
}

// numbers are the elements of a tensor; true is 1.
func numbers(v ort.Value) (Tensor, error) {
	r := Tensor{Shape: v.GetShape()}
	switch v := v.(type) {
	case *ort.Tensor[float32]:
		r.Data = convertTo(v.GetData())
	case *ort.Tensor[float64]:
		r.Data = convertTo(v.GetData())
	case *ort.Tensor[int64]:
		r.Data = convertTo(v.GetData())
	case *ort.Tensor[int32]:
		r.Data = convertTo(v.GetData())
	case *ort.Tensor[bool]:
		for _, b := range v.GetData() {
			x := 0.0
			if b {
				x = 1
			}
			r.Data = append(r.Data, x)
		}
	default:
		return r, fmt.Errorf("an output is %T", v)
	}
	return r, nil
}

func convert[T float32 | float64](xs []float64) []T {
	ys := make([]T, len(xs))
	for i, x := range xs {
		ys[i] = T(x)
	}
	return ys
}

func convertTo[T float32 | float64 | int64 | int32](xs []T) []float64 {
	ys := make([]float64, len(xs))
	for i, x := range xs {
		ys[i] = float64(x)
	}
	return ys
}
