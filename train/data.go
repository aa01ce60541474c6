package train

import (
	"fmt"

	"github.com/netmend/netmend/nn"
)

// Data is a list of samples with what the network should answer.
type Data struct {
	// X has one sample per row.
	X nn.Matrix
	// Labels are the samples' classes, for [CrossEntropy].
	Labels []int
	// Targets has the wanted outputs, one row per sample, for [Squared].
	Targets nn.Matrix
}

// Len is the number of samples.
func (d *Data) Len() int { return d.X.Rows }

// Select returns the samples with the given indices, in their order.
func (d *Data) Select(indices []int) *Data {
	s := &Data{X: rows(d.X, indices)}
	if d.Labels != nil {
		s.Labels = make([]int, len(indices))
		for i, k := range indices {
			s.Labels[i] = d.Labels[k]
		}
	}
	if d.Targets.Rows > 0 {
		s.Targets = rows(d.Targets, indices)
	}
	return s
}

func rows(m nn.Matrix, indices []int) nn.Matrix {
	s := nn.NewMatrix(len(indices), m.Cols)
	for i, k := range indices {
		copy(s.Row(i), m.Row(k))
	}
	return s
}

// check reports data that do not fit a network.
func (d *Data) check(net *nn.Network) error {
	switch {
	case d.X.Rows == 0:
		return fmt.Errorf("there are no samples")
	case d.X.Cols != net.InDim():
		return fmt.Errorf("samples have %d numbers, the network has %d inputs", d.X.Cols, net.InDim())
	case d.Labels != nil && len(d.Labels) != d.X.Rows:
		return fmt.Errorf("%d labels for %d samples", len(d.Labels), d.X.Rows)
	case d.Targets.Rows > 0 && (d.Targets.Rows != d.X.Rows || d.Targets.Cols != net.OutDim()):
		return fmt.Errorf("targets are %d x %d, want %d x %d", d.Targets.Rows, d.Targets.Cols, d.X.Rows, net.OutDim())
	}
	for i, l := range d.Labels {
		if l < 0 || l >= net.OutDim() {
			return fmt.Errorf("label %d of sample %d: the network has classes 0 to %d", l, i, net.OutDim()-1)
		}
	}
	return nil
}
