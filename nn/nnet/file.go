package nnet

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
)

// Units says what a network's inputs and outputs are measured in.
type Units string

const (
	// Normalised units are those of the layers.
	Normalised Units = "normalised"
	// Raw units are those that the header's means and ranges describe.
	Raw Units = "raw"
)

// File is the content of an NNet file. Dimensions: n inputs, m outputs.
type File struct {
	// Comments are the comment lines, without the slashes.
	Comments []string
	// Mins and Maxes bound each of the n inputs, in raw units. They do not
	// enter the network.
	Mins, Maxes []float64
	// Means and Ranges normalise each input and, with entry n+1, all outputs.
	// [Parse] keeps lists of other lengths as they are, since the layers do not
	// need them; [File.Network] then refuses [Raw] units.
	Means, Ranges []float64
	// Layers are the affine layers. A ReLU follows each but the last.
	Layers []nn.Params

	// Where the means and ranges stood, as file:line, for messages.
	meansAt, rangesAt string
}

// inputs returns the number n of inputs of a file that has layers.
func (f *File) inputs() int { return f.Layers[0].Weight.Cols }

// Network returns the network that the file describes, in the given units. Its
// layers share memory with f.
//
// In [Raw] units it begins and ends with a constant scaling, where that is not
// the identity. It then fails if there are not n+1 means and n+1 ranges, or
// where a range is zero, or not finite.
func (f *File) Network(u Units) (*nn.Network, error) {
	if len(f.Layers) == 0 {
		return nil, errors.New("nnet: no layers")
	}
	meta := nn.Meta{Format: "nnet", DType: nn.Float64, Units: string(u)}
	var before, after *nn.Scale
	switch u {
	case Normalised:
		if err := f.checkNormalisation(); err != nil {
			meta.Notices = append(meta.Notices, fmt.Sprintf("the file's normalisation is unusable (%v): only normalised units are possible", err))
		}
	case Raw:
		if err := f.checkNormalisation(); err != nil {
			return nil, err
		}
		before, after = f.scales()
	default:
		return nil, fmt.Errorf("nnet: units %q: say %q or %q", u, Normalised, Raw)
	}
	var nodes []nn.Node
	add := func(name string, op nn.Op) {
		nodes = append(nodes, nn.Node{Name: name, Inputs: []int{len(nodes) - 1}, Op: op})
	}
	if before != nil {
		add("normalise", before)
	}
	for i, params := range f.Layers {
		add(fmt.Sprintf("dense_%d", i+1), &nn.Dense{Params: params})
		if i < len(f.Layers)-1 {
			add(fmt.Sprintf("relu_%d", i+1), nn.ReLU())
		}
	}
	if after != nil {
		add("denormalise", after)
	}
	return nn.New(nodes, []int{f.inputs()}, meta)
}

// checkNormalisation reports means and ranges that describe no normalisation.
func (f *File) checkNormalisation() error {
	want := f.inputs() + 1
	for _, list := range []struct {
		name, at string
		values   []float64
	}{{"means", f.meansAt, f.Means}, {"ranges", f.rangesAt, f.Ranges}} {
		prefix := list.name
		if list.at != "" {
			prefix = list.at + ": " + list.name
		}
		if len(list.values) != want {
			return fmt.Errorf("%s: found %d numbers, want %d: one an input and one for the outputs", prefix, len(list.values), want)
		}
		for i, v := range list.values {
			if math.IsNaN(v) || math.IsInf(v, 0) || list.name == "ranges" && v == 0 {
				return fmt.Errorf("%s: number %d is %v, by which inputs cannot be normalised", prefix, i+1, v)
			}
		}
	}
	return nil
}

// scales returns the constant scalings of raw units before and after the
// layers, nil if they change nothing: a network file has no need of a node
// for those, so that one read back from it would be another network.
func (f *File) scales() (before, after *nn.Scale) {
	n := f.inputs()
	before = &nn.Scale{Factor: make([]float64, n), Shift: make([]float64, n)}
	for i := range n {
		before.Factor[i] = 1 / f.Ranges[i]
		before.Shift[i] = -f.Means[i] / f.Ranges[i]
	}
	m := f.Layers[len(f.Layers)-1].Weight.Rows
	after = &nn.Scale{
		Factor: slices.Repeat([]float64{f.Ranges[n]}, m),
		Shift:  slices.Repeat([]float64{f.Means[n]}, m),
	}
	return unlessIdentity(before), unlessIdentity(after)
}

// unlessIdentity is nil for a scaling by 1 that shifts by 0.
func unlessIdentity(s *nn.Scale) *nn.Scale {
	for i, f := range s.Factor {
		if f != 1 || s.Shift[i] != 0 {
			return s
		}
	}
	return nil
}
