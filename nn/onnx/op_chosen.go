package onnx

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
