package train

import (
	"errors"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Loss is what training minimises: its mean over the samples of a batch.
type Loss interface {
	// check reports data that lack what the loss compares with.
	check(d *Data) error
	// gradient writes the gradient of the mean loss of the batch by the
	// outputs y of the samples with the given indices, and returns the sum of
	// the losses.
	gradient(grad, y nn.Matrix, d *Data, indices []int) float64
}

// CrossEntropy is -log softmax(y)[label], or, if the smallest output is the class, -log
// softmax(-y)[label].
type CrossEntropy struct{ Extremum spec.Extremum }

func (CrossEntropy) check(d *Data) error {
	if d.Labels == nil {
		return errors.New("the cross-entropy loss needs labels")
	}
	return nil
}

func (c CrossEntropy) gradient(grad, y nn.Matrix, d *Data, indices []int) float64 {
	sign := 1.0
	if c.Extremum == spec.Argmin {
		sign = -1
	}
	scale := sign / float64(len(indices))
	total := 0.0
	for r, k := range indices {
		z, g, label := y.Row(r), grad.Row(r), d.Labels[k]
		top := float64(sign * z[0])
		for _, v := range z {
			top = max(top, sign*v)
		}
		sum := 0.0
		for i, v := range z {
			g[i] = portable.Exp(float64(sign*v) - top)
			sum += g[i]
		}
		total += portable.Log(sum) + top - float64(sign*z[label])
		for i := range g {
			g[i] = float64(g[i] * (scale / sum))
		}
		g[label] -= scale
	}
	return total
}

// Squared is the sum of (y - target)^2 over the outputs.
type Squared struct{}

func (Squared) check(d *Data) error {
	if d.Targets.Rows == 0 {
		return errors.New("the squared loss needs targets")
	}
	return nil
}

func (Squared) gradient(grad, y nn.Matrix, d *Data, indices []int) float64 {
	scale := 2 / float64(len(indices))
	total := 0.0
	for r, k := range indices {
		g, want := grad.Row(r), d.Targets.Row(k)
		for i, v := range y.Row(r) {
			e := v - want[i]
			total += float64(e * e)
			g[i] = float64(scale * e)
		}
	}
	return total
}
