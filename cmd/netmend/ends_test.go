package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
)

// endFile writes a network of one input, x, with the outputs slope x + shift, and an end.
func endFile(t *testing.T, path, kind string, slope, shift []float64) {
	t.Helper()
	n := len(slope)
	end := &nn.End{Kind: kind, Outer: 1, Axis: n, Inner: 1}
	if kind == nn.EndSigmoid {
		end.Outer, end.Axis = n, 1
	}
	weight := nn.NewMatrix(n, 1)
	copy(weight.Data, slope)
	net, err := nn.New([]nn.Node{{Name: "layer", Inputs: []int{nn.Input}, Op: &nn.Dense{
		Params: nn.Params{Weight: weight, Bias: shift},
	}}}, []int{1}, nn.Meta{End: end, DType: nn.Float32})
	if err != nil {
		t.Fatal(err)
	}
	if err := onnx.WriteFile(path, net, onnx.WriteOptions{DType: nn.Float32, Rounded: true}); err != nil {
		t.Fatal(err)
	}
}

// Questions about what is behind the end of a network are answered as its file executes.
func TestQuestionsBehindAnEnd(t *testing.T) {
	t.Chdir(t.TempDir())
	endFile(t, "two.onnx", nn.EndSoftmax, []float64{0, 0}, []float64{5, 0})          // P_0 = 0.9933
	endFile(t, "three.onnx", nn.EndSoftmax, []float64{1, -1, 0}, []float64{0, 0, 0}) // equal at x = 0
	endFile(t, "log.onnx", nn.EndLogSoftmax, []float64{0, 0}, []float64{5, 0})       // log P_0 = -0.0067
	endFile(t, "sigmoid.onnx", nn.EndSigmoid, []float64{4}, []float64{-2})           // 0.119 to 0.881, 0.5 at x = 0.5
	endFile(t, "first.onnx", nn.EndArgMax, []float64{1, 0, 1}, []float64{0, 0, 0})   // 0 for x >= 0
	violation := func(outputs int, text string) string {
		head := "(declare-const X_0 Real)\n"
		for k := range outputs {
			head += fmt.Sprintf("(declare-const Y_%d Real)\n", k)
		}
		return head + "(assert (>= X_0 0))\n(assert (<= X_0 1))\n(assert " + text + ")\n"
	}
	properties := 0
	verify := func(network string, outputs int, text string) []string {
		properties++
		path := fmt.Sprintf("p%d.vnnlib", properties)
		if err := os.WriteFile(path, []byte(violation(outputs, text)), 0o666); err != nil {
			t.Fatal(err)
		}
		return []string{"verify", network, path}
	}
	repair := func(network, spec string) []string {
		return []string{"repair", network, "--spec", spec, "--margin", "0.01", "-o", "out.onnx"}
	}
	// least requires a probability of class 0 at x = 1, where it is 0.665.
	least := func(p float64) string {
		path := fmt.Sprintf("least%v.json", p)
		text := fmt.Sprintf(`{"version":1,"items":[{"point":[1],"output":{"bounds":{"0":[%v,null]}}}]}`, p)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{verify("two.onnx", 2, "(>= Y_0 0.9)"), cli.ExitNo, "violated"},
		{verify("two.onnx", 2, "(<= Y_0 0.99)"), cli.ExitYes, "holds, proven"},
		{verify("two.onnx", 2, "(<= Y_1 -1)"), cli.ExitYes, "holds, proven"},
		{verify("two.onnx", 2, "(>= Y_1 Y_0)"), cli.ExitYes, "holds, proven"},
		{verify("two.onnx", 2, "(<= (+ Y_0 Y_1) 0.5)"), cli.ExitYes, "holds, proven"},
		{verify("sigmoid.onnx", 1, "(<= (* Y_0 2) 2)"), cli.ExitNo, "violated"},
		{verify("three.onnx", 3, "(<= (+ Y_0 (* 2 Y_1)) 0.85)"), cli.ExitNo, "violated"}, // 0.845 at x = 1, 1 at 0
		{verify("three.onnx", 3, "(<= (+ Y_0 (* 2 Y_1)) 0.84)"), cli.ExitYes, "holds, proven"},
		{verify("three.onnx", 3, "(> (+ Y_0 Y_1 Y_2) 1)"), cli.ExitYes, "holds, proven"},
		{verify("three.onnx", 3, "(< (+ (* 2 Y_0) Y_2) 1)"), cli.ExitYes, "holds, proven"}, // P_0 < P_1
		{verify("three.onnx", 3, "(<= (+ (* 2 Y_0) Y_2) 1)"), cli.ExitNo, "violated"},      // equal at 0
		{verify("three.onnx", 3, "(>= Y_1 0.3333333333333334)"), cli.ExitYes, "holds, proven"},
		{verify("three.onnx", 3, "(> (* 3 Y_1) 1)"), cli.ExitYes, "holds, proven"}, // equal at x = 0
		{verify("three.onnx", 3, "(>= (* 3 Y_1) 1)"), cli.ExitNo, "violated"},
		{verify("log.onnx", 2, "(>= Y_0 -0.01)"), cli.ExitNo, "violated"},
		{verify("log.onnx", 2, "(<= Y_0 -0.01)"), cli.ExitYes, "holds, proven"},
		{verify("three.onnx", 3, "(>= Y_0 0.67)"), cli.ExitYes, "holds, proven"}, // 0.665 at x = 1
		{verify("three.onnx", 3, "(>= Y_0 0.6)"), cli.ExitNo, "violated"},
		{append(verify("three.onnx", 3, "(>= Y_0 0.6)"), "--arithmetic", "float64"), cli.ExitUnknown, "not proven: violated"},
		{verify("three.onnx", 3, "(<= Y_0 0.2)"), cli.ExitYes, "holds, proven"},
		{verify("sigmoid.onnx", 1, "(>= Y_0 0.89)"), cli.ExitYes, "holds, proven"},
		{verify("sigmoid.onnx", 1, "(>= Y_0 0.88)"), cli.ExitNo, "violated"},
		{verify("first.onnx", 1, "(>= Y_0 1)"), cli.ExitYes, "holds, proven"},
		{verify("first.onnx", 1, "(<= Y_0 0)"), cli.ExitNo, "violated"},
		{[]string{"eval", "two.onnx", "--point", "0"}, cli.ExitYes, "0.9933071"},
		{[]string{"eval", "sigmoid.onnx", "--point", "0.5", "--argmax"}, cli.ExitYes, "-1"}, // a tie is not a class
		{[]string{"eval", "first.onnx", "--point", "0.5"}, cli.ExitYes, "0"},
		{[]string{"preimage", "sigmoid.onnx", "--input", "0:1", "--output", "y0 >= 0.5"}, cli.ExitYes, "complete"},
		{repair("sigmoid.onnx", `[{"point":[0.25],"label":1}]`), cli.ExitYes, "repaired"},
		{repair("three.onnx", `{"version":1,"items":[{"point":[0.5],"output":{"bounds":{"1":[0.75,null]}}}]}`), cli.ExitYes, "repaired"},
		{repair("three.onnx", `{"version":1,"items":[{"point":[0.5],"output":{"bounds":{"1":[null,0.1]}}}]}`), cli.ExitYes, "repaired"},
		{repair("first.onnx", `[{"point":[0.5],"label":2}]`), cli.ExitYes, "repaired"},
		{[]string{"preimage", "three.onnx", "--input", least(0.6)}, cli.ExitBadInput, "not a union of polyhedra"},
		{[]string{"preimage", "three.onnx", "--input", least(0.6), "--output", "argmax == 0"}, cli.ExitYes, "complete"},
		{[]string{"evaluate", "three.onnx", "three.onnx", "--repair-set", least(0.66)}, cli.ExitYes, "efficacy  100.00 %"},
		{[]string{"evaluate", "three.onnx", "three.onnx", "--repair-set", least(0.67)}, cli.ExitYes, "efficacy  0.00 %"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), c.args, strings.NewReader(""), &stdout, &stderr)
		if code != c.code || !strings.Contains(stdout.String()+stderr.String(), c.want) {
			t.Errorf("%q: exit code %d, want %d and %q\n%s%s", c.args, code, c.code, c.want, &stdout, &stderr)
		}
	}
	// The repaired file answers as it was asked to.
	net, err := onnx.ReadFile("out.onnx", onnx.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	z, err := net.EvalPoint([]float64{0.5})
	if err != nil || net.Meta.End == nil || net.Meta.End.Apply(z)[0] != 2 {
		t.Errorf("the repaired file answers %v with the end %+v, %v", z, net.Meta.End, err)
	}
}
