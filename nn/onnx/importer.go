package onnx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// maxExpanded bounds the numbers that reading a model creates beyond those in
// the file: broadcast constants, and the matrices of products that act on one
// axis of a larger sample. It is 512 MiB of float64.
const maxExpanded = 1 << 26

// value is what the reader knows of a value of the graph.
type value struct {
	// constant is the value of a constant; nil for a computed value.
	constant *tensor
	// node is the node of a computed value.
	node int
	// shape is the shape for one sample, with batch axes of size 1.
	shape []int
	// batch is the number of leading batch axes.
	batch int
	// shared says that another name for the same computed value is in use.
	shared bool
}

func (v *value) isConstant() bool { return v.constant != nil }

// importer turns the nodes of a model into irNodes.
type importer struct {
	*model
	values map[string]*value
	// unknown are the outputs of nodes that are not supported.
	unknown map[string]bool
	ir      []irNode
	// found are the reasons of the nodes that are not supported, by position.
	found map[int]string
	// frontier are the nodes that those nodes use.
	frontier []int
	budget   int64
	float64  bool // a parameter is float64
	cur      *onnxpb.NodeProto
	// extra are the outputs of the node being read after the first.
	extra  []*value
	curPos int
}

// newImporter prepares to read the model with the given number of batch axes.
// expand bounds the numbers created beyond those in the file.
func newImporter(m *model, shape []int, batch int, expand int64) *importer {
	im := &importer{
		model: m, values: map[string]*value{}, unknown: map[string]bool{}, found: map[int]string{},
		budget: expand + int64(m.bytes),
	}
	sample := slices.Clone(shape)
	for i := range batch {
		sample[i] = 1
	}
	n, _ := size(sample)
	im.ir = []irNode{{kind: irInput, name: m.input.GetName(), op: "input", role: needed, dim: n}}
	im.values[m.input.GetName()] = &value{shape: sample, batch: batch}
	return im
}

// run reads all nodes. Where some are not supported, they alone make the error.
func (im *importer) run() error {
	for i, n := range im.nodes {
		if im.role[i] == unneeded {
			continue
		}
		im.cur, im.curPos = n, i
		err := im.node(n)
		if err == nil {
			continue
		}
		var u unsupported
		switch {
		case im.role[i] == dangling || errors.Is(err, errUnknownInput):
		case errors.As(err, &u):
			im.found[i] = string(u)
		case im.anyUnsupported():
			im.found[i] = err.Error()
		default:
			return fmt.Errorf("%s: %w", label(n), err)
		}
		im.setUnknown(n)
	}
	if len(im.found) > 0 {
		return im.unsupportedError()
	}
	return nil
}

// setUnknown records that nothing is known about the outputs of a node.
func (im *importer) setUnknown(n *onnxpb.NodeProto) {
	for _, out := range n.GetOutput() {
		im.unknown[out] = true
	}
	for _, in := range n.GetInput() {
		if v := im.values[in]; v != nil && !v.isConstant() && im.role[im.curPos] == needed {
			im.frontier = append(im.frontier, v.node)
		}
	}
}

// errUnknownInput says that a node uses the result of one that is not
// supported, so that nothing can be said about it.
var errUnknownInput = errors.New("input of unknown meaning")

// node reads one node.
func (im *importer) node(n *onnxpb.NodeProto) error {
	o, err := lookup(n)
	if err != nil {
		return err
	}
	if im.opset < o.since {
		return fmt.Errorf("the operator exists from opset %d on, the model is of opset %d", o.since, im.opset)
	}
	if k := len(n.GetInput()); k < o.minIn || k > o.maxIn {
		return fmt.Errorf("%d inputs, want %s", k, rangeText(o.minIn, o.maxIn))
	}
	if err := o.checkAttributes(n); err != nil {
		return err
	}
	if len(n.GetOutput()) == 0 || n.GetOutput()[0] == "" {
		return errors.New("no output, want one")
	}
	for _, in := range n.GetInput() {
		if im.unknown[in] {
			return errUnknownInput
		}
	}
	for _, out := range n.GetOutput()[1:] {
		im.unknown[out] = true // of Dropout: its mask
	}
	im.extra = nil
	v, err := o.read(im, n)
	if err != nil {
		return err
	}
	im.values[n.GetOutput()[0]] = v
	for k, v := range im.extra {
		if k+1 < len(n.GetOutput()) && n.GetOutput()[k+1] != "" {
			im.values[n.GetOutput()[k+1]] = v
			delete(im.unknown, n.GetOutput()[k+1])
		}
	}
	return nil
}

// lookup finds the operator of a node.
func lookup(n *onnxpb.NodeProto) (operator, error) {
	if isDefaultDomain(n.GetDomain()) {
		if o, ok := operators[n.GetOpType()]; ok {
			return o, nil
		}
	}
	return operator{}, unsupported("")
}

func rangeText(lo, hi int) string {
	if lo == hi {
		return fmt.Sprint(lo)
	}
	return fmt.Sprintf("%d to %d", lo, hi)
}

// anyUnsupported tells whether a needed node has an operator that is not
// supported, or one that has been found to have no meaning.
func (im *importer) anyUnsupported() bool {
	return len(im.found) > 0 || im.unsupportedOperators() != nil
}

// unsupportedError lists what has been found, the nodes without a meaning of
// their own that those use, and all nodes whose operator is not supported.
func (im *importer) unsupportedError() error {
	im.findMeaningless(im.frontier...)
	e := &UnsupportedError{File: im.file}
	for i, n := range im.nodes {
		reason, ok := im.found[i]
		if _, err := lookup(n); err != nil && im.role[i] == needed {
			ok = true
		}
		if ok {
			e.Nodes = append(e.Nodes, UnsupportedNode{Name: nodeName(n), Op: opName(n), Reason: reason})
		}
	}
	return e
}

// get returns the value of a node's input; nil where it is left out.
func (im *importer) get(n *onnxpb.NodeProto, i int) (*value, error) {
	if i >= len(n.GetInput()) || n.GetInput()[i] == "" {
		return nil, nil
	}
	return im.lookupValue(n.GetInput()[i])
}

// require returns the value of an input that must not be left out.
func (im *importer) require(n *onnxpb.NodeProto, i int) (*value, error) {
	v, err := im.get(n, i)
	if v == nil && err == nil {
		return nil, fmt.Errorf("input %d is missing", i)
	}
	return v, err
}

// constant returns the value of an input that must be a constant; nil where it
// is left out.
func (im *importer) constant(n *onnxpb.NodeProto, i int, what string) (*tensor, error) {
	v, err := im.get(n, i)
	if v == nil || err != nil {
		return nil, err
	}
	if !v.isConstant() {
		return nil, unsupportedf("%s is computed, want a constant", what)
	}
	return v.constant, nil
}

func (im *importer) lookupValue(name string) (*value, error) {
	if v := im.values[name]; v != nil {
		return v, nil
	}
	if im.inits[name] == nil {
		return nil, fmt.Errorf("value %q is missing", name) // of an unneeded node
	}
	t, err := im.initializer(name)
	if err != nil {
		return nil, err
	}
	v := constantValue(t)
	im.values[name] = v
	return v, nil
}

func constantValue(t *tensor) *value { return &value{constant: t, shape: t.shape} }

// add appends a node for the file's node that is being read and returns its
// value.
func (im *importer) add(node irNode, shape []int, batch int) *value {
	node.name, node.op, node.pos = nodeName(im.cur), opName(im.cur), im.curPos
	node.role = im.role[im.curPos]
	node.dim, _ = size(shape)
	im.ir = append(im.ir, node)
	return &value{node: len(im.ir) - 1, shape: shape, batch: batch}
}

// alias is another value for the same node: x in another shape.
func (im *importer) alias(x *value, shape []int, batch int) *value {
	return &value{node: x.node, shape: shape, batch: batch, shared: !im.onlyUse(x)}
}

// onlyUse tells whether the node being read is the only user of x, so that x
// itself need not be kept.
func (im *importer) onlyUse(x *value) bool {
	for _, in := range im.cur.GetInput() {
		if im.values[in] == x {
			return !x.shared && im.uses[in] == 1
		}
	}
	return !x.shared // made for this node
}

// charge accounts for n numbers to create.
func (im *importer) charge(n int64) error {
	if n > im.budget {
		return fmt.Errorf("expands to %d numbers, beyond the limit of %d for what a model makes of its constants", n, maxExpanded)
	}
	im.budget -= n
	return nil
}

// expand broadcasts a floating-point constant to the shape of one sample. The
// shape must not grow: a constant with more entries along an axis would repeat
// the computed value, or mix the entries of a batch.
func (im *importer) expand(t *tensor, shape []int, batch int) ([]float64, error) {
	f, err := t.asFloats()
	if err != nil {
		return nil, err
	}
	out, err := broadcastShape(t.shape, shape)
	if err != nil {
		return nil, err
	}
	lead := len(out) - len(shape)
	for i, d := range out {
		own := 1
		if i >= lead {
			own = shape[i-lead]
		}
		if d != own && i < lead+batch {
			return nil, shapeErrorf("constant %q of shape %v differs along axis %d of %v, a batch axis: "+
				"it would mix the entries of a batch", t.name, t.shape, i, out)
		}
		if d != own {
			return nil, shapeErrorf("constant %q of shape %v would repeat a computed value of shape %v",
				t.name, t.shape, shape)
		}
	}
	n, _ := size(out)
	if err := im.charge(int64(n)); err != nil {
		return nil, err
	}
	im.note(t)
	xs := make([]float64, n)
	for i, j := range broadcastIndex(t.shape, out) {
		xs[i] = f[j]
	}
	return xs, nil
}

// note records the type of a parameter.
func (im *importer) note(t *tensor) {
	if t.typ == typeFloat64 {
		im.float64 = true
	}
}

// dtype is the type of the parameters, float64 where any of them is.
func (im *importer) dtype() nn.DType {
	if im.float64 || im.input.GetType().GetTensorType().GetElemType() == int32(typeFloat64) {
		return nn.Float64
	}
	return nn.Float32
}
