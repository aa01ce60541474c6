package onnx

import "github.com/netmend/netmend/nn/onnx/internal/onnxpb"

// readShape reads the shape of a value of one sample: exporters compute the shape
// of a Reshape from it. A batch axis has size 1 there.
func readShape(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	t := &tensor{name: nodeName(n), typ: typeInt64}
	from, to := int64(0), int64(len(x.shape))
	if im.opset >= 15 {
		start, err := intAttribute(n, "start", 0)
		if err != nil {
			return nil, err
		}
		end, err := intAttribute(n, "end", to)
		if err != nil {
			return nil, err
		}
		first, count := slice(start, end, 1, to)
		from, to = first, first+count
	}
	for _, d := range x.shape[from:to] {
		t.ints = append(t.ints, int64(d))
	}
	t.shape = []int{len(t.ints)}
	return constantValue(t), nil
}
