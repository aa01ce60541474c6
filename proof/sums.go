package proof

import (
	"fmt"

	"github.com/netmend/netmend/nn"
)

// entry is a term of a sum: a factor and the place of an input.
type entry struct {
	from   int
	factor float64
}

// sums are the outputs of an affine node over the concatenation of its inputs:
// output j is the sum of terms(j), divided by divisor(j), plus bias(j). They are
// made one at a time, so that a convolution takes no more room than its parameters.
type sums struct {
	count int
	// terms appends those of output j to a slice; none has the factor 0.
	terms func(into []entry, j int) []entry
	bias  func(j int) float64
	// divisor is a whole number that the float64 quotient of a mean would round; nil
	// where it is 1.
	divisor  func(j int) float64
	products int // terms of all outputs, or somewhat more
}

// newSums are those of node i in a channel.
func newSums(net *nn.Network, i int, ch nn.Channel) (*sums, error) {
	none := func(int) float64 { return 0 }
	s := &sums{count: net.Dim(i), bias: none}
	switch op := net.Nodes[i].Op.(type) {
	case *nn.Dense:
		p := op.Channel(ch)
		s.bias = func(j int) float64 { return p.Bias[j] }
		s.terms = func(into []entry, j int) []entry {
			for k, w := range p.Weight.Row(j) {
				into = appendTerm(into, k, w)
			}
			return into
		}
		s.products = p.Weight.Rows * p.Weight.Cols
	case *nn.Conv:
		p, positions := op.Channel(ch), op.Positions()
		elements, channels := op.Kernel[0]*op.Kernel[1], op.Channels/op.Groups
		s.bias = func(j int) float64 { return p.Bias[j/positions] }
		s.terms = func(into []entry, j int) []entry {
			out, w := j/positions, p.Weight.Row(j/positions)
			first := out / (p.Weight.Rows / op.Groups) * channels
			for c := range channels {
				from := (first + c) * op.In[0] * op.In[1]
				meet(&op.Window, j%positions, func(element, at int) { into = appendTerm(into, from+at, w[c*elements+element]) })
			}
			return into
		}
		s.products = s.count * channels * elements
	case *nn.ConvTranspose:
		s.transpose(op, op.Channel(ch))
	case *nn.AveragePool:
		positions := op.Positions()
		s.terms = func(into []entry, j int) []entry {
			from := j / positions * op.In[0] * op.In[1]
			meet(&op.Window, j%positions, func(_, at int) { into = append(into, entry{from + at, 1}) })
			return into
		}
		s.divisor = func(j int) float64 { return float64(counted(op, j%positions)) }
		s.products = s.count * op.Kernel[0] * op.Kernel[1]
	case *nn.Reduce:
		s.terms = func(into []entry, j int) []entry {
			for k := range op.Axis {
				into = append(into, entry{(j/op.Inner*op.Axis+k)*op.Inner + j%op.Inner, 1})
			}
			return into
		}
		s.divisor = func(int) float64 { return op.Divisor }
		s.products = s.count * op.Axis
	case *nn.Scale:
		s.bias = func(j int) float64 { return op.Shift[j] }
		s.terms = func(into []entry, j int) []entry { return appendTerm(into, j, op.Factor[j]) }
		s.products = s.count
	case *nn.Sum:
		s.terms = func(into []entry, j int) []entry {
			for k, c := range op.Coefficients {
				into = appendTerm(into, k*s.count+j, c)
			}
			return into
		}
		s.products = s.count * len(op.Coefficients)
	case *nn.Take:
		s.bias = func(j int) float64 {
			if op.From[j] < 0 {
				return op.Fill
			}
			return 0
		}
		s.terms = func(into []entry, j int) []entry {
			if k := op.From[j]; k >= 0 {
				into = append(into, entry{int(k), 1})
			}
			return into
		}
		s.products = s.count
	case *nn.Concat:
		s.terms = func(into []entry, j int) []entry { return append(into, entry{j, 1}) }
		s.products = s.count
	default:
		return nil, fmt.Errorf("%s is not supported by the exact check", op.Kind())
	}
	return s, nil
}

func appendTerm(into []entry, from int, factor float64) []entry {
	if factor == 0 {
		return into
	}
	return append(into, entry{from, factor})
}

// meet calls f for the elements of a window that meet an input at a position, with
// the input's place in its channel.
func meet(w *nn.Window, position int, f func(element, at int)) {
	y, x := position/w.Out(1), position%w.Out(1)
	for ky := range w.Kernel[0] {
		row := y*w.Stride[0] + ky*w.Dilation[0] - w.Before[0]
		if row < 0 || row >= w.In[0] {
			continue
		}
		for kx := range w.Kernel[1] {
			if col := x*w.Stride[1] + kx*w.Dilation[1] - w.Before[1]; col >= 0 && col < w.In[1] {
				f(ky*w.Kernel[1]+kx, row*w.In[1]+col)
			}
		}
	}
}

// counted is how many elements an average at a position divides by.
func counted(a *nn.AveragePool, position int) int {
	n := 1
	for axis, p := range [2]int{position / a.Out(1), position % a.Out(1)} {
		first, end := 0, a.In[axis]
		if a.CountPadding {
			first, end = -a.Before[axis], end+a.After[axis]-a.Beyond[axis]
		}
		hits := 0
		for k := range a.Kernel[axis] {
			if at := p*a.Stride[axis] + k*a.Dilation[axis] - a.Before[axis]; at >= first && at < end {
				hits++
			}
		}
		n *= hits
	}
	return n
}
