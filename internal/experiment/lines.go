package experiment

import (
	"fmt"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/metrics"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// Lines requires of every point between a clean image and the same image under
// fog the label of the clean one (Task 2).
func Lines(clean, fog *dataset.Points) (*spec.Spec, error) {
	s := &spec.Spec{}
	for i, l := range clean.Labels {
		seg, err := set.NewSegment(clean.Row(i), fog.Row(i))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i, err)
		}
		s.Items = append(s.Items, spec.Item{
			Name: fmt.Sprintf("line %d", i), Segment: &seg, Output: spec.Output{Allowed: []int{l}},
		})
	}
	return s, nil
}

// Labelled opens labelled points; the largest output is the class.
func Labelled(p *dataset.Points) func() metrics.Source {
	x := nn.AsMatrix(p.Data, p.Rows, p.Dim)
	return func() metrics.Source { return metrics.FromLabels(x, p.Labels, spec.Argmax) }
}

// Part is the points from to to, sharing memory.
func Part(p *dataset.Points, from, to int) *dataset.Points {
	return &dataset.Points{Rows: to - from, Dim: p.Dim, Data: p.Data[from*p.Dim : to*p.Dim], Labels: p.Labels[from:to]}
}
