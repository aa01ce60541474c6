package preimage

import (
	"context"

	"github.com/netmend/netmend/nn"
)

// evalRows is how many values a part of an evaluation has that is done without a look
// at the context.
const evalRows = 1 << 21

// evalUntil is net.Eval in parts of so many values, and fails with the cause of ctx where
// that is over before the last one.
func evalUntil(ctx context.Context, net *nn.Network, x nn.Matrix, workers int) (nn.Matrix, error) {
	values := net.InDim()
	for i := range net.Nodes {
		values += net.Dim(i)
	}
	rows := max(1, evalRows/values)
	if rows >= x.Rows {
		return net.Eval(x, workers)
	}
	y := nn.NewMatrix(x.Rows, net.OutDim())
	for from := 0; from < x.Rows; from += rows {
		if ctx.Err() != nil {
			return nn.Matrix{}, context.Cause(ctx)
		}
		to := min(from+rows, x.Rows)
		part, err := net.Eval(nn.Matrix{Rows: to - from, Cols: x.Cols, Stride: x.Stride, Data: x.Data[from*x.Stride:]}, workers)
		if err != nil {
			return nn.Matrix{}, err
		}
		for r := range part.Rows {
			copy(y.Row(from+r), part.Row(r))
		}
	}
	return y, nil
}
