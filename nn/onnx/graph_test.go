package onnx

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
)

// graphMaker makes models at random, most of them valid. It decides by next,
// which returns a number in [0, n).
type graphMaker struct {
	next  func(n int) int
	b     *modelBuilder
	opset int64
	// computed and constants are the values so far; shapes holds the shape of
	// each for one sample.
	computed, constants []string
	shapes              map[string][]int64
	count               int
}

// randomModel makes a model of up to 10 nodes from the operators that can be
// read.
func randomModel(next func(n int) int) *modelBuilder {
	g := &graphMaker{next: next, opset: int64(minOpset + next(maxOpset-minOpset+1)), shapes: map[string][]int64{}}
	shape := g.shape(1 + next(3))
	declared := append([]int64{}, shape...)
	if len(shape) > 1 && g.oneIn(2) {
		declared[0], shape[0] = -1, 1
	}
	g.b = newModel(g.opset, declared...)
	g.computed, g.shapes["x"] = []string{"x"}, shape
	for range 1 + next(10) {
		g.step()
	}
	last := g.computed[len(g.computed)-1]
	g.b.m.Graph.Output = nil
	return g.b.output(last)
}

func (g *graphMaker) oneIn(n int) bool { return g.next(n) == 0 }

func (g *graphMaker) shape(rank int) []int64 {
	s := make([]int64, rank)
	for i := range s {
		s[i] = int64(1 + g.next(3))
	}
	return s
}

func (g *graphMaker) name() string {
	g.count++
	return fmt.Sprintf("v%d", g.count)
}

// constant adds a constant of small halves.
func (g *graphMaker) constant(shape []int64) string {
	name := g.name()
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	xs := make([]float32, n)
	for i := range xs {
		xs[i] = float32(g.next(9)-4) / 2
	}
	g.b.constant(name, shape, xs...)
	g.constants, g.shapes[name] = append(g.constants, name), shape
	return name
}

// fitting adds a constant that broadcasts to the shape, most often.
func (g *graphMaker) fitting(shape []int64) string {
	if g.oneIn(12) {
		return g.constant(g.shape(g.next(4)))
	}
	s := append([]int64{}, shape[g.next(len(shape)+1):]...)
	for i := range s {
		if g.oneIn(3) {
			s[i] = 1
		}
	}
	return g.constant(s)
}

// pick returns a computed value, most often the last.
func (g *graphMaker) pick() string {
	if g.oneIn(6) {
		return g.computed[g.next(len(g.computed))]
	}
	return g.computed[len(g.computed)-1]
}

// add adds a node and notes the shape of its result.
func (g *graphMaker) add(op string, in []string, shape []int64, attrs ...any) {
	out := g.name()
	b := g.b.op(op, in, out)
	node := b.m.Graph.Node[len(b.m.Graph.Node)-1]
	for i := 0; i < len(attrs); i += 2 {
		switch v := attrs[i+1].(type) {
		case int:
			node.Attribute = append(node.Attribute, intAttr(attrs[i].(string), int64(v)))
		case float64:
			node.Attribute = append(node.Attribute, floatAttr(attrs[i].(string), v))
		case []int:
			node.Attribute = append(node.Attribute, intsAttr(attrs[i].(string), v...))
		}
	}
	if g.oneIn(4) {
		node.Name = proto.String("n" + out)
	}
	g.computed, g.shapes[out] = append(g.computed, out), shape
}

func (g *graphMaker) swap(a, b string) []string {
	if g.oneIn(3) {
		return []string{b, a}
	}
	return []string{a, b}
}

// step adds an operator, or a few that belong together.
func (g *graphMaker) step() {
	x := g.pick()
	s := g.shapes[x]
	last := len(s) - 1
	switch g.next(14) {
	case 10, 11:
		g.structure(x, s)
	case 12:
		g.window(x, s)
	case 13:
		y := g.pick()
		if slices.Equal(g.shapes[y], s) {
			ops := []string{"Add", "Sub", "Max", "Min", "Sum"}
			g.add(ops[g.next(len(ops))], []string{x, y}, s)
		}
	case 0:
		ops := []string{"Relu", "Tanh", "Sigmoid", "Identity", "Dropout", "LeakyRelu"}
		g.add(ops[g.next(len(ops))], []string{x}, s)
	case 1, 2:
		ops := []string{"Add", "Sub", "Mul"}
		g.add(ops[g.next(len(ops))], g.swap(x, g.fitting(s)), s)
	case 3:
		if last >= 0 {
			k := int64(1 + g.next(3))
			g.add("MatMul", []string{x, g.constant([]int64{s[last], k})}, append(append([]int64{}, s[:last]...), k))
		}
	case 4:
		if last >= 1 {
			k := int64(1 + g.next(3))
			out := append([]int64{}, s...)
			out[last-1] = k
			g.add("MatMul", []string{g.constant([]int64{k, s[last-1]}), x}, out)
		} else {
			g.add("MatMul", []string{x, g.constant(g.shape(1 + g.next(3)))}, []int64{1})
		}
	case 5:
		if len(s) == 2 {
			k, transA, transB := int64(1+g.next(3)), g.next(2), g.next(2)
			rows, inner := s[0], s[1]
			if transA == 1 {
				rows, inner = inner, rows
			}
			w := []int64{inner, k}
			if transB == 1 {
				w = []int64{k, inner}
			}
			out := []int64{rows, k}
			in := []string{x, g.constant(w)}
			if g.opset < 11 || g.oneIn(2) {
				in = append(in, g.fitting(out))
			}
			g.add("Gemm", in, out, "transA", transA, "transB", transB, "alpha", float64(g.next(3)+1)/2, "beta", 0.5)
		}
	case 6:
		axis := g.next(len(s) + 1)
		out := []int64{1, 1}
		for i, d := range s {
			if i < axis {
				out[0] *= d
			} else {
				out[1] *= d
			}
		}
		g.add("Flatten", []string{x}, out, "axis", axis)
	case 7:
		n := int64(1)
		for _, d := range s {
			n *= d
		}
		targets := [][]int64{{-1}, {n}, {1, -1}, {-1, 1}, {-1, n}, {1, n, 1}}
		t := targets[g.next(len(targets))]
		name := g.name()
		g.b.ints(name, t...)
		out := append([]int64{}, t...)
		known := int64(1)
		for _, d := range t {
			if d > 0 {
				known *= d
			}
		}
		for i, d := range out {
			if d < 0 {
				out[i] = n / known
			}
		}
		g.add("Reshape", []string{x, name}, out)
	case 8:
		if g.opset >= operators["GreaterOrEqual"].since {
			g.where(g.channels(x))
		}
	case 9:
		g.tangent(g.channels(x))
	}
}

// channels returns two values to linearise a function around and at: the same,
// any two, or one layer with two sets of weights.
func (g *graphMaker) channels(x string) (z, v string) {
	s := g.shapes[x]
	switch {
	case g.oneIn(3):
		return x, x
	case g.oneIn(3) || len(s) == 0:
		return x, g.pick()
	}
	k := int64(1 + g.next(3))
	out := append(append([]int64{}, s[:len(s)-1]...), k)
	for range 2 {
		g.add("MatMul", []string{x, g.constant([]int64{s[len(s)-1], k})}, out)
	}
	n := len(g.computed)
	return g.computed[n-2], g.computed[n-1]
}

// where adds a choice between pieces of one value by another.
func (g *graphMaker) where(z, v string) {
	s := g.shapes[z]
	b := g.constant(nil)
	g.add("GreaterOrEqual", []string{z, b}, s)
	cond := g.computed[len(g.computed)-1]
	upper, lower := v, b
	switch g.next(3) {
	case 0:
		upper, lower = b, v
	case 1:
		c := g.constant(nil)
		g.add("Mul", []string{v, c}, g.shapes[v])
		lower = g.computed[len(g.computed)-1]
	}
	g.add("Where", []string{cond, upper, lower}, s)
}

// tangent adds the linearisation of a smooth function around one value at
// another.
func (g *graphMaker) tangent(z, v string) {
	s := g.shapes[z]
	one := g.name()
	g.b.constant(one, nil, 1)
	result := func() string { return g.computed[len(g.computed)-1] }
	kind := []string{"Tanh", "Sigmoid"}[g.next(2)]
	g.add(kind, []string{z}, s)
	t := result()
	var slope string
	if kind == "Tanh" {
		g.add("Mul", []string{t, t}, s)
		g.add("Sub", []string{one, result()}, s)
		slope = result()
	} else {
		g.add("Sub", []string{one, t}, s)
		g.add("Mul", g.swap(t, result()), s)
		slope = result()
	}
	g.add("Sub", []string{v, z}, s)
	g.add("Mul", g.swap(slope, result()), s)
	g.add("Add", g.swap(t, result()), s)
}
