package onnx

import (
	"math"
	"slices"
	"testing"
)

// gateModels are the forms in which exporters write GELU, SiLU and hard-swish,
// of input x of size 3.
func gateModels() map[string]*modelBuilder {
	start := func(opset int64) *modelBuilder {
		b := newModel(opset, -1, 3)
		for name, v := range map[string]float32{
			"half": 0.5, "one": 1, "two": 2, "three": 3, "root": float32(math.Sqrt2), "unroot": float32(1 / math.Sqrt2),
			"zero": 0, "six": 6, "rate": float32(geluRate), "cube": geluCube,
		} {
			b.constant(name, nil, v)
		}
		return b
	}
	type step struct {
		op  string
		in  []string
		out string
	}
	build := func(opset int64, steps ...step) *modelBuilder {
		b := start(opset)
		for _, s := range steps {
			b.op(s.op, s.in, s.out)
		}
		return b
	}
	in := func(names ...string) []string { return names }
	erf := []step{{"Div", in("x", "root"), "d"}, {"Erf", in("d"), "e"}, {"Add", in("e", "one"), "g"}}
	cubic := []step{
		{"Pow", in("x", "three"), "p"},
		{"Mul", in("cube", "p"), "c"},
		{"Add", in("x", "c"), "s"},
		{"Mul", in("s", "rate"), "u"},
		{"Tanh", in("u"), "t"},
		{"Add", in("one", "t"), "g"},
	}
	with := func(first []step, rest ...step) []step { return slices.Concat(first, rest) }
	return map[string]*modelBuilder{
		"GELU, half last":   build(13, with(erf, step{"Mul", in("x", "g"), "m"}, step{"Mul", in("m", "half"), "y"})...),
		"GELU, half first":  build(13, with(erf, step{"Mul", in("x", "half"), "h"}, step{"Mul", in("h", "g"), "y"})...),
		"GELU, half gate":   build(13, with(erf, step{"Mul", in("half", "g"), "h"}, step{"Mul", in("h", "x"), "y"})...),
		"GELU, divided":     build(13, with(erf, step{"Mul", in("g", "x"), "m"}, step{"Div", in("m", "two"), "y"})...),
		"GELU, root by Mul": build(13, with([]step{{"Mul", in("unroot", "x"), "d"}, {"Erf", in("d"), "e"}, {"Add", in("one", "e"), "g"}}, step{"Mul", in("x", "g"), "m"}, step{"Mul", in("m", "half"), "y"})...),
		"GELU":              build(20, step{"Gelu", in("x"), "y"}),
		"GELUTanh, Pow":     build(13, with(cubic, step{"Mul", in("x", "half"), "h"}, step{"Mul", in("h", "g"), "y"})...),
		"GELUTanh, products": build(13, step{"Mul", in("x", "x"), "q"}, step{"Mul", in("q", "cube"), "c"}, step{"Add", in("c", "one"), "f"},
			step{"Mul", in("x", "rate"), "r"}, step{"Mul", in("f", "r"), "u"}, step{"Tanh", in("u"), "t"}, step{"Add", in("t", "one"), "g"},
			step{"Mul", in("g", "x"), "m"}, step{"Mul", in("m", "half"), "y"}),
		"SiLU":             build(13, step{"Sigmoid", in("x"), "s"}, step{"Mul", in("x", "s"), "y"}),
		"HardSwish":        build(14, step{"HardSwish", in("x"), "y"}),
		"HardSwish, Clip":  build(13, step{"Add", in("x", "three"), "a"}, step{"Clip", in("a", "zero", "six"), "c"}, step{"Mul", in("x", "c"), "m"}, step{"Div", in("m", "six"), "y"}),
		"HardSwish, gate":  build(13, step{"Add", in("x", "three"), "a"}, step{"Clip", in("a", "zero", "six"), "c"}, step{"Div", in("c", "six"), "d"}, step{"Mul", in("d", "x"), "y"}),
		"HardSwish, twice": build(13, step{"Add", in("x", "three"), "a"}, step{"Clip", in("a", "zero", "six"), "c"}, step{"Mul", in("x", "c"), "y"}),
	}
}

// Each form is read as one activation, but for a factor that is left over.
func TestGates(t *testing.T) {
	for name, b := range gateModels() {
		t.Run(name, func(t *testing.T) {
			n, err := b.read(t)
			if err != nil {
				t.Fatal(err)
			}
			want := name
			for i, r := range name {
				if r == ',' {
					want = name[:i]
					break
				}
			}
			if kind := n.Nodes[0].Op.Kind(); kind != want {
				t.Errorf("node 0 is %s, want %s", kind, want)
			}
			if nodes := len(n.Nodes); (nodes > 1) != (name == "HardSwish, twice") {
				t.Errorf("%d nodes", nodes)
			}
		})
	}
}

// Near misses are not taken for what they resemble.
func TestNoGates(t *testing.T) {
	near := func(root, one, half float32) *modelBuilder {
		return newModel(13, -1, 3).constant("root", nil, root).constant("one", nil, one).constant("half", nil, half).
			op("Div", []string{"x", "root"}, "d").op("Erf", []string{"d"}, "e").op("Add", []string{"e", "one"}, "g").
			op("Mul", []string{"x", "g"}, "m").op("Mul", []string{"m", "half"}, "y")
	}
	for name, b := range map[string]*modelBuilder{
		"another root":  near(1.4143, 1, 0.5),
		"another shift": near(float32(math.Sqrt2), 1.001, 0.5),
		"x twice": newModel(13, -1, 3).op("Sigmoid", []string{"x"}, "s").
			op("Mul", []string{"x", "s"}, "m").op("Mul", []string{"m", "x"}, "y"),
		"quick GELU": newModel(13, -1, 3).constant("c", nil, 1.702).op("Mul", []string{"x", "c"}, "k").
			op("Sigmoid", []string{"k"}, "s").op("Mul", []string{"x", "s"}, "y"),
		"Erf alone": newModel(13, -1, 3).op("Erf", []string{"x"}, "y"),
	} {
		if n, err := b.read(t); err == nil {
			t.Errorf("%s: read as %v", name, n.Nodes)
		}
	}
}
