package proof

import (
	"fmt"

	"github.com/netmend/netmend/nn"
)

// meeting is a parameter of a layer and the input that it is multiplied with to
// give one of the outputs; -1 for a bias.
type meeting struct{ parameter, input int }

// maxMeetings bounds the work of finding them out.
const maxMeetings = 1 << 28

// meetings lists those of each output of a layer with the given numbers of inputs
// and outputs. Of layers that are not dense they are found out from the layer itself: the gradient of one
// output by the weights, at the input 1, 2, 3, ..., names the input that each
// weight is multiplied with.
func meetings(op nn.Layer, inputs, outputs int) ([][]meeting, error) {
	w := op.Channel(nn.ValueChannel).Weight
	cols := w.Cols + 1
	all := make([][]meeting, outputs)
	if _, ok := op.(*nn.Dense); ok {
		for u := range all {
			for k := range w.Cols {
				all[u] = append(all[u], meeting{u*cols + k, k})
			}
			all[u] = append(all[u], meeting{u*cols + w.Cols, -1})
		}
		return all, nil
	}
	if outputs > maxMeetings/(w.Rows*cols) {
		return nil, &unsupportedError{fmt.Errorf("a layer of %d outputs and %d parameters is too large for the exact check of changes", outputs, w.Rows*cols)}
	}
	names, one := make([]float64, inputs), make([]float64, outputs)
	for i := range names {
		names[i] = float64(i + 1)
	}
	dst := nn.Params{Weight: nn.NewMatrix(w.Rows, w.Cols), Bias: make([]float64, w.Rows)}
	for u := range all {
		clear(dst.Weight.Data)
		clear(dst.Bias)
		one[u] = 1
		op.ParamGradient(&dst, one, names)
		one[u] = 0
		for j := range w.Rows {
			for i, name := range dst.Weight.Row(j) {
				if name != 0 {
					all[u] = append(all[u], meeting{j*cols + i, int(name) - 1})
				}
			}
			if dst.Bias[j] != 0 {
				all[u] = append(all[u], meeting{j*cols + w.Cols, -1})
			}
		}
	}
	return all, nil
}
