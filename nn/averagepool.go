package nn

import "fmt"

// AveragePool is the mean over a window, channel by channel. A global average
// pool has a window of the size of its input.
type AveragePool struct {
	Window
	// CountPadding reports whether padding counts as zeros; otherwise the mean is over the
	// inputs alone.
	CountPadding bool
	// Beyond is the part of the padding After that never counts: the part added by rounding the
	// number of positions up.
	Beyond [2]int
}

// Kind is "AveragePool".
func (a *AveragePool) Kind() string { return "AveragePool" }

// OutDim checks the geometry and that there is one input of its size.
func (a *AveragePool) OutDim(in []int) (int, error) {
	if err := a.check(); err != nil {
		return 0, err
	}
	for axis := range 2 {
		if a.Beyond[axis] < 0 || a.Beyond[axis] > a.After[axis] {
			return 0, fmt.Errorf("%d of %d padding beyond", a.Beyond[axis], a.After[axis])
		}
	}
	if err := a.meetsInput(); err != nil {
		return 0, err
	}
	return a.Channels * a.Positions(), wantInput(in, a.size())
}

// Decoupled is false: a pool has no parameters.
func (a *AveragePool) Decoupled() bool { return false }

// Divisors are the numbers of elements that count at each position.
func (a *AveragePool) Divisors() []float64 {
	var count [2][]int
	for axis := range 2 {
		count[axis] = make([]int, a.Out(axis))
		for p := range count[axis] {
			for k := range a.Kernel[axis] {
				i := p*a.Stride[axis] + k*a.Dilation[axis] - a.Before[axis]
				last := a.In[axis] - 1
				first := 0
				if a.CountPadding {
					first, last = -a.Before[axis], last+a.After[axis]-a.Beyond[axis]
				}
				if i >= first && i <= last {
					count[axis][p]++
				}
			}
		}
	}
	d := make([]float64, 0, a.Positions())
	for _, ny := range count[0] {
		for _, nx := range count[1] {
			d = append(d, float64(ny*nx))
		}
	}
	return d
}

// Forward implements [Affine].
func (a *AveragePool) Forward(dst Matrix, src []Matrix, _ Channel, _ bool, workers int) {
	d, plane := a.Divisors(), a.Plane()
	eachRow(dst.Rows, a.size(), workers, func(r int) {
		x, y := src[0].Row(r), dst.Row(r)
		for c := range a.Channels {
			in, out := x[c*plane:(c+1)*plane], y[c*len(d):(c+1)*len(d)]
			clear(out)
			a.Each(0, a.Out(0), func(_, pos, from, step, count int) {
				to := out[pos : pos+count]
				for i := range to {
					to[i] += in[from+i*step]
				}
			})
			for i := range out {
				out[i] /= d[i]
			}
		}
	})
}

// Backward implements [Affine].
func (a *AveragePool) Backward(dsrc []Matrix, grad Matrix, _ Channel, workers int) {
	d, plane := a.Divisors(), a.Plane()
	eachRow(dsrc[0].Rows, a.size(), workers, func(r int) {
		x, g := dsrc[0].Row(r), grad.Row(r)
		for c := range a.Channels {
			in, out := x[c*plane:(c+1)*plane], g[c*len(d):(c+1)*len(d)]
			a.Each(0, a.Out(0), func(_, pos, to, step, count int) {
				for i, v := range out[pos : pos+count] {
					in[to+i*step] += v / d[pos+i]
				}
			})
		}
	})
}
