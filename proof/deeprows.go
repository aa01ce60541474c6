package proof

import (
	"context"
	"fmt"

	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
)

// Rows at points of networks that are too large for numbers of any precision: the values
// that rows ask for, those of the layer's inputs and of all nodes behind, are enclosed in
// numbers of twice float64's precision, rounded outward to float64.

const (
	// maxBehind bounds the products behind the layer, of which each has its part in the
	// gradient of a row.
	maxBehind = 1 << 22
	// maxRowWork bounds the products of one point's row, and maxRowsWork those of all.
	maxRowWork  = 1 << 24
	maxRowsWork = 1 << 28
)

// behind are the products of the nodes behind a node.
func (p *pointNetwork) behind(node int) int {
	n := 0
	for i := node + 1; i < len(p.net.Nodes); i++ {
		if a := p.affine[nn.ValueChannel][i]; a != nil {
			n += a.products
		}
	}
	return n
}

// runBehind encloses the values at a point of a node's inputs, of the node and of all nodes
// behind. It fails with an unsupportedError where a value overflows, and for functions that
// are not piecewise affine.
func (p *pointNetwork) runBehind(ctx context.Context, f interval.Field, x []float64, node int) (*pointRun, error) {
	run := &pointRun{from: node + 1}
	needed := make([]bool, len(p.net.Nodes))
	for i := node; i < len(needed); i++ {
		needed[i] = true
		for _, j := range p.net.Nodes[i].Inputs {
			if j == nn.Input {
				run.input = floats(f, x)
			} else {
				needed[j] = true
			}
		}
	}
	for ch := range run.values {
		run.values[ch] = make([][]interval.Interval, len(needed))
	}
	ok := p.twofoldValues(ctx, x, targets[0], func(r *twofoldRun, i int) {
		if !needed[i] {
			return
		}
		a := r.values[nn.ActivationChannel][i].between64(f)
		v := a
		if r.apart[i] {
			v = r.values[nn.ValueChannel][i].between64(f)
		}
		run.values[nn.ActivationChannel][i], run.values[nn.ValueChannel][i] = a, v
	})
	switch err := ctx.Err(); {
	case err != nil:
		return nil, err
	case !ok:
		return nil, &unsupportedError{fmt.Errorf("the values at a point are not enclosed by numbers of twice float64's precision")}
	}
	return run, nil
}

func floats(f interval.Field, x []float64) []interval.Interval {
	y := make([]interval.Interval, len(x))
	for i, v := range x {
		y[i] = f.Float(v)
	}
	return y
}

// between64 are the numbers in intervals whose ends are float64.
func (v *twofold) between64(f interval.Field) []interval.Interval {
	y := make([]interval.Interval, len(v.hi))
	for i := range y {
		lo, hi := v.ends(i)
		if y[i] = f.Float(lo); hi != lo {
			y[i].Hi = f.Float(hi).Hi
		}
	}
	return y
}

// meetingsOf tells of each output of a layer what [meetings] lists; for convolutions,
// which have too many, transposed or not, from their geometry.
func meetingsOf(op nn.Layer, inputs, outputs int) (func(u int) []meeting, error) {
	if t, ok := op.(*nn.ConvTranspose); ok {
		return transposedMeetings(t), nil
	}
	conv, ok := op.(*nn.Conv)
	if !ok {
		all, err := meetings(op, inputs, outputs)
		return func(u int) []meeting { return all[u] }, err
	}
	w := conv.Channel(nn.ValueChannel).Weight
	positions, elements, channels := conv.Positions(), conv.Kernel[0]*conv.Kernel[1], conv.Channels/conv.Groups
	return func(u int) []meeting {
		out, row := u/positions, u/positions*(w.Cols+1)
		first := out / (w.Rows / conv.Groups) * channels
		all := make([]meeting, 0, w.Cols+1)
		for c := range channels {
			from := (first + c) * conv.In[0] * conv.In[1]
			meet(&conv.Window, u%positions, func(element, at int) {
				all = append(all, meeting{row + c*elements + element, from + at})
			})
		}
		return append(all, meeting{row + w.Cols, -1})
	}, nil
}
