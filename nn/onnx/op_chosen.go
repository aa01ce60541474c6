package onnx

import (
	"fmt"

	"github.com/netmend/netmend/nn"
)

// chosen reads a Gather by the indices of a MaxPool: the value channel's MaxPool,
// which copies from x, one list of a whole batch, what the activation channel's
// chose.
func (im *importer) chosen(x, i *value) (*value, error) {
	node := im.ir[i.node]
	if node.kind != irIndices {
		return nil, unsupported("its indices are computed")
	}
	if x.isConstant() || len(x.shape) != 1 || x.shape[0] != im.ir[node.in[0]].dim {
		return nil, unsupportedf("takes from a value of shape %v by the indices of a MaxPool of %d numbers", x.shape, im.ir[node.in[0]].dim)
	}
	return im.add(irNode{kind: irSelection, in: []int{node.in[0], x.node}, sel: node.sel}, i.shape, i.batch), nil
}

// chosenOfTwo reads Where(a >= b, v, w): the value channel's maximum, which copies
// from v and w what the activation channel's chose of a and b.
func (im *importer) chosenOfTwo(condition, v, w *value) (*value, error) {
	if v.isConstant() || w.isConstant() {
		return nil, unsupported("its condition compares two computed values and a branch is a constant")
	}
	v, w, err := im.together(v, w)
	if err != nil {
		return nil, err
	}
	c := im.ir[condition.node]
	if c.dim != im.ir[v.node].dim || im.ir[v.node].dim != im.ir[w.node].dim {
		return nil, fmt.Errorf("chooses from values of shape %v by a condition of shape %v", v.shape, condition.shape)
	}
	return im.add(irNode{
		kind: irSelection, in: []int{c.in[0], c.in[1], v.node, w.node}, sel: &nn.Max{Inputs: 2, Dim: c.dim},
	}, v.shape, max(v.batch, condition.batch)), nil
}
