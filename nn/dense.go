package nn

import (
	"fmt"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/internal/vector"
)

// Params are the parameters of a [Layer]: of a dense one, y = Weight x + Bias,
// or of a convolution, see [Conv].
type Params struct {
	// Weight has one row per output, or output channel.
	Weight Matrix
	// Bias has one number per output, or output channel.
	Bias []float64
}

func (p *Params) sameShape(q *Params) bool {
	return p.Weight.Rows == q.Weight.Rows && p.Weight.Cols == q.Weight.Cols && len(p.Bias) == len(q.Bias)
}

// Clone returns a deep copy.
func (p Params) Clone() Params {
	w := NewMatrix(p.Weight.Rows, p.Weight.Cols)
	for i := range w.Rows {
		copy(w.Row(i), p.Weight.Row(i))
	}
	return Params{Weight: w, Bias: append([]float64(nil), p.Bias...)}
}

// Round returns a copy with every parameter rounded to t.
func (p Params) Round(t DType) Params {
	c := p.Clone()
	for i, v := range c.Weight.Data {
		c.Weight.Data[i] = t.Round(v)
	}
	for i, v := range c.Bias {
		c.Bias[i] = t.Round(v)
	}
	return c
}

// Dense is a fully connected layer. Params serve both channels unless Value is
// set, which then serves the value channel.
type Dense struct {
	Params
	Value *Params
}

// Kind is "Dense".
func (d *Dense) Kind() string { return "Dense" }

// OutDim checks that there is one input of Weight.Cols numbers.
func (d *Dense) OutDim(in []int) (int, error) {
	if len(d.Bias) != d.Weight.Rows {
		return 0, fmt.Errorf("%d biases for %d outputs", len(d.Bias), d.Weight.Rows)
	}
	return d.Weight.Rows, wantInput(in, d.Weight.Cols)
}

// Decoupled reports whether the value channel has parameters of its own.
func (d *Dense) Decoupled() bool { return d.Value != nil }

// Channel returns the parameters of a channel.
func (d *Dense) Channel(ch Channel) *Params {
	if ch == ValueChannel && d.Value != nil {
		return d.Value
	}
	return &d.Params
}

// WithParams implements [Layer].
func (d *Dense) WithParams(p Params, value *Params) Layer { return &Dense{Params: p, Value: value} }

// ParamGradient implements [Layer]: the outer product of grad and src.
func (d *Dense) ParamGradient(dst *Params, grad, src []float64) {
	blas.Rank1(dst.Weight, 1, grad, src)
	blas.Axpy(1, grad, dst.Bias)
}

// Forward implements [Affine].
func (d *Dense) Forward(dst Matrix, src []Matrix, ch Channel, bias bool, workers int) {
	p := d.Channel(ch)
	if bias {
		for i := range dst.Rows {
			copy(dst.Row(i), p.Bias)
		}
	}
	blas.MulNT(dst, src[0], p.Weight, bias, workers)
}

// Backward implements [Affine].
func (d *Dense) Backward(dsrc []Matrix, grad Matrix, ch Channel, workers int) {
	if dsrc[0].Rows > 0 {
		blas.MulNN(dsrc[0], grad, d.Channel(ch).Weight, true, workers)
	}
}

// CheckFinite reports the first parameter that is NaN or infinite.
func (d *Dense) CheckFinite() error {
	if err := d.Params.checkFinite(); err != nil {
		return err
	}
	if d.Value != nil {
		if err := d.Value.checkFinite(); err != nil {
			return fmt.Errorf("value channel: %w", err)
		}
	}
	return nil
}

func (p *Params) checkFinite() error {
	for i := range p.Weight.Rows {
		if j := vector.NotFinite(p.Weight.Row(i)); j >= 0 {
			return fmt.Errorf("weight [%d, %d] is %v, want a finite number", i, j, p.Weight.Row(i)[j])
		}
	}
	return finite("bias", p.Bias)
}

func finite(what string, xs []float64) error {
	if i := vector.NotFinite(xs); i >= 0 {
		return fmt.Errorf("%s [%d] is %v, want a finite number", what, i, xs[i])
	}
	return nil
}

func wantInput(in []int, want int) error {
	if len(in) != 1 {
		return fmt.Errorf("%d inputs, want 1", len(in))
	}
	if in[0] != want {
		return fmt.Errorf("input has %d numbers, want %d", in[0], want)
	}
	return nil
}
