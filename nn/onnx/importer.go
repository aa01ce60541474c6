package onnx

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/netmend/netmend/internal/within"
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
	// batch is the number of leading axes of the input whose entries are known to be
	// treated alone and alike so far, and which lead here too.
	batch int
	// typ is the type in which a runtime computes it.
	typ elemType
	// layer is the layer without a bias whose output this is; nil if there is none.
	layer *unbiased
	// shared says that another name for the same computed value is in use.
	shared bool
}

// unbiased is a layer that may still get a bias: its node, and which bias is added to each
// element of the value.
type unbiased struct {
	node    int
	channel []int32
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
	// strict says that the entries of the leading axes must be treated alone and alike;
	// else mixed is the last node of which that is not known.
	strict bool
	mixed  *onnxpb.NodeProto
	// leads are the declared sizes of the leading axes, 0 for symbolic ones. A value of which
	// one axis leads where there are several has them merged to that.
	leads []int
	// extra are the outputs of the node being read after the first.
	extra  []*value
	curPos int
	over   error // why reading has to end, whatever else is wrong
}

// newImporter prepares to read the model for an input of the given shape, of which a
// number of leading axes are those of slices.
// expand bounds the numbers created beyond those in the file.
func newImporter(m *model, shape []int, batch int, expand int64) *importer {
	im := &importer{
		model: m, values: map[string]*value{}, unknown: map[string]bool{}, found: map[int]string{},
		budget: expand + int64(m.bytes),
	}
	n, _ := size(shape)
	im.ir = []irNode{{kind: irInput, name: m.input.GetName(), op: "input", role: needed, dim: n}}
	im.values[m.input.GetName()] = &value{shape: shape, batch: batch, typ: elemType(m.input.GetType().GetTensorType().GetElemType())}
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
		if im.ctx.Err() != nil {
			return context.Cause(im.ctx)
		}
		if im.over != nil {
			return fmt.Errorf("%s: %w", label(n), im.over)
		}
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
	if err := o.conforms(n, im.opset); err != nil {
		return err
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
	if err := im.settle(n, o, append([]*value{v}, im.extra...)); err != nil {
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

// settle gives the results of a node their type, that of its inputs where the operator
// says nothing else, of the computed ones first, and checks that slices stay apart where one is read.
func (im *importer) settle(n *onnxpb.NodeProto, o operator, out []*value) error {
	var in []*value
	typ := elemType(0)
	batch := 0
	for _, name := range n.GetInput() {
		v := im.values[name]
		in = append(in, v)
		if v != nil && !v.isConstant() {
			batch = max(batch, v.batch)
			if typ == 0 && v.typ != typeBool {
				typ = v.typ
			}
		}
	}
	for _, v := range in {
		if typ == 0 && v != nil && v.isConstant() && v.constant.typ != typeBool {
			typ = v.constant.typ // chosen from constants
		}
	}
	for _, v := range out {
		if !v.isConstant() && v.typ == 0 {
			v.typ = typ
		}
	}
	if batch == 0 {
		return nil
	}
	err := checkSlices(n.GetOpType(), o.elementwise, in, out, len(im.leads))
	if err == nil || im.strict {
		return err
	}
	im.mixed = n
	for _, v := range out {
		v.batch = 0
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

// anyUnsupported reports whether a needed node has an operator that is not
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

// get returns the value of a node's input; nil if it is left out.
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

// constant returns the value of an input that must be a constant; nil if it
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

// onlyUse reports whether the node being read is the only user of x, so that x
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
	const asked, number = 1 << 17, 8 // what is less is not asked for
	if n >= asked {
		im.over = within.Need(im.ctx, number*n, reading)
	}
	return im.over
}

// expand broadcasts a floating-point constant and a computed value to their common shape:
// x is repeated where the constant has more entries along an axis.
func (im *importer) expand(t *tensor, x *value) (*value, []float64, error) {
	f, err := t.asFloats()
	if err != nil {
		return nil, nil, err
	}
	out, err := broadcastShape(t.shape, x.shape)
	if err != nil {
		return nil, nil, err
	}
	n, ok := size(out)
	if !ok || len(out) > maxRank {
		return nil, nil, fmt.Errorf("shapes %v and %v broadcast to %v, which is too large", t.shape, x.shape, out)
	}
	if have, _ := size(x.shape); have != n {
		if x, err = im.repeated(x, out); err != nil {
			return nil, nil, err
		}
	}
	if err := im.charge(int64(n)); err != nil {
		return nil, nil, err
	}
	im.note(t)
	xs := make([]float64, n)
	for i, j := range broadcastIndex(t.shape, out) {
		xs[i] = f[j]
	}
	return im.shaped(x, out), xs, nil
}

// shaped is the value with a shape of as many elements that adds leading axes of size 1
// at most; it is the value itself where that is its shape.
func (im *importer) shaped(x *value, shape []int) *value {
	if slices.Equal(x.shape, shape) {
		return x
	}
	y := *x
	y.shape, y.batch = shape, 0
	y.shared = !im.onlyUse(x)
	return &y
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
