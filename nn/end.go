package nn

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/netmend/netmend/internal/portable"
)

// End is what a file does with the outputs of a [Network] at the end, if that is not an
// operation of the network: it keeps the order of the numbers that it joins, and questions
// about that order are answered before it. The network's outputs are the numbers that it is
// applied to.
type End struct {
	// Kind is one of the End constants.
	Kind string
	// Outer, Axis and Inner are the shape of the network's outputs: the numbers along the
	// axis in the middle are joined. For a sigmoid, which joins none, Axis is 1.
	Outer, Axis, Inner int
	// Last says, for an ArgMax, that among equal numbers the last counts, not the first.
	Last bool
}

// Kinds of ends.
const (
	EndSoftmax    = "Softmax"    // exp(z_k) / sum exp(z_j)
	EndLogSoftmax = "LogSoftmax" // its logarithm
	EndSigmoid    = "Sigmoid"    // 1 / (1 + exp(-z))
	EndArgMax     = "ArgMax"     // the index of the largest number
)

// Ends lists the kinds of ends. There are no others, and code that handles ends must fail for
// a kind that it does not know.
func Ends() []string { return []string{EndSoftmax, EndLogSoftmax, EndSigmoid, EndArgMax} }

// Check reports an end that does not fit the given number of outputs.
func (e *End) Check(outputs int) error {
	if !slices.Contains(Ends(), e.Kind) {
		return fmt.Errorf("a network cannot end in %q", e.Kind)
	}
	if e.Outer < 1 || e.Axis < 1 || e.Inner < 1 || e.Outer > maxSize/e.Axis || e.Outer*e.Axis > maxSize/e.Inner || e.Outer*e.Axis*e.Inner != outputs {
		return fmt.Errorf("a final %s of %d x %d x %d numbers, the network has %d", e.Kind, e.Outer, e.Axis, e.Inner, outputs)
	}
	return nil
}

// OutDim is the number of the file's outputs.
func (e *End) OutDim() int {
	if e.Kind == EndArgMax {
		return e.Outer * e.Inner
	}
	return e.Outer * e.Axis * e.Inner
}

// Group is which of the groups of joined numbers output k of the network is in, and its
// place there.
func (e *End) Group(k int) (group, place int) {
	return k/(e.Axis*e.Inner)*e.Inner + k%e.Inner, k / e.Inner % e.Axis
}

// Member is the output of the network at a place in a group.
func (e *End) Member(group, place int) int {
	return (group/e.Inner*e.Axis+place)*e.Inner + group%e.Inner
}

// Apply computes the file's outputs, in float64, from those of the network.
func (e *End) Apply(z []float64) []float64 {
	y := make([]float64, e.OutDim())
	for g := range e.Outer * e.Inner {
		e.apply(y, z, g)
	}
	return y
}

func (e *End) apply(y, z []float64, g int) {
	if e.Kind == EndSigmoid {
		y[g] = logistic(z[g])
		return
	}
	best := 0
	at := func(k int) float64 { return z[e.Member(g, k)] }
	for k := 1; k < e.Axis; k++ {
		if at(k) > at(best) || e.Last && at(k) == at(best) {
			best = k
		}
	}
	if e.Kind == EndArgMax {
		y[g] = float64(best)
		return
	}
	sum := 0.0
	for k := range e.Axis {
		sum += portable.Exp(at(k) - at(best))
	}
	for k := range e.Axis {
		d := at(k) - at(best)
		if e.Kind == EndLogSoftmax {
			y[e.Member(g, k)] = d - portable.Log(sum)
		} else {
			y[e.Member(g, k)] = portable.Exp(d) / sum
		}
	}
}

func logistic(z float64) float64 {
	e := portable.Exp(-math.Abs(z))
	if z >= 0 {
		return 1 / (1 + e)
	}
	return e / (1 + e)
}

// WithSigmoid is the network with its final sigmoid, if it has one, as its last node, for
// questions about the numbers behind it; with any other end it is the network itself. Notices
// about the end are left out.
func (n *Network) WithSigmoid() *Network {
	e := n.Meta.End
	if e == nil || e.Kind != EndSigmoid {
		return n
	}
	meta := n.Meta
	meta.End = nil
	meta.Notices = slices.DeleteFunc(slices.Clone(meta.Notices), func(s string) bool { return strings.HasPrefix(s, EndNotice) })
	last := Node{Name: meta.OutputName, Inputs: []int{len(n.Nodes) - 1}, Op: Sigmoid()}
	m, err := New(append(slices.Clone(n.Nodes), last), n.InputShape, meta)
	if err != nil {
		return n // the operation takes any length, so that there is none
	}
	return m
}

// BeforeEnd is the network without its end. Its outputs are the numbers that the end is
// applied to, about which any question may be asked. It cannot take the place of its file.
func (n *Network) BeforeEnd() *Network {
	if n.Meta.End == nil {
		return n
	}
	c := *n
	c.Meta.End, c.Meta.Source = nil, nil
	return &c
}

// CheckEnd fails for a network with an end, for which a question about outputs would not be
// about the numbers that its file gives. Functions that cannot translate questions call it
// first.
func (n *Network) CheckEnd() error {
	if n.Meta.End == nil {
		return nil
	}
	return fmt.Errorf("the network ends before the final %s of its file: translate the question about the file's outputs to one before it (package spec/final), and ask the network without its end (BeforeEnd)", n.Meta.End.Kind)
}

// EndNotice begins the notices of readers about an end.
const EndNotice = "the network ends before the final "
