//go:build ort

package onnx

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
)

// randomTolerance is relative to 1 + the largest value in the network: random
// graphs cancel more than real networks do, in the float32 of the runtime.
const randomTolerance = 1e-5

// What the reader makes of random graphs is what ONNX Runtime makes of them.
func TestRandomGraphsInONNXRuntime(t *testing.T) {
	ortest.Require(t)
	const graphs = 1500
	r := rand.New(rand.NewPCG(21, 21))
	compared, decoupled := 0, 0
	var refusals []string
	for i := range graphs {
		b := randomModel(r.IntN)
		n, err := b.read(t)
		if err != nil || len(n.Meta.Notices) > 0 {
			continue // refused, or of a fixed batch size other than 1
		}
		x := roundPoints(randomPoints(r, 1, n.InDim()), nn.Float32)
		got, refusal := tryRun(t, b.bytes(t), x.Row(0))
		if refusal != "" {
			refusals = append(refusals, fmt.Sprintf("graph %d: %s", i, refusal))
			continue
		}
		trace := n.Run(x, 1)
		largest := 1.0
		for j := range n.Nodes {
			for _, v := range trace.Of(j).Row(0) {
				largest = max(largest, math.Abs(v))
			}
		}
		compared++
		if n.Decoupled() {
			decoupled++
		}
		want := trace.Output().Row(0)
		if len(got) != len(want) {
			t.Errorf("graph %d: %d outputs, ONNX Runtime has %d", i, len(want), len(got))
			continue
		}
		for j, v := range want {
			if d := math.Abs(got[j] - v); !(d <= randomTolerance*(1+largest)) {
				t.Errorf("graph %d, output %d: ONNX Runtime has %v, we have %v:\n%v", i, j, got[j], v, b.m.Graph)
				break
			}
		}
	}
	t.Logf("%d graphs compared, %d of them decoupled; %d refused by ONNX Runtime", compared, decoupled, len(refusals))
	if compared < graphs/4 || decoupled < graphs/40 {
		t.Errorf("only %d graphs compared, %d of them decoupled", compared, decoupled)
	}
	// A node that leads to no output may be wrong, which only the runtime sees.
	if len(refusals) > compared/10 {
		t.Errorf("%d graphs compared, %d refused by ONNX Runtime:\n%s", compared, len(refusals), strings.Join(refusals, "\n"))
	}
}

// tryRun runs a model at one point and returns why ONNX Runtime refuses it.
func tryRun(t *testing.T, model []byte, x []float64) (y []float64, refusal string) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			s, ok := r.(refused)
			if !ok {
				panic(r)
			}
			refusal = string(s)
		}
	}()
	return ortest.Run(catcher{t}, model, [][]float64{x})[0], ""
}

// catcher turns the end of a test into a panic that says why.
type catcher struct{ testing.TB }

type refused string

func (catcher) Fatal(args ...any) { panic(refused(fmt.Sprint(args...))) }
