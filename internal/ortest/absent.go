//go:build !ort

package ortest

import "fmt"

// start reports that this build has no ONNX Runtime.
func start() error {
	return fmt.Errorf("%w: built without the tag ort (see `make deps`)", errUnavailable)
}

func run([]byte, [][]float64) ([][]float64, error) {
	return nil, start()
}

func execute([]byte, Tensor, Level) ([]Tensor, error) {
	return nil, start()
}
