package onnx

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/fold"
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
}

// ReadFile reads the model at path; see [Read].
func ReadFile(path string, opts ReadOptions) (*nn.Network, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f, path, opts)
}

// gzipMagic starts a compressed file; no ONNX model starts so.
var gzipMagic = []byte{0x1f, 0x8b}

// Read reads an ONNX model as a network, as the package comment describes. It may
// be compressed by gzip. The name is that of the file, for messages.
//
// Errors name the file and, where it concerns one, the node, with the shape
// found and the shape wanted. Nodes that are not supported give an
// [UnsupportedError] that lists all of them. Memory is bounded by a multiple of
// the file's size plus 512 MiB for what its constants expand to.
func Read(r io.Reader, name string, opts ReadOptions) (*nn.Network, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if bytes.HasPrefix(data, gzipMagic) {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err == nil {
			data, err = io.ReadAll(io.LimitReader(z, maxFile+1))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: more than %d bytes, the most that an ONNX file can have", name, maxFile)
	}
	return read(data, name, opts, maxExpanded)
}

// read is [Read] with a bound on the numbers that constants expand to.
func read(data []byte, name string, opts ReadOptions, expand int64) (*nn.Network, error) {
	n, err := readModel(data, name, opts, expand)
	var u *UnsupportedError
	if err != nil && !errors.As(err, &u) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return n, err
}

func readModel(data []byte, name string, opts ReadOptions, expand int64) (*nn.Network, error) {
	m, err := parse(data, name, opts.Output)
	if err != nil {
		return nil, err
	}
	shape, err := m.inputShape()
	if err != nil {
		return nil, errors.Join(m.unsupportedOperators(), err) // all reasons at once
	}
	declared, acted, err := m.batchAxes(shape)
	if err != nil {
		return nil, errors.Join(m.unsupportedOperators(), err)
	}
	n, err := m.network(shape, acted, expand)
	var mixes shapeError
	if acted > declared && errors.As(err, &mixes) {
		// The entries along a fixed axis are treated differently: it is no batch
		// axis.
		if whole, err := m.network(shape, declared, expand); err == nil {
			return whole, nil
		}
	}
	return n, err
}

// network reads the model with the given number of leading batch axes.
func (m *model) network(shape []int, batch int, expand int64) (*nn.Network, error) {
	im := newImporter(m, shape, batch, expand)
	if err := im.run(); err != nil {
		return nil, err
	}
	out, err := im.lookupValue(m.output)
	if err != nil {
		return nil, fmt.Errorf("output %q: %w", m.output, err)
	}
	meta := nn.Meta{
		Format: Format, InputName: m.input.GetName(), OutputName: m.output,
		DType: im.dtype(), Units: m.units,
	}
	for i, d := range shape[:batch] {
		if d > 1 {
			meta.Notices = append(meta.Notices, fmt.Sprintf(
				"axis %d of input %q, of size %d, is a batch axis: the first product acts on axis %d",
				i, m.input.GetName(), d, batch,
			))
		}
	}
	last, notice, err := im.last(out)
	if err != nil {
		return nil, err
	}
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
	net, err := c.network(shape[batch:], meta)
	if err != nil {
		return nil, err
	}
	return fold.Network(net), nil
}

// last is the node of the network's output: without a final Softmax, which is
// dropped with a notice, and with a node for an output that has none.
func (im *importer) last(out *value) (node int, notice string, err error) {
	switch {
	case out.isConstant():
		return im.constantOutput(out.constant)
	case im.ir[out.node].kind == irSoftmax:
		s := im.ir[out.node]
		out = &value{node: s.in[0], shape: out.shape}
		notice = fmt.Sprintf("the final Softmax %q is dropped: outputs are its inputs, in the same order of size", s.name)
	}
	if im.ir[out.node].kind != irInput {
		return out.node, notice, nil
	}
	// A network has at least one node.
	n := im.ir[out.node].dim
	if err := im.charge(2 * int64(n)); err != nil {
		return 0, "", err
	}
	ones := make([]float64, n)
	for i := range ones {
		ones[i] = 1
	}
	im.ir = append(im.ir, irNode{
		kind: irScale, in: []int{out.node}, name: im.output, op: "Identity", role: needed, dim: n,
		scale: nn.Scale{Factor: ones, Shift: make([]float64, n)},
	})
	return len(im.ir) - 1, notice, nil
}

// constantOutput is a layer with zero weights for an output that does not
// depend on the input.
func (im *importer) constantOutput(t *tensor) (node int, notice string, err error) {
	bias, err := t.asFloats()
	if err != nil {
		return 0, "", fmt.Errorf("output %q: %w", im.output, err)
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
		case n.kind == irSoftmax:
			im.found[n.pos] = "supported as the last node only"
		case n.kind == irCondition:
			im.found[n.pos] = "supported as the condition of a Where only"
		case n.kind == irIndices:
			im.found[n.pos] = "the output Indices is supported as that of a Gather in the value channel only"
		case n.kind == irMapped:
			im.found[n.pos] = "supported within a smooth function (GELU and its like) only"
		case n.kind.partial():
			im.found[n.pos] = "multiplies two computed values, and is no part of a smooth function or its linearisation"
		}
	}
}
