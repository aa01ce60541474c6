package onnx

import (
	"fmt"
	"io"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/internal/atomicfile"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// The opset that is written: the oldest in which all operators take their
// present form, so that as many runtimes as possible take it. IR version 7 came
// with it.
const (
	writtenOpset = 13
	writtenIR    = 7
	// Dilated averages exist from this opset on, which came with IR version 9.
	dilatedAverageOpset = 19
	dilatedAverageIR    = 9
)

// Names where the network has none.
const (
	defaultInput  = "input"
	defaultOutput = "output"
	batchAxisName = "batch"
)

// WriteOptions say how to write a network.
type WriteOptions struct {
	// DType is the type of all parameters and values in the file; usually
	// net.Meta.DType, that of the source.
	DType nn.DType
	// Provenance says where the network comes from, such as which tool changed which
	// layer: pairs of a key and a value for the model's metadata, whose keys begin with
	// "netmend.".
	Provenance [][2]string
	// Rounded allows that the file holds another network, whose numbers are those of net
	// rounded to DType; see [AsStored].
	Rounded bool
}

// isProvenance tells the keys of provenance, which that of a later change replaces.
func isProvenance(key string) bool { return strings.HasPrefix(key, "netmend.") }

// WriteFile writes the network to the file at path, as [Write] does. The file
// is replaced at once when it is complete; after an error or an interruption it
// is as it was.
func WriteFile(path string, net *nn.Network, opts WriteOptions) error {
	data, _, err := Encode(net, opts)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return atomicfile.WriteBytes(path, data)
}

// Write writes the network as an ONNX model of opset 13 with operators of the default
// domain that ONNX Runtime has in the chosen type. What was read from an ONNX file has
// that file's input, outputs, metadata and end: names, shapes and order are as they were,
// and other outputs are computed as they were. Any other network has one input of shape
// batch x InputShape and one output of shape batch x OutDim.
//
// A decoupled network is written in two channels, as the package comment
// describes; [SameArchitecture] gives one that needs only one, where it exists.
//
// GELU and SiLU in float64 are written in the operators of the standard, which
// ONNX Runtime has in float32 only; so are softplus, softsign and the ELU family.
//
// It fails, with nothing written, where the file would hold another network
// ([ErrOtherNetwork]), where a parameter does not fit the type, for
// a constant activation function, and for operations that this package does not
// know.
func Write(w io.Writer, net *nn.Network, opts WriteOptions) error {
	data, _, err := Encode(net, opts)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

func marshal(net *nn.Network, opts WriteOptions) ([]byte, error) {
	w, err := writeGraph(net, opts.DType)
	if err != nil {
		return nil, err
	}
	m := &onnxpb.ModelProto{
		IrVersion:    proto.Int64(writtenIR),
		ProducerName: proto.String("netmend"),
		Graph:        w.graph,
		OpsetImport:  []*onnxpb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(w.opset)}},
	}
	if w.opset >= dilatedAverageOpset {
		m.IrVersion = proto.Int64(dilatedAverageIR)
	}
	if s := w.source; s != nil {
		s.header(m)
		if len(s.model.GetGraph().GetOutput()) > 1 {
			m.IrVersion = proto.Int64(max(m.GetIrVersion(), s.model.GetIrVersion()))
			for _, o := range s.model.GetOpsetImport() {
				if !isDefaultDomain(o.GetDomain()) {
					m.OpsetImport = append(m.OpsetImport, proto.CloneOf(o))
				}
			}
		}
	}
	if net.Meta.Units != "" {
		m.MetadataProps = append(m.MetadataProps, &onnxpb.StringStringEntryProto{Key: proto.String(unitsKey), Value: proto.String(net.Meta.Units)})
	}
	for _, p := range opts.Provenance {
		if !isProvenance(p[0]) {
			return nil, fmt.Errorf("provenance %q, want a key that begins with \"netmend.\"", p[0])
		}
		m.MetadataProps = append(m.MetadataProps, &onnxpb.StringStringEntryProto{Key: proto.String(p[0]), Value: proto.String(p[1])})
	}
	if n := proto.Size(m); n > maxFile {
		return nil, fmt.Errorf("the model takes %d bytes, more than the %d that an ONNX file can have", n, maxFile)
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(m)
}

// writer builds a graph.
type writer struct {
	net    *nn.Network
	source *source // nil if there is none
	opset  int64
	others int64 // the opset of the nodes that are copied for other outputs
	dtype  nn.DType
	graph  *onnxpb.GraphProto
	// Names of values and of nodes; neither may occur twice.
	values, nodes map[string]bool
	// params, scales and scalars name the initialisers written so far. Channels
	// with the same parameters use the same ones.
	params  map[*nn.Params][2]string
	scales  map[scaleKey][2]string
	scalars map[float64]string
	// form is the shape of a sample of a value, without the batch axis; none for a
	// flat one.
	form map[string][]int
	// forms names what values are in other shapes, by value and shape.
	forms    map[string]string
	flatName map[string]string
	// maxima is the operator of a MaxPool, by its result.
	maxima map[string]*onnxpb.NodeProto
}

// opsetFor is the opset that a network takes: a later one for a dilated average.
func opsetFor(net *nn.Network) int64 {
	for _, node := range net.Nodes {
		if a, ok := node.Op.(*nn.AveragePool); ok && a.Dilation != [2]int{1, 1} {
			return dilatedAverageOpset
		}
	}
	return writtenOpset
}

// writeGraph writes all nodes of a network.
func writeGraph(net *nn.Network, t nn.DType) (*writer, error) {
	w := &writer{
		net: net, source: sourceOf(net), opset: opsetFor(net), dtype: t, graph: &onnxpb.GraphProto{Name: proto.String("network")},
		values: map[string]bool{"": true}, nodes: map[string]bool{"": true},
		params: map[*nn.Params][2]string{}, scales: map[scaleKey][2]string{}, scalars: map[float64]string{},
		form: map[string][]int{}, forms: map[string]string{}, flatName: map[string]string{},
		maxima: map[string]*onnxpb.NodeProto{},
	}
	input := unique(w.values, orElse(net.Meta.InputName, defaultInput))
	output := unique(w.values, orElse(net.Meta.OutputName, defaultOutput))
	shape := net.InputShape
	if len(shape) == 0 {
		shape = []int{1}
	}
	if s := w.source; s != nil {
		return w, w.replace(s, input, output, shape)
	}
	w.graph.Input = []*onnxpb.ValueInfoProto{w.valueInfo(input, shape)}
	w.graph.Output = []*onnxpb.ValueInfoProto{w.ownOutput(output)}
	if len(shape) > 1 {
		w.form[input] = shape
		w.flatName[input] = "flatten"
	}
	y, err := w.channels(input)
	if err != nil {
		return nil, err
	}
	if net.Meta.End != nil {
		if y, err = w.end(net.Meta.End, y); err != nil {
			return nil, err
		}
	}
	w.rename(w.as(y, nil), output)
	return w, nil
}

// replace writes the graph so that it can stand in the place of the source's.
func (w *writer) replace(s *source, input, output string, sample []int) error {
	for _, out := range s.model.GetGraph().GetOutput() {
		w.values[out.GetName()] = true
		if out.GetName() == s.output {
			w.graph.Output = []*onnxpb.ValueInfoProto{w.declaredOutput(s, out)}
		}
	}
	if g := s.model.GetGraph(); len(g.GetOutput()) > 1 {
		version := int64(0)
		for _, o := range s.model.GetOpsetImport() {
			if isDefaultDomain(o.GetDomain()) {
				version = o.GetVersion()
			}
		}
		if w.others = version; w.opset > writtenOpset && version < w.opset {
			return fmt.Errorf("the file has %d outputs and is of opset %d: those beside %q cannot be copied to a file of opset %d; convert it to opset %d first",
				len(g.GetOutput()), version, s.output, w.opset, w.opset)
		}
		w.opset = max(w.opset, version)
	}
	w.graph.Name = s.model.GetGraph().Name
	if w.graph.GetName() == "" {
		w.graph.Name = proto.String("network")
	}
	w.graph.DocString = s.model.GetGraph().DocString
	w.graph.Input = []*onnxpb.ValueInfoProto{w.declared(s.input)}
	x, err := w.sourceInput(s, input, sample)
	if err != nil {
		return err
	}
	y, err := w.channels(x)
	if err != nil {
		return err
	}
	if y, err = w.sourceOutput(s, w.net.Meta.End, y); err != nil {
		return err
	}
	w.rename(y, output)
	return w.otherOutputs(s)
}

// rename gives a value another name.
func (w *writer) rename(from, to string) {
	for _, n := range w.graph.Node {
		for _, names := range [][]string{n.Input, n.Output} {
			for i, name := range names {
				if name == from {
					names[i] = to
				}
			}
		}
	}
}

// channels writes the nodes of the network, given the name of its input, and
// returns that of its output.
func (w *writer) channels(x string) (string, error) {
	plan := planChannels(w.net)
	act, val := map[int]string{nn.Input: x}, map[int]string{nn.Input: x}
	for i := range w.net.Nodes {
		node := &w.net.Nodes[i]
		name := node.Name
		if name == "" {
			name = fmt.Sprintf("%s_%d", node.Op.Kind(), i)
		}
		err := w.both(i, name, plan, act, val)
		if err != nil {
			return "", fmt.Errorf("node %d (%s %q): %w", i, node.Op.Kind(), node.Name, err)
		}
	}
	return val[len(w.net.Nodes)-1], nil
}

// both writes node i in the channels that the plan wants.
func (w *writer) both(i int, name string, plan channelPlan, act, val map[int]string) (err error) {
	node := &w.net.Nodes[i]
	names := func(of map[int]string) []string {
		in := make([]string, len(node.Inputs))
		for k, j := range node.Inputs {
			in[k] = of[j]
		}
		return in
	}
	if !plan.split[i] {
		val[i], err = w.plain(node.Op, name, names(val), nn.ActivationChannel)
		act[i] = val[i]
		return err
	}
	valueName := name
	if plan.activation[i] {
		if act[i], err = w.plain(node.Op, name, names(act), nn.ActivationChannel); err != nil {
			return err
		}
		valueName = name + valueSuffix
	}
	z, v := names(act), names(val)
	switch f := node.Op.(type) {
	case nn.Activation:
		pair := w.alike([]string{z[0], v[0]})
		val[i], err = w.linearized(f, valueName, pair[0], pair[1], act[i])
	case nn.Selection:
		val[i], err = w.chosen(f, valueName, z, v, act[i])
	default:
		val[i], err = w.plain(node.Op, valueName, v, nn.ValueChannel)
	}
	return err
}

// channelPlan says which nodes are written in which channel.
type channelPlan struct {
	// split nodes have a value in the value channel that differs from the one in
	// the activation channel.
	split []bool
	// activation marks the split nodes whose activation channel is written too:
	// those that an activation or a later layer with value parameters needs.
	activation []bool
}

func planChannels(net *nn.Network) channelPlan {
	p := channelPlan{split: make([]bool, len(net.Nodes)), activation: make([]bool, len(net.Nodes))}
	for i, node := range net.Nodes {
		a, ok := node.Op.(nn.Affine)
		p.split[i] = ok && a.Decoupled()
		p.activation[i] = p.split[i]
		for _, in := range node.Inputs {
			p.split[i] = p.split[i] || (in != nn.Input && p.split[in])
		}
	}
	for i := len(net.Nodes) - 1; i >= 0; i-- {
		_, affine := net.Nodes[i].Op.(nn.Affine)
		for _, in := range net.Nodes[i].Inputs {
			if in != nn.Input && p.split[in] && (!affine || p.activation[i]) {
				p.activation[in] = true
			}
		}
	}
	return p
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// unique returns a name that is not taken yet, and takes it.
func unique(taken map[string]bool, name string) string {
	u := name
	for i := 1; taken[u]; i++ {
		u = fmt.Sprintf("%s_%d", name, i)
	}
	taken[u] = true
	return u
}

// ownOutput declares the output of a network that stands in no file's place.
func (w *writer) ownOutput(name string) *onnxpb.ValueInfoProto {
	e := w.net.Meta.End
	if e == nil {
		return w.valueInfo(name, []int{w.net.OutDim()})
	}
	v := w.valueInfo(name, []int{e.OutDim()})
	if e.Kind == nn.EndArgMax {
		v.GetType().GetTensorType().ElemType = proto.Int32(int32(typeInt64))
	}
	return v
}

func (w *writer) valueInfo(name string, sample []int) *onnxpb.ValueInfoProto {
	dims := []*onnxpb.TensorShapeProto_Dimension{
		{Value: &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: batchAxisName}},
	}
	for _, d := range sample {
		dims = append(dims, &onnxpb.TensorShapeProto_Dimension{
			Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: int64(d)},
		})
	}
	return &onnxpb.ValueInfoProto{
		Name: proto.String(name),
		Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: &onnxpb.TypeProto_Tensor{
			ElemType: proto.Int32(int32(w.elemType())),
			Shape:    &onnxpb.TensorShapeProto{Dim: dims},
		}}},
	}
}
