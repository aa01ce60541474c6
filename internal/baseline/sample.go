package baseline

import (
	"fmt"
	"math/rand/v2"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/train"
)

// Sample makes a finite repair set of a specification: every point of it once,
// and n points of its segments and polygons, drawn uniformly from each, in turn.
// A point's label is the allowed class that the network prefers there.
//
// It fails if an output requirement is more than a set of allowed classes,
// and where the specification does not fit the network.
func Sample(net *nn.Network, s *spec.Spec, n int, seed uint64, workers int) (*train.Data, error) {
	if err := s.Check(net.InDim(), net.OutDim()); err != nil {
		return nil, err
	}
	var sets, drawn []*spec.Item
	for i := range s.Items {
		it := &s.Items[i]
		switch {
		case !it.Keep && (it.Output.Allowed == nil || len(it.Output.HalfSpaces) > 0 || len(it.Output.Bounds) > 0):
			return nil, fmt.Errorf("%s: requires more of the output than a class, which gradient descent on classes cannot express", it.Name)
		case it.Point != nil:
			drawn = append(drawn, it)
		default:
			sets = append(sets, it)
		}
	}
	if len(sets) > 0 {
		for k := range n {
			drawn = append(drawn, sets[k%len(sets)])
		}
	}
	random := rand.New(rand.NewPCG(seed, 0))
	d := &train.Data{X: nn.NewMatrix(len(drawn), net.InDim()), Labels: make([]int, len(drawn))}
	for i, it := range drawn {
		copy(d.X.Row(i), it.Sample(random))
	}
	batch := net.BatchRows()
	for from := 0; from < len(drawn); from += batch {
		to := min(from+batch, len(drawn))
		y, err := net.Eval(d.X.Slice(from, to), workers)
		if err != nil {
			return nil, err
		}
		for r := range y.Rows {
			it := drawn[from+r]
			if it.Keep {
				d.Labels[from+r] = s.Extremum.Prefers(y.Row(r), nil)
			} else {
				d.Labels[from+r] = it.Output.Extremum.Prefers(y.Row(r), it.Output.Allowed)
			}
		}
	}
	return d, nil
}
