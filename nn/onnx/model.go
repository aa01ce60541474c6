package onnx

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/internal/within"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// Opsets of the default domain that the reader knows.
const (
	minOpset = 7
	maxOpset = 20
)

// model is a decoded file whose graph has been checked: every value is defined
// once, there is one real input, and one output is chosen.
type model struct {
	ctx   context.Context
	file  string
	bytes int
	opset int64
	proto *onnxpb.ModelProto
	graph *onnxpb.GraphProto
	// nodes are the graph's nodes in topological order.
	nodes []*onnxpb.NodeProto
	slice bool   // one slice is asked for
	units string // the metadata property unitsKey

	input  *onnxpb.ValueInfoProto
	output string
	inits  map[string]*onnxpb.TensorProto
	// uses counts the consumers of a value, graph outputs included.
	uses map[string]int
	// role tells for each node whether to read it.
	role []role

	tensors map[*onnxpb.TensorProto]*tensor // decoded so far
}

// role is what a node is for.
type role uint8

const (
	// unneeded nodes lead only to outputs that were not asked for.
	unneeded role = iota
	// needed nodes lead to the chosen output.
	needed
	// dangling nodes lead to no output of the graph at all. They can be the end
	// of the activation channel of a decoupled network.
	dangling
)

// parse decodes a model and checks the structure of its graph.
func parse(ctx context.Context, data []byte, file, output string) (*model, error) {
	p := &onnxpb.ModelProto{}
	if err := within.Need(ctx, int64(len(data)), reading); err != nil { // tensors are copied
		return nil, err
	}
	if err := proto.Unmarshal(data, p); err != nil {
		return nil, fmt.Errorf("not an ONNX model, or damaged: %w", err)
	}
	if err := within.Need(ctx, decoded(p.GetGraph()), reading); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if p.GetGraph() == nil {
		return nil, errors.New("not an ONNX model, or damaged: it has no graph")
	}
	m := &model{
		ctx: ctx, file: file, bytes: len(data), proto: p, graph: p.GetGraph(), output: output,
		inits:   map[string]*onnxpb.TensorProto{},
		uses:    map[string]int{},
		tensors: map[*onnxpb.TensorProto]*tensor{},
	}
	for _, prop := range p.GetMetadataProps() {
		if prop.GetKey() == unitsKey {
			m.units = prop.GetValue()
		}
	}
	for _, step := range []func() error{
		func() error { return m.chooseOpset(p) },
		m.indexInitializers, m.chooseInput, m.chooseOutput, m.sort,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	m.assignRoles()
	return m, nil
}

func (m *model) chooseOpset(p *onnxpb.ModelProto) error {
	for _, f := range p.GetFunctions() {
		if isDefaultDomain(f.GetDomain()) {
			return fmt.Errorf("the model has a function %q of its own in the default domain: runtimes disagree about whether it stands for the operator", f.GetName())
		}
	}
	found := false
	for _, o := range p.GetOpsetImport() {
		if !isDefaultDomain(o.GetDomain()) {
			continue
		}
		if found && m.opset != o.GetVersion() {
			return fmt.Errorf("the model says that it is of opset %d and of opset %d", m.opset, o.GetVersion())
		}
		if found, m.opset = true, o.GetVersion(); m.opset < minOpset || m.opset > maxOpset {
			return fmt.Errorf("the model is of opset %d, want %d to %d", m.opset, minOpset, maxOpset)
		}
	}
	if found {
		return nil
	}
	return errors.New("the model does not say which opset of the default domain it is written for")
}

func isDefaultDomain(d string) bool { return d == "" || d == "ai.onnx" }

func (m *model) indexInitializers() error {
	for _, t := range m.graph.GetSparseInitializer() {
		return fmt.Errorf("initialiser %q is sparse, which is not supported: store it as an ordinary tensor", t.GetValues().GetName())
	}
	for i, t := range m.graph.GetInitializer() {
		switch {
		case t.GetName() == "":
			return fmt.Errorf("initialiser %d has no name", i)
		case m.inits[t.GetName()] != nil:
			return fmt.Errorf("there are two initialisers %q", t.GetName())
		}
		m.inits[t.GetName()] = t
	}
	return nil
}

// chooseInput finds the one input that is not an initialiser: files of IR
// version 3 list those among the inputs.
func (m *model) chooseInput() error {
	var names []string
	for _, in := range m.graph.GetInput() {
		if m.inits[in.GetName()] == nil {
			m.input = in
			names = append(names, fmt.Sprintf("%q", in.GetName()))
		}
	}
	if len(names) != 1 {
		return fmt.Errorf("the model has %d inputs%s, want one", len(names), list(names))
	}
	if m.input.GetName() == "" {
		return errors.New("the model's input has no name")
	}
	return nil
}

func (m *model) chooseOutput() error {
	var names []string
	found := false
	for _, out := range m.graph.GetOutput() {
		names = append(names, fmt.Sprintf("%q", out.GetName()))
		m.uses[out.GetName()]++
		found = found || out.GetName() == m.output
	}
	switch {
	case m.output != "" && found:
		return nil
	case m.output != "":
		return fmt.Errorf("the model has no output %q, only%s", m.output, list(names))
	case len(names) != 1:
		return fmt.Errorf("the model has %d outputs%s, want one: choose it by name", len(names), list(names))
	}
	m.output = m.graph.GetOutput()[0].GetName()
	return nil
}

// list is a list of names for people, with a space before it.
func list(names []string) string {
	if len(names) == 0 {
		return ""
	}
	const most = 10
	if len(names) > most {
		return fmt.Sprintf(" (%s, and %d more)", strings.Join(names[:most], ", "), len(names)-most)
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// sort brings the nodes into topological order, with as few moves as that
// takes, and counts the uses of values. The standard wants files in that order
// already; real ones are not always.
func (m *model) sort() error {
	producer, err := m.producers()
	if err != nil {
		return err
	}
	nodes := m.graph.GetNode()
	// A node is pushed twice on its way: to visit its inputs, then to be placed.
	const (
		untouched = iota
		visiting
		placed
	)
	state := make([]uint8, len(nodes))
	var stack []int
	for i := range nodes {
		stack = append(stack, i)
		for len(stack) > 0 {
			j := stack[len(stack)-1]
			if state[j] != untouched {
				stack = stack[:len(stack)-1]
				if state[j] == visiting {
					state[j] = placed
					m.nodes = append(m.nodes, nodes[j])
				}
				continue
			}
			state[j] = visiting
			for _, in := range slices.Backward(nodes[j].GetInput()) {
				k, ok := producer[in]
				switch {
				case in == "" || in == m.input.GetName() || m.inits[in] != nil:
				case !ok:
					return fmt.Errorf("%s: input %q is no input of the model, no initialiser and no node's output",
						label(nodes[j]), in)
				case state[k] == visiting:
					return fmt.Errorf("%s: input %q is the output of %s, which depends on it: the graph has a cycle",
						label(nodes[j]), in, label(nodes[k]))
				case state[k] == untouched:
					stack = append(stack, k)
				}
			}
		}
	}
	for _, n := range nodes {
		for _, in := range n.GetInput() {
			m.uses[in]++
		}
	}
	return nil
}

// producers maps each value to the index of the node that computes it.
func (m *model) producers() (map[string]int, error) {
	nodes := m.graph.GetNode()
	producer := map[string]int{}
	for i, n := range nodes {
		for _, out := range n.GetOutput() {
			if out == "" {
				continue
			}
			if j, ok := producer[out]; ok {
				return nil, fmt.Errorf("%s: value %q is already the output of %s", label(n), out, label(nodes[j]))
			}
			if out == m.input.GetName() || m.inits[out] != nil {
				return nil, fmt.Errorf("%s: value %q is already an input or an initialiser", label(n), out)
			}
			producer[out] = i
		}
	}
	if _, ok := producer[m.output]; !ok && m.output != m.input.GetName() && m.inits[m.output] == nil {
		return nil, fmt.Errorf("the model's output %q is not the output of any node", m.output)
	}
	return producer, nil
}

// assignRoles walks the graph backwards, once from the chosen output and once
// from all outputs.
func (m *model) assignRoles() {
	m.role = make([]role, len(m.nodes))
	chosen, wanted := map[string]bool{m.output: true}, map[string]bool{}
	for _, out := range m.graph.GetOutput() {
		wanted[out.GetName()] = true
	}
	for i, n := range slices.Backward(m.nodes) {
		isChosen, leads := false, false
		for _, out := range n.GetOutput() {
			isChosen = isChosen || chosen[out]
			leads = leads || wanted[out]
		}
		switch {
		case isChosen:
			m.role[i] = needed
		case !leads:
			m.role[i] = dangling
		}
		for _, in := range n.GetInput() {
			if in != "" && isChosen {
				chosen[in] = true
			}
			if in != "" && leads {
				wanted[in] = true
			}
		}
	}
}

// unsupportedOperators lists the needed nodes whose operator is not supported;
// nil if there is none.
func (m *model) unsupportedOperators() error {
	e := &UnsupportedError{File: m.file}
	for i, n := range m.nodes {
		if _, err := lookup(n); err != nil && m.role[i] == needed {
			e.Nodes = append(e.Nodes, UnsupportedNode{Name: nodeName(n), Op: opName(n)})
		}
	}
	if len(e.Nodes) == 0 {
		return nil
	}
	return e
}

// decoded is how many bytes the initialisers of a graph take as float64 or int64, beside
// their data.
func decoded(g *onnxpb.GraphProto) int64 {
	const number = 8
	var bytes int64
	for _, t := range g.GetInitializer() {
		width, typed := layout(t, elemType(t.GetDataType()))
		switch {
		case width == 0:
		case len(t.GetRawData()) > 0:
			bytes += int64(len(t.GetRawData()) / width * number)
		case width < number:
			bytes += int64(typed) * number
		}
	}
	return bytes
}

// initializer returns a decoded initialiser.
func (m *model) initializer(name string) (*tensor, error) {
	p := m.inits[name]
	if t := m.tensors[p]; t != nil {
		return t, nil
	}
	t, err := decodeTensor(p)
	if err == nil {
		m.tensors[p] = t
	}
	return t, err
}

// inputShape reads the declared shape of the model's input; symbolic sizes are
// 0.
func (m *model) inputShape() ([]int, error) {
	tt := m.input.GetType().GetTensorType()
	if tt == nil || tt.GetShape() == nil {
		return nil, fmt.Errorf("the model's input %q has no declared shape", m.input.GetName())
	}
	if t := elemType(tt.GetElemType()); t != typeFloat16 && t != typeFloat32 && t != typeFloat64 {
		return nil, fmt.Errorf("the model's input %q has element type %v, want float16, float32 or float64",
			m.input.GetName(), typeName(t))
	}
	if n := len(tt.GetShape().GetDim()); n > maxRank {
		return nil, fmt.Errorf("the model's input %q has %d axes, want at most %d", m.input.GetName(), n, maxRank)
	}
	var shape []int
	for _, d := range tt.GetShape().GetDim() {
		v, ok := d.GetValue().(*onnxpb.TensorShapeProto_Dimension_DimValue)
		switch {
		case !ok || v.DimValue == -1: // as some exporters write symbolic sizes, or 0
			shape = append(shape, 0)
		case v.DimValue < 0 || v.DimValue > maxAxis:
			return nil, fmt.Errorf("the model's input %q has an axis of size %d, want 1 to %d",
				m.input.GetName(), v.DimValue, maxAxis)
		default:
			shape = append(shape, int(v.DimValue))
		}
	}
	return shape, nil
}

// maxAxis is the largest size of an axis of the input.
const maxAxis = 1<<31 - 1

// label names a node in messages.
func label(n *onnxpb.NodeProto) string { return fmt.Sprintf("node %q (%s)", nodeName(n), opName(n)) }

// nodeName is a node's name or, where it has none, that of its first output.
func nodeName(n *onnxpb.NodeProto) string {
	if n.GetName() == "" && len(n.GetOutput()) > 0 {
		return n.GetOutput()[0]
	}
	return n.GetName()
}

// opName is a node's operator, with its domain where that is not the default.
func opName(n *onnxpb.NodeProto) string {
	if isDefaultDomain(n.GetDomain()) {
		return n.GetOpType()
	}
	return n.GetDomain() + "." + n.GetOpType()
}
