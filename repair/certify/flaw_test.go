package certify

import (
	"bytes"
	"math"
	"math/big"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// exactly is the exact check's result.
func exactly(t *testing.T, net *nn.Network, s *spec.Spec) *proof.Result {
	t.Helper()
	r, err := proof.Check(t.Context(), net, s, proof.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// withValues is a network with other value parameters in a layer.
func withValues(t *testing.T, net *nn.Network, layer int, change func(p *nn.Params)) *nn.Network {
	t.Helper()
	_, op, err := net.Layer(layer)
	if err != nil {
		t.Fatal(err)
	}
	p := op.Channel(nn.ValueChannel).Clone()
	change(&p)
	out, err := net.WithLayer(layer, &p)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// refused checks that a certificate about another network, its digest made to
// fit, is refused.
func refused(t *testing.T, c *cert.Certificate, original, wrong *nn.Network, s *spec.Spec) {
	t.Helper()
	forged := *c
	var err error
	if forged.Network.Content, err = proof.NetworkDigest(wrong); err != nil {
		t.Fatal(err)
	}
	if _, err := proof.CheckRepair(t.Context(), &forged, original, wrong, s, proof.Options{}); err == nil {
		t.Error("a certificate for the wrong network is accepted")
	} else {
		t.Logf("refused: %v", err)
	}
}

func equation3(t *testing.T) *spec.Spec {
	return &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(-0.8, -0.4), []float64{0.5}, []float64{1.5})}}
}

// TestWrongSolver: a change that is off by 1e-11 misses the requirement, and one
// that is larger than need be is not the smallest.
func TestWrongSolver(t *testing.T) {
	s := equation3(t)
	r, c := certified(t, papertest.Figure3(t), s, repair.Options{Layer: 1, Norm: repair.L1})
	short := withValues(t, r.Network, 1, func(p *nn.Params) {
		p.Weight.Data[1] += 1e-10 // h2 = 0.8 x: it has to fall that much
	})
	if got := exactly(t, short, s); got.Status != proof.StatusViolated {
		t.Errorf("a change that is too small: %s", got.Status)
	}
	refused(t, c, papertest.Figure3(t), short, s)
	// h1 does not matter there.
	long := withValues(t, r.Network, 1, func(p *nn.Params) { p.Weight.Data[0] += 0x1p-20 })
	if got := exactly(t, long, s); got.Status != proof.StatusHolds {
		t.Errorf("a change that is too large: %s", got.Status)
	}
	refused(t, c, papertest.Figure3(t), long, s)
	beyond := *c
	body := *c.Repair
	beyond.Repair = &body
	o := *body.Objective
	o.LowerBound = o.Value
	body.Objective = &o
	refused(t, &beyond, papertest.Figure3(t), r.Network, s)
}

// TestDroppedSliver: an engine that drops cells narrower than 1e-9 finds nothing
// wrong; the violation is in such a cell.
func TestDroppedSliver(t *testing.T) {
	// y = 2^40 (ReLU(x - 1/3) - 2 ReLU(x - 1/3 - w) + ReLU(x - 1/3 - 2w)) is a
	// bump of width 2w = 2^-39 and height 1.
	const at, w, steep = 1.0 / 4, 0x1p-40, 0x1p40
	net := papertest.Chain(t, 1,
		papertest.Dense([]float64{1, -at}, []float64{1, -at - w}, []float64{1, -at - 2*w}),
		nn.ReLU(),
		papertest.Dense([]float64{steep, -2 * steep, steep, 0}))
	s := &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(-0.5, 0.5), []float64{0}, []float64{1})}}
	const narrow = 1e-9
	worst := math.Inf(-1)
	_, err := region.OnSegments(t.Context(), net, []set.Segment{*s.Items[0].Segment}, region.Options{}, func(c *region.Cell) error {
		if c.Vertices[1].Param[0]-c.Vertices[0].Param[0] < narrow {
			return nil // dropped
		}
		for _, v := range c.Vertices {
			y, err := net.EvalPoint([]float64{v.Param[0]})
			if err != nil {
				return err
			}
			worst = max(worst, y[0])
		}
		return nil
	})
	if err != nil || worst > 0.5 {
		t.Fatalf("the wrong engine itself finds %v, %v", worst, err)
	}
	got := exactly(t, net, s)
	if got.Status != proof.StatusViolated || got.Worst.Amount.Cmp(big.NewRat(1, 2)) != 0 || got.Worst.Point[0] != at+w {
		t.Errorf("%s, by %v at %v; want violated by 1/2 at %v", got.Status, got.Worst.Amount, got.Worst.Point, at+w)
	}
}

// TestWrongTieRule: exported with Greater in place of GreaterOrEqual, neither of
// h1 and h2 executes its upper piece at 0.
func TestWrongTieRule(t *testing.T) {
	net := withValues(t, papertest.Figure3(t), 1, func(p *nn.Params) { p.Bias[0], p.Bias[1] = 0.25, 0.25 })
	s := &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(-0.625, -0.125), []float64{-0.125}, []float64{0.125})}}
	if got := exactly(t, net, s); got.Status != proof.StatusHolds {
		t.Fatalf("with the right rule: %s by %v", got.Status, got.Worst.Amount)
	}
	strict := nn.ReLU()
	strict.Breaks = []float64{math.SmallestNonzeroFloat64}
	nodes := append([]nn.Node(nil), net.Nodes...)
	nodes[1].Op = strict
	wrong, err := nn.New(nodes, net.InputShape, net.Meta)
	if err != nil {
		t.Fatal(err)
	}
	got := exactly(t, wrong, s)
	if got.Status != proof.StatusViolated || got.Worst.Point[0] != 0 {
		t.Errorf("with the wrong rule: %s at %v", got.Status, got.Worst.Point)
	}
	// In the file itself the operator is another, which the reader does not take
	// for an activation channel.
	var file bytes.Buffer
	if err := onnx.Write(&file, net, onnx.WriteOptions{Rounded: true}); err != nil {
		t.Fatal(err)
	}
	// A string of 14 bytes, spelled otherwise at the same length.
	if n := bytes.Count(file.Bytes(), []byte("GreaterOrEqual")); n == 0 {
		t.Fatal("no comparison in the file")
	}
	text := bytes.ReplaceAll(file.Bytes(), []byte("GreaterOrEqual"), []byte("LessOrEqual\x00\x00\x00"))
	if read, err := onnx.Read(bytes.NewReader(text), "wrong", onnx.ReadOptions{}); err == nil {
		if got := exactly(t, read, s); got.Status == proof.StatusHolds {
			t.Error("a file with the comparison turned around is read and holds")
		}
	}
}

// TestWrongExporter: channels swapped, or the change rounded to float32.
func TestWrongExporter(t *testing.T) {
	s := equation3(t)
	r, c := certified(t, papertest.Figure3(t), s, repair.Options{Layer: 1, Norm: repair.L1})
	i, op, err := r.Network.Layer(1)
	if err != nil {
		t.Fatal(err)
	}
	d := op.(*nn.Dense)
	swapped := append([]nn.Node(nil), r.Network.Nodes...)
	swapped[i].Op = &nn.Dense{Params: *d.Value, Value: &d.Params}
	wrong, err := nn.New(swapped, r.Network.InputShape, r.Network.Meta)
	if err != nil {
		t.Fatal(err)
	}
	if got := exactly(t, wrong, s); got.Status != proof.StatusViolated {
		t.Errorf("channels swapped: %s", got.Status)
	}
	refused(t, c, papertest.Figure3(t), wrong, s)

	rounded := withValues(t, r.Network, 1, func(p *nn.Params) { *p = p.Round(nn.Float32) })
	if got := exactly(t, rounded, s); got.Status != proof.StatusViolated {
		t.Errorf("rounded to float32: %s", got.Status)
	}
	refused(t, c, papertest.Figure3(t), rounded, s)
	other := withValues(t, r.Network, 2, func(p *nn.Params) { p.Bias[0] += 0x1p-60 })
	refused(t, c, papertest.Figure3(t), other, s)
}

// TestTightMultipliers: two requirements of one point contradict each other by
// nothing to spare but 2^-60, and rows that cancel exactly prove that there is no
// repair of any size.
func TestTightMultipliers(t *testing.T) {
	net := papertest.Figure3(t)
	digest, err := proof.NetworkDigest(net)
	if err != nil {
		t.Fatal(err)
	}
	certificate := func(s *spec.Spec, rows ...cert.Row) *cert.Certificate {
		c := cert.New(cert.NoRepair)
		c.Network.Content = digest
		if c.Specification.Content, err = proof.SpecDigest(s); err != nil {
			t.Fatal(err)
		}
		c.Repair = &cert.Repair{Original: cert.Identity{Content: digest}, Layer: 1, Margin: s.Margin, Rows: rows}
		return c
	}
	tiny := 0x1p-60
	s := &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(-1, -tiny), 0.5), papertest.Point(papertest.Between(0, 1), 0.5)}}
	upper, lower := cert.Row{Item: 0, Multiplier: cert.Float(1)}, cert.Row{Item: 1, HalfSpace: 1, Multiplier: cert.Float(1)}
	p, err := proof.CheckRepair(t.Context(), certificate(s, upper, lower), net, nil, s, proof.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Infeasibility.Cmp(new(big.Rat).SetFloat64(-tiny)) != 0 {
		t.Errorf("a contradiction of %v, want -2^-60", p.Infeasibility)
	}
	// Exactly tight is not a contradiction; nor do rows prove anything that cancel
	// all but one bit.
	touching := &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(-1, 0), 0.5), papertest.Point(papertest.Between(0, 1), 0.5)}}
	if _, err := proof.CheckRepair(t.Context(), certificate(touching, upper, lower), net, nil, touching, proof.Options{}); err == nil {
		t.Error("0 <= y <= 0 is refuted")
	}
	heavier := upper
	heavier.Multiplier = cert.Float(math.Nextafter(1, 2))
	if _, err := proof.CheckRepair(t.Context(), certificate(s, heavier, lower), net, nil, s, proof.Options{}); err == nil {
		t.Error("rows that do not cancel are accepted without a bound")
	}
	// On a segment: the same at t = 1/2, where no unit vanishes, and on the face
	// at x = 1, where the pattern on one side is meant.
	onSegment := &spec.Spec{Items: []spec.Item{
		papertest.Segment(t, papertest.Between(-1, -tiny), []float64{0.5}, []float64{1.5}), papertest.Segment(t, papertest.Between(0, 1), []float64{0.5}, []float64{1.5}),
	}}
	for _, towards := range [][]cert.Number{nil, cert.Floats(0), cert.Floats(1)} {
		a, b := upper, lower
		a.At, a.Towards, b.At, b.Towards = cert.Floats(0.5), towards, cert.Floats(0.5), towards
		if _, err := proof.CheckRepair(t.Context(), certificate(onSegment, a, b), net, nil, onSegment, proof.Options{}); err != nil {
			t.Errorf("towards %v: %v", towards, err)
		}
		// Different sides have different patterns, and nothing cancels.
		b.Towards = cert.Floats(0.25)
		if towards == nil || towards[0] == cert.Float(1) {
			if _, err := proof.CheckRepair(t.Context(), certificate(onSegment, a, b), net, nil, onSegment, proof.Options{}); err == nil {
				t.Errorf("towards %v and left: accepted", towards)
			}
		}
	}
}
