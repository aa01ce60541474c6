package onnx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/netmend/netmend/internal/unzip"
	"github.com/netmend/netmend/internal/within"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/internal/fold"
)

// maxFile is the largest message that protocol buffers can hold.
const maxFile = 1<<31 - 1

// Format is the [nn.Meta] Format of networks read by this package.
const Format = "onnx"

// unitsKey is the metadata property of a model that holds [nn.Meta] Units.
const unitsKey = "netmend.units"

// ReadOptions say how to read a model.
type ReadOptions struct {
	// Output chooses one of the model's outputs by name. A model with several is
	// refused where it is empty.
	Output string
	// Slice asks for one slice of the input's first axis of fixed size, behind a batch
	// axis: the network that acts on each of its entries. A model that does not treat
	// all of them alone and alike, as its nodes show, is refused. Without it the whole
	// sample is the input.
	Slice bool
}

// ReadFile reads the model at path; see [Read].
func ReadFile(path string, opts ReadOptions) (*nn.Network, error) {
	return ReadFileContext(context.Background(), path, opts)
}

// ReadFileContext is [ReadFile], and fails with the cause of ctx if that is over first.
func ReadFileContext(ctx context.Context, path string, opts ReadOptions) (*nn.Network, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadContext(ctx, f, path, opts)
}

// Read reads an ONNX model as a network, as the package comment describes. It may
// be compressed by gzip. The name is that of the file, for messages.
//
// Errors name the file and, where it concerns one, the node, with the shape
// found and the shape wanted. Nodes that are not supported give an
// [UnsupportedError] that lists all of them. Memory is bounded by a multiple of
// the file's size plus 512 MiB for what its constants expand to.
func Read(r io.Reader, name string, opts ReadOptions) (*nn.Network, error) {
	return ReadContext(context.Background(), r, name, opts)
}

// ReadContext is [Read], and fails with the cause of ctx if that is over first.
func ReadContext(ctx context.Context, r io.Reader, name string, opts ReadOptions) (*nn.Network, error) {
	data, err := readAll(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return read(ctx, data, name, opts, maxExpanded)
}

// readAll reads a model, decompressed.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	from, err := unzip.Detect(r, unzip.Free)
	if err != nil {
		return nil, err
	}
	data, err := within.ReadAll(ctx, from, maxFile, reading, within.Times(perByte))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("more than %d bytes, the most that an ONNX file can have", maxFile)
	}
	return data, err
}

const (
	// reading is the work that memory is asked for.
	reading = "reading it"
	// perByte is what is taken in memory for a byte of a model, about.
	perByte = 4
)

// read is [Read] with a bound on the numbers that constants expand to.
func read(ctx context.Context, data []byte, name string, opts ReadOptions, expand int64) (*nn.Network, error) {
	n, err := readModel(ctx, data, name, opts, expand)
	var u *UnsupportedError
	if err != nil && !errors.As(err, &u) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return n, err
}

func readModel(ctx context.Context, data []byte, name string, opts ReadOptions, expand int64) (*nn.Network, error) {
	m, err := parse(ctx, data, name, opts.Output)
	if err != nil {
		return nil, err
	}
	m.slice = opts.Slice
	shape, err := m.inputShape()
	if err != nil {
		return nil, errors.Join(m.unsupportedOperators(), err) // all reasons at once
	}
	lead, free, err := m.leadingAxes(shape)
	if err != nil {
		return nil, errors.Join(m.unsupportedOperators(), err)
	}
	if opts.Slice {
		if lead+1 >= len(shape) {
			return nil, fmt.Errorf("the model's input %q of shape %v has no slices of fixed size", m.input.GetName(), shape)
		}
		lead++
	}
	return m.network(shape, lead, free || opts.Slice, expand)
}

// batchNotice says that a model of any batch size is read for one of 1 where nothing
// shows that it treats the entries of a batch alike.
func (im *importer) batchNotice(declared []int) string {
	if im.mixed == nil || !slices.Contains(declared, 0) {
		return ""
	}
	return fmt.Sprintf("read for a batch of one: node %q (%s) does not show that the entries of a batch are treated separately and in the same way",
		nodeName(im.mixed), opName(im.mixed))
}

// network reads the model for one entry of the given number of leading axes. Where strict
// is set it must treat the others alone and alike.
func (m *model) network(declared []int, lead int, strict bool, expand int64) (*nn.Network, error) {
	shape := slices.Clone(declared)
	for i := range lead {
		shape[i] = 1
	}
	im := newImporter(m, shape, lead, expand)
	im.strict, im.leads = strict, declared[:lead]
	if err := im.run(); err != nil {
		return nil, err
	}
	out, err := im.lookupValue(m.output)
	if err != nil {
		return nil, fmt.Errorf("output %q is one that is not supported", m.output)
	}
	meta := nn.Meta{
		Format: Format, InputName: m.input.GetName(), OutputName: m.output,
		DType: im.dtype(), Units: m.units,
	}
	for i, d := range declared[:lead] {
		if d > 1 {
			meta.Notices = append(meta.Notices, fmt.Sprintf(
				"this is one of the %d slices along axis %d of input %q, which are treated alone and alike", d, i, m.input.GetName(),
			))
		}
	}
	if im.values[m.input.GetName()].typ == typeFloat16 {
		meta.Notices = append(meta.Notices, "the file computes in float16; answers are about its parameters in real arithmetic, and files written from it have float32 inputs and outputs and compute in float32")
	}
	if s := im.batchNotice(declared); s != "" {
		meta.Notices = append(meta.Notices, s)
	}
	meta.Source = &source{
		model: m.proto, input: m.input, inputShape: declared, lead: lead,
		output: m.output, outputShape: out.shape, batch: out.batch, slice: strict && m.slice,
		inputType: im.values[m.input.GetName()].typ, outputType: outputType(out), dtype: im.dtype(),
	}
	last, end, notice, err := im.last(out)
	if err != nil {
		return nil, err
	}
	meta.End = end
	if notice != "" {
		meta.Notices = append(meta.Notices, notice)
	}
	if im.findMeaningless(last); len(im.found) > 0 {
		return nil, im.unsupportedError()
	}
	c, err := findChannels(im.ir, last)
	if err != nil {
		return nil, err
	}
	net, err := c.network(shape[lead:], meta)
	if err != nil {
		return nil, err
	}
	return fold.Network(net), nil
}

func outputType(out *value) elemType {
	if out.isConstant() {
		return out.constant.typ
	}
	return out.typ
}

// last is the node of the network's output, with a node for an output that has none, and
// what the file does with it at last.
func (im *importer) last(out *value) (node int, end *nn.End, notice string, err error) {
	if out.isConstant() {
		node, notice, err = im.constantOutput(out.constant)
		return node, nil, notice, err
	}
	node, end, notice = im.end(out.node)
	node, err = im.beyondInput(node)
	return node, end, notice, err
}

// beyondInput is the node, or one that copies it where it is the input: a network has at
// least one node.
func (im *importer) beyondInput(node int) (int, error) {
	if im.ir[node].kind != irInput {
		return node, nil
	}
	n := im.ir[node].dim
	if err := im.charge(2 * int64(n)); err != nil {
		return 0, err
	}
	ones := make([]float64, n)
	for i := range ones {
		ones[i] = 1
	}
	im.ir = append(im.ir, irNode{
		kind: irScale, in: []int{node}, name: im.output, op: "Identity", role: needed, dim: n,
		scale: nn.Scale{Factor: ones, Shift: make([]float64, n)},
	})
	return len(im.ir) - 1, nil
}

// constantOutput is a layer with zero weights for an output that does not
// depend on the input.
func (im *importer) constantOutput(t *tensor) (node int, notice string, err error) {
	bias, err := t.numbers()
	if err != nil {
		return 0, "", fmt.Errorf("output %q: %w", im.output, err)
	}
	if len(bias) == 0 {
		return 0, "", fmt.Errorf("output %q has shape %v and no numbers", im.output, t.shape)
	}
	in := im.ir[0].dim
	if err := im.charge(int64(in) * int64(len(bias))); err != nil {
		return 0, "", err
	}
	im.note(t)
	im.ir = append(im.ir, irNode{
		kind: irDense, in: []int{0}, name: im.output, op: "Constant", role: needed, dim: len(bias),
		dense: dense{params: nn.Params{Weight: nn.NewMatrix(len(bias), in), Bias: bias}, weight: t, bias: t},
	})
	return len(im.ir) - 1, fmt.Sprintf("output %q does not depend on the input", im.output), nil
}

// findMeaningless records the nodes that have no meaning where they stand among
// those that lead to the given ones.
func (im *importer) findMeaningless(from ...int) {
	reach := make([]bool, len(im.ir))
	for _, v := range from {
		reach[v] = true
	}
	for v, n := range slices.Backward(im.ir) {
		if !reach[v] {
			continue
		}
		for _, in := range n.in {
			reach[in] = true
		}
		switch {
		case n.kind == irEnd:
			im.found[n.pos] = "supported as the last node only"
		case n.kind == irCondition:
			im.found[n.pos] = "supported only as the condition of a Where"
		case n.kind == irIndices:
			im.found[n.pos] = "the output Indices is supported only as that of a Gather in the value channel"
		case n.kind == irMapped:
			im.found[n.pos] = "supported within a smooth function (GELU and its like) only"
		case n.kind.partial():
			im.found[n.pos] = "multiplies two computed values, and is not part of a smooth function or its linearisation"
		}
	}
}
