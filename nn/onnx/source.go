package onnx

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// source is what the writer keeps of the file that a network was read from, so that what
// is written can stand in its place: how it declares its input and outputs, its metadata,
// and the nodes of its other outputs.
type source struct {
	model *onnxpb.ModelProto
	input *onnxpb.ValueInfoProto
	// inputShape is as declared, with 0 for symbolic sizes; the first lead axes are of a
	// batch or of slices.
	inputShape []int
	lead       int
	// output is the chosen one, and outputShape its shape for an input whose leading axes
	// have size 1; batch of its axes are known to be those of the input.
	output      string
	outputShape []int
	batch       int
	slice       bool
	// inputType and outputType are those in which a runtime has them.
	inputType, outputType elemType
	dtype                 nn.DType // of its parameters
}

// readOptionsOf are the options with which what is written of a network is read as that
// network again.
func readOptionsOf(net *nn.Network) ReadOptions {
	s, ok := net.Meta.Source.(*source)
	if !ok {
		return ReadOptions{}
	}
	return ReadOptions{Output: s.output, Slice: s.slice}
}

// sourceOf is the source of a network that still has its shapes; nil if it has none.
func sourceOf(net *nn.Network) *source {
	s, ok := net.Meta.Source.(*source)
	if !ok {
		return nil
	}
	in, _ := size(s.inputShape[s.lead:])
	out, _ := size(s.outputShape)
	own := net.OutDim()
	if net.Meta.End != nil {
		own = net.Meta.End.OutDim()
	}
	if in != net.InDim() || out != own || s.input.GetName() != net.Meta.InputName || s.output != net.Meta.OutputName {
		return nil
	}
	return s
}

// leadSizes are the sizes of the leading axes for a Reshape: -1 for the first one, which
// is free or 1, and what is declared for the others; false if that leaves two free.
func (s *source) leadSizes() ([]int64, bool) {
	dims := make([]int64, s.lead)
	for i, d := range s.inputShape[:s.lead] {
		dims[i] = int64(d)
		if i == 0 && d < 2 {
			dims[i] = -1
		}
	}
	return dims, !slices.Contains(dims, 0)
}

// outputDims are the sizes of the output for a Reshape.
func (s *source) outputDims() ([]int64, error) {
	var dims []int64
	shape := s.outputShape
	switch {
	case s.lead == 1 && len(shape) > 0 && shape[0] == 1:
		dims, shape = []int64{-1}, shape[1:]
	case s.batch == s.lead && s.lead > 0:
		lead, ok := s.leadSizes()
		if !ok {
			return nil, fmt.Errorf("the file has %d leading axes of any size: how they share the entries of the output cannot be written", s.lead)
		}
		dims, shape = lead, shape[s.lead:]
	}
	for _, d := range shape {
		dims = append(dims, int64(d))
	}
	return dims, nil
}

// header is a model without nodes that says what the source's says.
func (s *source) header(m *onnxpb.ModelProto) {
	m.Domain, m.ModelVersion, m.DocString = s.model.Domain, s.model.ModelVersion, s.model.DocString
	for _, p := range s.model.GetMetadataProps() {
		if key := p.GetKey(); key != unitsKey && !isProvenance(key) {
			m.MetadataProps = append(m.MetadataProps, proto.CloneOf(p))
		}
	}
}

// declared is a value as the source declares it, of the type that is written.
func (w *writer) declared(v *onnxpb.ValueInfoProto) *onnxpb.ValueInfoProto {
	c := proto.CloneOf(v)
	if t := c.GetType().GetTensorType(); t != nil && isFloatType(elemType(t.GetElemType())) && !w.keepsType(elemType(t.GetElemType())) {
		t.ElemType = proto.Int32(int32(w.elemType()))
	}
	return c
}

// declaredOutput is the output as the source declares it, with its type and shape where
// that says nothing.
func (w *writer) declaredOutput(s *source, v *onnxpb.ValueInfoProto) *onnxpb.ValueInfoProto {
	c := w.declared(v)
	dims, err := s.outputDims()
	if c.GetType() != nil || err != nil {
		return c
	}
	shape := &onnxpb.TensorShapeProto{}
	for _, d := range dims {
		dim := &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: d}}
		if d < 0 {
			dim.Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: batchAxisName}
		}
		shape.Dim = append(shape.Dim, dim)
	}
	typ := w.elemType()
	switch e := w.net.Meta.End; {
	case e != nil && e.Kind == nn.EndArgMax:
		typ = typeInt64
	case w.keepsType(s.outputType) && precision(s.outputType) > precision(typ):
		typ = s.outputType
	}
	c.Type = &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: &onnxpb.TypeProto_Tensor{
		ElemType: proto.Int32(int32(typ)), Shape: shape,
	}}}
	return c
}

// keepsType reports whether an input or output of a type keeps it. float16 becomes the type
// of the file, and so do all where the file is written in another type than the source's.
func (w *writer) keepsType(t elemType) bool {
	return w.dtype == w.source.dtype && (t == typeFloat32 || t == typeFloat64)
}

// typed casts a value to a type that has all its numbers, where that is another.
func (w *writer) typed(x, name string, from, to elemType) string {
	if !w.keepsType(from) || !w.keepsType(to) || precision(from) >= precision(to) {
		return x
	}
	return w.node("Cast", name, []string{x}, intAttr("to", int64(to)))
}

func isFloatType(t elemType) bool { return (&tensor{typ: t}).isFloat() }

// sourceInput brings the input into the form of a batch of samples.
func (w *writer) sourceInput(s *source, x string, sample []int) (string, error) {
	x = w.typed(x, "input_type", s.inputType, w.elemType())
	if s.lead == 1 {
		if len(sample) > 1 {
			w.form[x] = sample
			w.flatName[x] = "flatten"
		}
		return x, nil
	}
	target := []int64{-1}
	if s.lead == 0 {
		target[0] = 1
	}
	for _, d := range sample {
		target = append(target, int64(d))
	}
	y := w.node("Reshape", "sample", []string{x, w.ints("sample.shape", target)})
	delete(w.form, y)
	if len(sample) > 1 {
		w.form[y] = sample
	}
	return y, nil
}

// sourceOutput ends the graph as the source does, and gives the output its shape.
func (w *writer) sourceOutput(s *source, end *nn.End, y string) (string, error) {
	dims, err := s.outputDims()
	if err != nil {
		return "", err
	}
	if end != nil {
		if y, err = w.end(end, y); err != nil {
			return "", err
		}
	}
	if s.lead == 1 && len(dims) > 1 && dims[0] == -1 {
		var sample []int
		if len(dims) > 2 {
			for _, d := range dims[1:] {
				sample = append(sample, int(d))
			}
		}
		y = w.as(y, sample)
	} else {
		y = w.node("Reshape", "output_shape", []string{w.as(y, nil), w.ints("output.shape", dims)})
	}
	if end != nil && end.Kind == nn.EndArgMax {
		return y, nil
	}
	return w.typed(y, "output_type", w.elemType(), s.outputType), nil
}

// end writes what comes after the network.
func (w *writer) end(e *nn.End, y string) (string, error) {
	if e.Kind == nn.EndSigmoid {
		return w.node(nn.KindSigmoid, "sigmoid", []string{y}), nil
	}
	axis := 1
	if e.Outer > 1 || e.Inner > 1 {
		y, axis = w.as(y, []int{e.Outer, e.Axis, e.Inner}), 2
	} else {
		y = w.as(y, nil)
	}
	switch e.Kind {
	case nn.EndSoftmax:
		return w.node("Softmax", "softmax", []string{y}, intAttr("axis", int64(axis))), nil
	case nn.EndLogSoftmax:
		return w.node("LogSoftmax", "log_softmax", []string{y}, intAttr("axis", int64(axis))), nil
	case nn.EndArgMax:
		attrs := []*onnxpb.AttributeProto{intAttr("axis", int64(axis)), intAttr("keepdims", 0)}
		if e.Last {
			attrs = append(attrs, intAttr("select_last_index", 1))
		}
		keep := axis == 1
		if keep {
			attrs[1] = intAttr("keepdims", 1)
		}
		z := w.node("ArgMax", "arg_max", []string{y}, attrs...)
		delete(w.form, z)
		if !keep {
			w.form[z] = []int{e.Outer, e.Inner}
		}
		return z, nil
	}
	return "", fmt.Errorf("a final %s cannot be written as ONNX", e.Kind)
}

// otherOutputs adds the source's nodes for its other outputs, which stay as they are, and
// lists all outputs in their order. What they compute from the chosen output they compute
// from the one that is written.
func (w *writer) otherOutputs(s *source) error {
	g := s.model.GetGraph()
	if len(g.GetOutput()) < 2 {
		return nil
	}
	if s.inputType == typeFloat16 {
		return fmt.Errorf("the file has %d outputs in float16: those beside %q cannot be copied to a file in %v", len(g.GetOutput()), s.output, w.dtype)
	}
	producer := map[string]*onnxpb.NodeProto{}
	for _, n := range g.GetNode() {
		for _, out := range n.GetOutput() {
			producer[out] = n
		}
	}
	inits := map[string]*onnxpb.TensorProto{}
	for _, t := range g.GetInitializer() {
		inits[t.GetName()] = t
	}
	c := &copier{w: w, producer: producer, inits: inits, names: map[string]string{
		"": "", s.input.GetName(): w.graph.Input[0].GetName(), s.output: w.graph.Output[0].GetName(),
	}, done: map[*onnxpb.NodeProto]bool{}}
	chosen := w.graph.Output[0]
	w.graph.Output = nil
	for _, out := range g.GetOutput() {
		if out.GetName() == s.output {
			w.graph.Output = append(w.graph.Output, chosen)
			continue
		}
		if c.names[out.GetName()] = out.GetName(); inits[out.GetName()] != nil {
			w.graph.Initializer = append(w.graph.Initializer, proto.CloneOf(inits[out.GetName()]))
		}
		w.graph.Output = append(w.graph.Output, proto.CloneOf(out))
	}
	for _, out := range g.GetOutput() {
		if out.GetName() == s.output {
			continue
		}
		if err := c.copy(out.GetName()); err != nil {
			return err
		}
	}
	return nil
}

// copier copies nodes under names that are not taken.
type copier struct {
	w        *writer
	producer map[string]*onnxpb.NodeProto
	inits    map[string]*onnxpb.TensorProto
	names    map[string]string
	done     map[*onnxpb.NodeProto]bool
}

// copy adds what computes a value of the source; its inputs first, without recursion: a
// chain may be long.
func (c *copier) copy(value string) error {
	stack := []string{value}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		n := c.producer[v]
		if t := c.inits[v]; t != nil && c.names[v] == "" {
			c.names[v] = unique(c.w.values, v)
			t = proto.CloneOf(t)
			t.Name = proto.String(c.names[v])
			c.w.graph.Initializer = append(c.w.graph.Initializer, t)
		}
		if n == nil || c.done[n] || slices.Contains(n.GetOutput(), c.w.source.output) {
			stack = stack[:len(stack)-1]
			continue
		}
		ready := true
		for _, in := range n.GetInput() {
			p := c.producer[in]
			if p != nil && !c.done[p] && in != c.w.source.output || c.inits[in] != nil && c.names[in] == "" {
				stack, ready = append(stack, in), false
			}
		}
		if !ready {
			continue
		}
		c.done[n] = true
		stack = stack[:len(stack)-1]
		m := proto.CloneOf(n)
		m.Name = proto.String(unique(c.w.nodes, nodeName(n)))
		for i, in := range m.Input {
			m.Input[i] = c.names[in]
		}
		for i, out := range m.Output {
			if out != "" && c.names[out] == "" {
				c.names[out] = unique(c.w.values, out)
			}
			m.Output[i] = c.names[out]
		}
		nodes, err := c.w.upgraded(m, c.w.others)
		if err != nil {
			return err
		}
		c.w.graph.Node = append(c.w.graph.Node, nodes...)
	}
	return nil
}
