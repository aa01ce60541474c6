package nn

import "fmt"

// Take selects elements of its input: y[i] = x[From[i]], or Fill where From[i] is -1.
// Transpositions, slices, gathers, splits and constant padding have this form.
type Take struct {
	// In is the length of the input.
	In int
	// From lists an element of the input, or -1, for each output.
	From []int32
	// Fill is the value of the outputs that no input has.
	Fill float64
}

// Kind is "Take".
func (t *Take) Kind() string { return "Take" }

// OutDim checks the indices and the one input's length.
func (t *Take) OutDim(in []int) (int, error) {
	for i, f := range t.From {
		if f < -1 || int(f) >= t.In {
			return 0, fmt.Errorf("output %d takes element %d of %d", i, f, t.In)
		}
	}
	return len(t.From), wantInput(in, t.In)
}

// Decoupled is false.
func (t *Take) Decoupled() bool { return false }

// Forward implements [Affine].
func (t *Take) Forward(dst Matrix, src []Matrix, _ Channel, bias bool, workers int) {
	fill := 0.0
	if bias {
		fill = t.Fill
	}
	eachRow(dst.Rows, dst.Cols, workers, func(r int) {
		x, y := src[0].Row(r), dst.Row(r)
		for i, f := range t.From {
			if f < 0 {
				y[i] = fill
			} else {
				y[i] = x[f]
			}
		}
	})
}

// Backward implements [Affine].
func (t *Take) Backward(dsrc []Matrix, grad Matrix, _ Channel, workers int) {
	eachRow(dsrc[0].Rows, grad.Cols, workers, func(r int) {
		d, g := dsrc[0].Row(r), grad.Row(r)
		for i, f := range t.From {
			if f >= 0 {
				d[f] += g[i]
			}
		}
	})
}

// CheckFinite reports a Fill that is not finite.
func (t *Take) CheckFinite() error { return finite("fill", []float64{t.Fill}) }
