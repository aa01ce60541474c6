package attack

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"

	"github.com/netmend/netmend/internal/oracle"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
)

// TrySmooth is [Try] for a network with smooth activations: at points the truth is known
// to 200 binary places, on boxes claims are compared with samples.
func TrySmooth(seed uint64, dir string, command Command) ([]Answer, error) {
	r := &run{seed: seed, rng: rand.New(rand.NewPCG(seed, 0x736d6f6f7468)), dir: dir, command: command}
	r.dtype = []nn.DType{nn.Float32, nn.Float64}[r.rng.IntN(2)]
	b := &builder{rng: r.rng, dtype: r.dtype, width: 1 + r.rng.IntN(3), unit: []float64{1, 0.5, 0.1}[r.rng.IntN(3)]}
	inputs, outputs := b.width, 1+r.rng.IntN(3)
	for range 1 + r.rng.IntN(2) {
		b.dense(b.last(), 1+r.rng.IntN(3))
		b.add(b.smooth(), b.last())
	}
	b.dense(b.last(), outputs)
	net, err := nn.New(b.nodes, []int{inputs}, nn.Meta{DType: r.dtype})
	if err != nil {
		return nil, err
	}
	if err := onnx.WriteFile(r.path("net.onnx"), net, onnx.WriteOptions{DType: r.dtype, Rounded: true}); err != nil {
		return nil, err
	}
	if r.net, r.exact, err = read(r.path("net.onnx")); err != nil {
		return nil, err
	}
	r.kind = "smooth, points"
	r.askSmoothPoints()
	r.kind = "smooth, box"
	r.askSmoothBox(newSet(r.rng, []string{box, flat, tiny}[r.rng.IntN(3)], inputs))
	return r.answers, nil
}

// smooth is a random smooth function.
func (b *builder) smooth() nn.Activation {
	must := func(s *nn.Smooth, err error) nn.Activation {
		if err != nil {
			panic(err)
		}
		return s
	}
	switch b.rng.IntN(10) {
	case 0:
		return nn.Sigmoid()
	case 1:
		return nn.GELU()
	case 2:
		return nn.SiLU()
	case 3:
		return nn.HardSwish()
	case 4:
		return must(nn.ELU([]float64{1, 0.5}[b.rng.IntN(2)]))
	case 5:
		return must(nn.CELU(2))
	case 6:
		return must(nn.SELU(1.5, 1.25))
	case 7:
		return nn.Softplus()
	case 8:
		return nn.Softsign()
	}
	return nn.Tanh()
}

// smoothDemand is A y <= B at a point.
type smoothDemand struct {
	x []float64
	h half
}

// askSmoothPoints verifies, checks and repairs demands at points, whose thresholds are
// often the float64 next to the truth.
func (r *run) askSmoothPoints() {
	var demands []smoothDemand
	var items []string
	for range 1 + r.rng.IntN(2) {
		x := newSet(r.rng, point, r.exact.Inputs).corners[0]
		y, ok := r.exact.EvalReal(oracle.Floats(x))
		if !ok {
			continue
		}
		a := linear(r.rng, r.exact.Outputs())
		b, _ := product(a, y).Float64()
		b += []float64{0, 0, 0.25, -0.25}[r.rng.IntN(4)]
		demands = append(demands, smoothDemand{x, half{a, b, false}})
		items = append(items, fmt.Sprintf(`    {"point": %s, "output": {"halfspaces": [{"normal": %s, "offset": %s}]}}`, list(x), list(a), text(b)))
	}
	if len(items) == 0 {
		return
	}
	r.write("spec.json", "{\n  \"version\": 1,\n  \"items\": [\n"+strings.Join(items, ",\n")+"\n  ]\n}\n")
	r.smoothVerdict([]string{"verify", r.path("net.onnx"), r.path("spec.json")}, demands, r.exact)
	layers := r.net.Layers()
	layer := r.rng.IntN(len(layers))
	args := []string{
		"repair", r.path("net.onnx"), "--spec", r.path("spec.json"), "--layer", fmt.Sprint(layer + 1),
		"--objective", []string{"l1", "linf", "mix"}[r.rng.IntN(3)], "--bound", "3", "-o", r.path("repaired.onnx"),
	}
	var a repaired
	code, trouble := r.ask(&a, args...)
	switch {
	case trouble != "":
		r.record(Unknown, args, "%s", trouble)
	case code == 3:
		r.record(Unknown, args, "%s", a.Reason)
	case code == 1:
		r.record(Right, args, "infeasible, which is not looked at")
	default:
		r.smoothRepaired(args, demands)
	}
}

func product(a []float64, y []oracle.Real) oracle.Real {
	sum := new(big.Float).SetPrec(y[0].Prec())
	for j, v := range a {
		sum.Add(sum, new(big.Float).Mul(y[j], oracle.RealOf(oracle.Float(v))))
	}
	return sum
}

// truth reports whether demands hold, and whether that is certain.
func smoothTruth(net *oracle.Net, demands []smoothDemand) (holds, certain bool) {
	holds, certain = true, true
	for _, d := range demands {
		y, ok := net.EvalReal(oracle.Floats(d.x))
		if !ok {
			certain = false
			continue
		}
		excess := product(d.h.a, y)
		excess.Sub(excess, oracle.RealOf(oracle.Float(d.h.b)))
		switch {
		case excess.Sign() != 0 && excess.MantExp(nil) > -oracle.Certain:
			holds = holds && excess.Sign() < 0
		default:
			certain = false
		}
	}
	return holds, certain || !holds
}

// smoothVerdict asks whether demands hold, by verify or check.
func (r *run) smoothVerdict(args []string, demands []smoothDemand, net *oracle.Net) {
	holds, certain := smoothTruth(net, demands)
	if !certain {
		return
	}
	var a struct {
		Reason string
	}
	code, trouble := r.ask(&a, args...)
	switch {
	case trouble != "":
		r.record(Unknown, args, "%s", trouble)
	case code == 3:
		r.record(Unknown, args, "%s; the truth: holds is %v", a.Reason, holds)
	case (code == 0) != holds:
		r.record(False, args, "exit code %d; the truth: holds is %v", code, holds)
	default:
		r.record(Right, args, "")
	}
}

func (r *run) smoothRepaired(args []string, demands []smoothDemand) {
	_, after, err := read(r.path("repaired.onnx"))
	if err != nil {
		r.record(False, args, "what was written cannot be read: %v", err)
		return
	}
	if holds, certain := smoothTruth(after, demands); certain && !holds {
		r.record(False, args, "repaired is said, and the specification is violated")
	} else {
		r.record(Right, args, "")
	}
	r.smoothVerdict([]string{"check", r.path("repaired.onnx"), "--original", r.path("net.onnx"), "--spec", r.path("spec.json")}, demands, after)
}

// askSmoothBox compares the answer about a box with samples of it.
func (r *run) askSmoothBox(s set) {
	var points [][]oracle.Rat
	var values [][]oracle.Real
	for range 12 {
		x := make([]oracle.Rat, r.exact.Inputs)
		for i := range x {
			lo, hi := oracle.Float(s.corners[0][i]), oracle.Float(s.corners[1][i])
			t := big.NewRat(int64(r.rng.IntN(9)), 8)
			x[i] = new(big.Rat).Add(lo, t.Mul(t, new(big.Rat).Sub(hi, lo)))
		}
		if y, ok := r.exact.EvalReal(x); ok {
			points, values = append(points, x), append(values, y)
		}
	}
	if len(points) == 0 {
		return
	}
	r.smoothImage(s, points, values)
	a := linear(r.rng, r.exact.Outputs())
	b, _ := product(a, values[r.rng.IntN(len(values))]).Float64()
	h := half{a, b, false}
	r.smoothProperty(s, h, values)
	r.smoothPreimage(s, h, points, values)
}

// smoothImage compares the outer bounds of the outputs.
func (r *run) smoothImage(s set, points [][]oracle.Rat, values [][]oracle.Real) {
	args := []string{"image", r.path("net.onnx"), s.input()}
	var a image
	if code, trouble := r.ask(&a, args...); trouble != "" || code != 0 {
		r.record(Unknown, args, "%s", trouble)
		return
	}
	for k, y := range values {
		for j, v := range y {
			if outside(v, a.Lower[j], a.Upper[j]) {
				r.record(False, args, "output %d at %v is %v, said is [%v, %v]", j, points[k], v, *a.Lower[j], *a.Upper[j])
				return
			}
		}
	}
	r.record(Right, args, "")
}

// outside reports whether a number certainly lies outside an interval.
func outside(v oracle.Real, lo, hi *float64) bool {
	return lo != nil && beyond(oracle.RealOf(oracle.Float(*lo)), v) || hi != nil && beyond(v, oracle.RealOf(oracle.Float(*hi)))
}

// beyond reports whether x > y with certainty.
func beyond(x, y oracle.Real) bool {
	d := new(big.Float).SetPrec(x.Prec()).Sub(x, y)
	return d.Sign() > 0 && d.MantExp(nil) > -oracle.Certain
}

// smoothProperty verifies a property in VNN-LIB.
func (r *run) smoothProperty(s set, h half, values [][]oracle.Real) {
	r.write("property.vnnlib", fmt.Sprintf("%s(assert (and %s %s))\n",
		declarations(r.exact.Inputs, r.exact.Outputs()), strings.Join(s.bounds(-1), " "), halves{{h}}.vnnlib()))
	args := []string{"verify", r.path("net.onnx"), r.path("property.vnnlib"), "--timeout", "1s"}
	var v verdict
	code, trouble := r.ask(&v, args...)
	limit := oracle.RealOf(decimal(h.b))
	met := false
	for _, y := range values {
		met = met || beyond(limit, product(h.a, y))
	}
	switch {
	case trouble != "":
		r.record(Unknown, args, "%s", trouble)
	case code == 0 && met && s.kind != tiny: // decimals and float64s of a tiny box differ
		r.record(False, args, "holds is said, and a sample violates")
	case code == 1:
		y, ok := r.exact.EvalReal(oracle.Floats(v.Witness.Input))
		if ok && beyond(product(h.a, y), limit) || !s.has(oracle.Floats(v.Witness.Input), s.decimalCell().Vertices()) {
			r.record(False, args, "the witness %v does not violate", v.Witness.Input)
			return
		}
		r.record(Right, args, "")
	case code == 3:
		r.record(Excused, args, "%s", v.Reason)
	default:
		r.record(Right, args, "")
	}
}

// smoothPreimage looks at both sides of an approximate preimage.
func (r *run) smoothPreimage(s set, h half, points [][]oracle.Rat, values [][]oracle.Real) {
	args := []string{"preimage", r.path("net.onnx"), s.input(), "--output", h.expression(), "--approximate", "0.6", "--sets", "--timeout", "1s"}
	var a struct {
		Sets, Over []polyhedron
	}
	code, trouble := r.ask(&a, args...)
	if trouble != "" {
		r.record(Unknown, args, "%s", trouble)
		return
	}
	limit := oracle.RealOf(oracle.Float(h.b))
	for k, y := range values {
		v := product(h.a, y)
		in := func(sets []polyhedron) bool {
			for _, p := range sets {
				if p.has(points[k]) {
					return true
				}
			}
			return false
		}
		switch {
		case beyond(v, limit) && in(a.Sets):
			r.record(False, args, "%v is in the subset, and not in the preimage", points[k])
			return
		case beyond(limit, v) && !in(a.Over) && code == 0:
			r.record(False, args, "%v is in the preimage, and not in the superset", points[k])
			return
		}
	}
	if code == 3 {
		r.record(Excused, args, "limit")
		return
	}
	r.record(Right, args, "")
}

// has reports whether a polyhedron contains a point.
func (p polyhedron) has(x []oracle.Rat) bool {
	for _, h := range p.HalfSpaces {
		sum := oracle.Float(-h.Offset)
		for i, a := range h.Normal {
			sum.Add(sum, new(big.Rat).Mul(oracle.Float(a), x[i]))
		}
		if sum.Sign() > 0 {
			return false
		}
	}
	return true
}
