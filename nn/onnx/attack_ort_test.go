//go:build ort

package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
)

// attacked is how many random graphs are tried: NETMEND_ATTACK, or 300.
func attacked(t *testing.T) int {
	n := 300
	if s := os.Getenv("NETMEND_ATTACK"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

var digits = regexp.MustCompile(`"[^"]*"|\[[^\]]*\]|-?[0-9.]+(e[+-]?[0-9]+)?`)

// Random graphs of all supported operators, with attributes at their borders, mean what
// ONNX Runtime executes, or are refused; so does what is written of them.
func TestAttackOnReading(t *testing.T) {
	ortest.Require(t)
	graphs := attacked(t)
	agreed := 0
	refused := map[string]int{}
	example := map[string]int{}
	count := 0
	for seed := range graphs {
		a := newAttacker(t, rand.New(rand.NewPCG(2026, uint64(seed))))
		b := a.graph()
		model := b.bytes(t)
		want, err := ortest.Execute(t, model, a.input, ortest.Unoptimised)
		if err != nil {
			t.Fatalf("graph %d: ONNX Runtime refuses what it executed: %v", seed, err)
		}
		n, err := b.read(t)
		if err != nil {
			var u *UnsupportedError
			reasons := []string{digits.ReplaceAllString(err.Error(), "_")}
			if errors.As(err, &u) {
				reasons = nil
				for _, node := range u.Nodes {
					reasons = append(reasons, node.Op+": "+digits.ReplaceAllString(node.Reason, "_"))
				}
			}
			slices.Sort(reasons)
			kind := fmt.Sprint(slices.Compact(reasons))
			if refused[kind] == 0 {
				example[kind] = seed
			}
			refused[kind]++
			count++
			continue
		}
		if err := a.compare(n, want[0]); err != nil {
			t.Errorf("graph %d, opset %d: %v\n%s", seed, a.opset, err, outline(b))
			continue
		}
		if err := a.compareWritten(n, want[0]); err != nil {
			t.Errorf("graph %d, opset %d, written: %v\n%s", seed, a.opset, err, outline(b))
			continue
		}
		agreed++
	}
	t.Logf("of %d graphs %d agree and %d are refused", graphs, agreed, count)
	var kinds []string
	for kind := range refused {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(x, y string) int { return refused[y] - refused[x] })
	for _, kind := range kinds {
		t.Logf("%4d refused (first graph %d): %s", refused[kind], example[kind], kind)
	}
	if count*10 > graphs {
		t.Errorf("%d of %d graphs are refused, want less than a tenth", count, graphs)
	}
}

// outline is a graph for messages.
func outline(b *modelBuilder) string {
	s := ""
	for _, t := range b.m.Graph.Initializer {
		s += fmt.Sprintf("  %s: %v %v%v\n", t.GetName(), t.GetDims(), t.GetFloatData(), t.GetInt64Data())
	}
	for _, n := range b.m.Graph.Node {
		s += fmt.Sprintf("  %v = %s(%v) %v\n", n.GetOutput(), n.GetOpType(), n.GetInput(), n.GetAttribute())
	}
	return s
}

// compare checks that the network computes what ONNX Runtime does, within its rounding.
func (a *attacker) compare(n *nn.Network, want ortest.Tensor) error {
	if n.InDim() != len(a.input.Data) {
		return fmt.Errorf("%d inputs, ONNX Runtime has %d", n.InDim(), len(a.input.Data))
	}
	trace := n.Run(nn.RowMatrix(a.input.Data), 1)
	largest := 1.0
	for j := range n.Nodes {
		for _, v := range trace.Of(j).Row(0) {
			largest = max(largest, math.Abs(v))
		}
	}
	y := trace.Output().Row(0)
	if n.Meta.End != nil {
		y = n.Meta.End.Apply(y)
	}
	return near(y, want.Data, largest)
}

func near(got, want []float64, largest float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d outputs, ONNX Runtime has %d", len(got), len(want))
	}
	for j, v := range got {
		if d := math.Abs(want[j] - v); !(d <= 1e-5*(1+largest)) {
			return fmt.Errorf("output %d is %v, ONNX Runtime has %v", j, v, want[j])
		}
	}
	return nil
}

// compareWritten checks that what is written of the network is executed alike, at the
// lowest and at the highest optimisation.
func (a *attacker) compareWritten(n *nn.Network, want ortest.Tensor) error {
	dtype := n.Meta.DType
	var file bytes.Buffer
	if err := Write(&file, n, WriteOptions{DType: dtype, Rounded: true}); err != nil {
		return err
	}
	largest := 1.0
	for _, v := range want.Data {
		largest = max(largest, math.Abs(v))
	}
	for _, level := range []ortest.Level{ortest.Unoptimised, ortest.Optimised} {
		got, err := ortest.Execute(a.t, file.Bytes(), a.input, level)
		if err != nil {
			return fmt.Errorf("ONNX Runtime refuses it: %w", err)
		}
		if !slices.Equal(got[0].Shape, want.Shape) {
			return fmt.Errorf("an output of shape %v, that of the original has %v", got[0].Shape, want.Shape)
		}
		if err := near(got[0].Data, want.Data, float64(10*largest)); err != nil {
			return fmt.Errorf("level %d: %w", level, err)
		}
	}
	back, err := Read(bytes.NewReader(file.Bytes()), "written.onnx", readOptionsOf(n))
	if err != nil {
		return err
	}
	return a.compare(back, want)
}
