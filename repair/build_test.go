package repair

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// dense makes a layer from rows of weights with the bias last.
func dense(t testing.TB, rows ...[]float64) *nn.Dense {
	t.Helper()
	return papertest.Dense(rows...)
}

// The papers' network N1 and short ways to build small networks and requirements.
var (
	chain   = papertest.Chain
	figure3 = papertest.Figure3
	between = papertest.Between
)

// class requires that one of the classes is the largest output.
func class(allowed ...int) spec.Output { return spec.Output{Allowed: allowed} }

func pointItem(o spec.Output, x ...float64) spec.Item {
	return spec.Item{Name: "point", Point: x, Output: o}
}

func segmentItem(t testing.TB, o spec.Output, from, to []float64) spec.Item {
	t.Helper()
	s, err := set.NewSegment(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return spec.Item{Name: "segment", Segment: &s, Output: o}
}

func polygonItem(t testing.TB, o spec.Output, vertices ...[]float64) spec.Item {
	t.Helper()
	p, err := set.NewPolygon(vertices)
	if err != nil {
		t.Fatal(err)
	}
	return spec.Item{Name: "polygon", Polygon: p, Output: o}
}

func specOf(items ...spec.Item) *spec.Spec { return &spec.Spec{Items: items} }

// mustRun is Run, which must not fail.
func mustRun(t testing.TB, net *nn.Network, s *spec.Spec, opt Options) *Result {
	t.Helper()
	r, err := Run(t.Context(), net, s, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// mustRepair is Run, which must find a repair.
func mustRepair(t testing.TB, net *nn.Network, s *spec.Spec, opt Options) *Result {
	t.Helper()
	r := mustRun(t, net, s, opt)
	if r.Status != Repaired {
		t.Fatalf("%s: %s", r.Status, r.Reason)
	}
	return r
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// sampleTolerance is how far a sample may violate a requirement, relative to
// 1 + the largest output: rounding in the sample's evaluation, far below what a
// wrong pattern makes.
const sampleTolerance = 1e-9

// excess is by how much y violates an output's requirement, at most 0 if it
// meets it: one allowed class beats all disallowed ones, and all half-spaces
// hold.
func excess(o *spec.Output, y []float64) float64 {
	worst := math.Inf(-1)
	for _, h := range o.HalfSpaces {
		worst = max(worst, -h.Slack(y))
	}
	for _, b := range o.Bounds {
		worst = max(worst, y[b.Output]-b.Upper, b.Lower-y[b.Output])
	}
	if o.Allowed == nil {
		return worst
	}
	best := math.Inf(1)
	for _, k := range o.Allowed {
		lost := math.Inf(-1)
		for _, j := range o.Disallowed(len(y)) {
			if o.Extremum == spec.Argmin {
				lost = max(lost, y[k]-y[j])
			} else {
				lost = max(lost, y[j]-y[k])
			}
		}
		best = min(best, lost)
	}
	return max(worst, best)
}

// sample is a point at which an item is evaluated.
type sample struct {
	item int
	x    []float64
}

// samples are points of the items: random ones inside and on the edges, corners,
// middles of edges, and on segments a regular grid of n + 1.
func samples(s *spec.Spec, r *rand.Rand, n int) []sample {
	var all []sample
	for i := range s.Items {
		it := &s.Items[i]
		add := func(x []float64) { all = append(all, sample{i, x}) }
		switch {
		case it.Segment != nil:
			for k := range n + 1 {
				add(it.Segment.At(float64(k) / float64(n)))
				add(it.Segment.At(r.Float64()))
			}
		case it.Polygon != nil:
			v := it.Polygon.Vertices
			for k := range n {
				a, b := v[k%len(v)], v[(k+1)%len(v)]
				add(mix(a, b, r.Float64()))
				c := v[r.IntN(len(v))]
				add(mix(mix(a, b, r.Float64()), c, math.Sqrt(r.Float64())))
			}
			for k := range v {
				add(v[k])
				add(mix(v[k], v[(k+1)%len(v)], 0.5))
			}
		default:
			add(it.Point)
		}
	}
	return all
}

// mix is a + s (b - a), exact for dyadic numbers.
func mix(a, b []float64, s float64) []float64 {
	x := make([]float64, len(a))
	for i := range a {
		x[i] = a[i] + float64(s*(b[i]-a[i]))
	}
	return x
}

// violated returns how many of the samples a network's outputs violate by more
// than the margin allows, and the worst of them.
func violated(s *spec.Spec, at []sample, y nn.Matrix) (count int, worst sample, by float64) {
	by = math.Inf(-1)
	for i, p := range at {
		size := 1.0
		for _, v := range y.Row(i) {
			size = max(size, math.Abs(v))
		}
		e := excess(&s.Items[p.item].Output, y.Row(i))
		if e > by {
			by, worst = e, p
		}
		if e > sampleTolerance*size {
			count++
		}
	}
	return count, worst, by
}

// points are the coordinates of samples, one a row.
func points(t testing.TB, at []sample) nn.Matrix {
	t.Helper()
	rows := make([][]float64, len(at))
	for i, p := range at {
		rows[i] = p.x
	}
	x, err := nn.MatrixOf(rows)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// holds checks the requirement at the samples, as nn evaluates the network.
func holds(t testing.TB, net *nn.Network, s *spec.Spec, at []sample) {
	t.Helper()
	y, err := net.Eval(points(t, at), 1)
	if err != nil {
		t.Fatal(err)
	}
	n, worst, by := violated(s, at, y)
	if n == 0 {
		return
	}
	// Where float64 rounds to the other side of a jump, exact arithmetic decides.
	one := *s
	one.Items = []spec.Item{{Name: s.Items[worst.item].Name, Point: worst.x, Output: s.Items[worst.item].Output}}
	if c, err := Recheck(t.Context(), net, net, &one, RecheckOptions{}); err != nil || c.Verdict != RecheckHolds {
		t.Errorf("%d of %d samples violated; %s at %v by %g (%v)", n, len(at), s.Items[worst.item].Name, worst.x, by, err)
	}
}

// holdsInRuntime checks the requirement at the samples, as ONNX Runtime
// evaluates the exported float64 file.
func holdsInRuntime(t testing.TB, net *nn.Network, s *spec.Spec, at []sample) {
	t.Helper()
	x := points(t, at)
	rows := make([][]float64, x.Rows)
	for i := range rows {
		rows[i] = x.Row(i)
	}
	y, err := nn.MatrixOf(ortest.Run(t, export(t, net, nn.Float64), rows))
	if err != nil {
		t.Fatal(err)
	}
	if n, worst, by := violated(s, at, y); n > 0 {
		t.Errorf("ONNX Runtime: %d of %d samples violated; %s at %v by %g", n, len(at), s.Items[worst.item].Name, worst.x, by)
	}
}

// export is the network as an ONNX file.
func export(t testing.TB, net *nn.Network, dtype nn.DType) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := onnx.Write(&b, net, onnx.WriteOptions{DType: dtype, Rounded: true}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hidden is the input of a layer at x.
func hidden(t testing.TB, net *nn.Network, layer int, x []float64) []float64 {
	t.Helper()
	i, _, err := net.Layer(layer)
	if err != nil {
		t.Fatal(err)
	}
	return net.Run(nn.RowMatrix(x), 1).Of(net.Nodes[i].Inputs[0]).Row(0)
}

// integers says that the numbers of a network are small integers, so that many
// units vanish together.
type integers bool

// randomDense is a random layer. Now and then a unit is 0, or the same as
// another.
func randomDense(r *rand.Rand, out, in int, whole integers) *nn.Dense {
	number := r.NormFloat64
	if whole {
		number = func() float64 { return float64(r.IntN(5) - 2) }
	}
	p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
	for u := range out {
		for i := range in {
			p.Weight.Row(u)[i] = number()
		}
		p.Bias[u] = number()
		switch {
		case !bool(whole) || u == 0:
		case r.IntN(10) == 0:
			clear(p.Weight.Row(u))
			p.Bias[u] = 0
		case r.IntN(8) == 0:
			copy(p.Weight.Row(u), p.Weight.Row(0))
			p.Bias[u] = p.Bias[0]
		}
	}
	return &nn.Dense{Params: p}
}

// randomActivation is one of the piecewise-affine functions.
func randomActivation(t testing.TB, r *rand.Rand) nn.Activation {
	t.Helper()
	clip := func(lo, hi float64) nn.Activation {
		f, err := nn.Clip(lo, hi)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	switch r.IntN(7) {
	case 0:
		return nn.LeakyReLU(0.25)
	case 1:
		return nn.HardTanh()
	case 2:
		return clip(-0.5, 2)
	case 3:
		return clip(math.Inf(-1), 1)
	}
	return nn.ReLU()
}

// randomNetwork has one to three hidden layers of 2 to 5 units.
func randomNetwork(t testing.TB, r *rand.Rand, in, out int, whole integers) *nn.Network {
	t.Helper()
	var ops []nn.Op
	dim := in
	for range 1 + r.IntN(3) {
		width := 2 + r.IntN(4)
		ops = append(ops, randomDense(r, width, dim, whole), randomActivation(t, r))
		dim = width
	}
	return chain(t, in, append(ops, randomDense(r, out, dim, whole))...)
}
