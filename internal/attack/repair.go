package attack

import (
	"fmt"
	"math/big"
	"os"
	"slices"

	"github.com/netmend/netmend/internal/oracle"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
)

type repaired struct {
	Status       string
	Reason       string
	UpToRounding bool `json:"up_to_rounding"`
	Choice       bool `json:"choice_of_classes"`
	Objective    *float64
	LowerBound   *float64 `json:"lower_bound"`
}

type checked struct {
	Status       string
	Reason       string
	UpToRounding bool `json:"up_to_rounding"`
}

// askSpecification repairs one layer and checks the result, and networks with random
// changes.
func (r *run) askSpecification(s specification) {
	r.kind = s.items[0].set.kind
	r.write("spec.json", s.text())
	r.askVerifySpec(s, r.exact, "net.onnx")
	r.askSlices(s)
	layers := r.net.Layers()
	layer := r.rng.IntN(len(layers))
	objective := []string{"l1", "linf", "mix"}[r.rng.IntN(3)]
	bound := []float64{0.5, 1, 3, 10}[r.rng.IntN(4)]
	biases := r.rng.IntN(4) == 0
	dtype := []nn.DType{nn.Float32, nn.Float64}[r.rng.IntN(2)]
	original := r.exact
	if dtype == nn.Float32 {
		original = inFloat32(r.exact)
	}
	args := []string{
		"repair", r.path("net.onnx"), "--spec", r.path("spec.json"), "--layer", fmt.Sprint(layer + 1),
		"--objective", objective, "--bound", text(bound), "--dtype", dtype.String(),
		"-o", r.path("repaired.onnx"),
	}
	if biases {
		args = append(args, "--free", "biases")
	}
	certificate := r.rng.IntN(3) == 0
	if certificate {
		args = append(args, "--certificate", r.path("repair.json"))
	}
	var a repaired
	code, trouble := r.ask(&a, args...)
	if trouble != "" {
		r.record(Unknown, args, "%s", trouble)
		return
	}
	p := newProblem(s, original, layers[layer], objective, bound, biases)
	p.dtype = dtype
	r.judgeRepair(args, s, p, a, code)
	if certificate {
		r.askRepairCertificate(args, a.Status)
	}
	r.askChanged(s, layers[layer])
}

// askRepairCertificate has the certificate of a repair checked, where there is one.
func (r *run) askRepairCertificate(args []string, status string) {
	file := r.path("repair.json")
	if _, err := os.Stat(file); err != nil {
		if status != "unknown" {
			r.recordAs("certificate", Unknown, args, "none is written of what is %s", status)
		}
		return
	}
	network := r.path("repaired.onnx")
	if _, err := os.Stat(network); err != nil {
		network = r.path("net.onnx")
	}
	r.checkCertificate(file, "--network", network, "--original", r.path("net.onnx"), "--spec", r.path("spec.json"))
}

// inFloat32 is a network with the parameters of its layers rounded to float32, as it is
// before a repair that is to be stored in float32.
func inFloat32(net *oracle.Net) *oracle.Net {
	round := func(r oracle.Rat) oracle.Rat {
		f, _ := r.Float32()
		return oracle.Float(float64(f))
	}
	to := &oracle.Net{Inputs: net.Inputs, Nodes: slices.Clone(net.Nodes)}
	for i, node := range net.Nodes {
		if node.Affine == nil {
			continue
		}
		a := &oracle.Affine{}
		for j, row := range node.Affine.W {
			w := make([]oracle.Rat, len(row))
			for k := range row {
				w[k] = round(row[k])
			}
			a.W, a.B = append(a.W, w), append(a.B, round(node.Affine.B[j]))
		}
		to.Nodes[i].Affine = a
	}
	return to
}

// problem is a repair problem with its solution where classes are not to be chosen.
type problem struct {
	layer     int
	objective string
	limits    oracle.Limits
	original  *oracle.Net
	dtype     nn.DType
	truth     oracle.Answer
	inputs    int
}

func newProblem(s specification, net *oracle.Net, layer int, objective string, bound float64, biases bool) problem {
	a := net.Nodes[layer].Affine
	p := problem{layer: layer, original: net, objective: objective, limits: oracle.Limits{Bound: oracle.Float(bound)}, inputs: len(a.W[0])}
	if biases {
		for range a.W {
			p.limits.Free = append(append(p.limits.Free, make([]bool, p.inputs)...), true)
		}
	}
	exact := oracle.NewRepair(net, layer, s.demands(net))
	norm := oracle.Norm{Sum: oracle.Int(0), Max: oracle.Int(0)}
	if objective != "linf" {
		norm.Sum = oracle.Int(1)
	}
	if objective == "mix" {
		norm.Sum = big.NewRat(1, int64(exact.Parameters))
	}
	if objective != "l1" {
		norm.Max = oracle.Int(1)
	}
	p.truth = exact.Solve(p.limits, norm)
	return p
}

// storable is a room in which a number of the type can be expected.
func storable(dtype nn.DType) oracle.Rat {
	return oracle.Float(float64(1024 * dtype.UnitRoundoff()))
}

func (r *run) judgeRepair(args []string, s specification, p problem, a repaired, code int) {
	switch {
	case code == 1 && p.truth.Feasible:
		r.record(False, args, "infeasible is said, and the least norm is %v (classes are to be chosen: %v)", p.truth.Least.FloatString(12), s.chosen())
	case code == 1:
		r.record(Right, args, "")
	case code == 3 || a.UpToRounding:
		outcome := Unknown
		if p.truth.Feasible && p.truth.Room.Cmp(storable(p.dtype)) < 0 {
			outcome = Excused
		}
		r.record(outcome, args, "%s (up to rounding: %v); the truth: feasible is %v, with room %v", a.Reason, a.UpToRounding, p.truth.Feasible, p.truth.Room)
	default:
		if fault := r.repairFault(s, p, a); fault != "" {
			r.record(False, args, "%s", fault)
		} else {
			r.record(Right, args, "")
		}
		r.askCheck(s, "repaired.onnx")
	}
}

// repairFault finds what is false of a repair, or returns "".
func (r *run) repairFault(s specification, p problem, a repaired) string {
	_, after, err := read(r.path("repaired.onnx"))
	if err != nil {
		return err.Error()
	}
	change, fault := difference(p.original, after, p.layer)
	if fault != "" {
		return fault
	}
	sum, largest := new(big.Rat), new(big.Rat)
	for i, d := range change {
		d.Abs(d)
		sum.Add(sum, d)
		if d.Cmp(largest) > 0 {
			largest = d
		}
		if p.limits.Free != nil && !p.limits.Free[i] && d.Sign() != 0 {
			return fmt.Sprintf("parameter %d is not free and changed by %v", i, d)
		}
	}
	if largest.Cmp(p.limits.Bound) > 0 {
		return fmt.Sprintf("a change of %v, above the bound", largest)
	}
	switch p.objective {
	case "linf":
		sum = largest
	case "mix":
		sum.Quo(sum, oracle.Int(int64(len(change)))).Add(sum, largest)
	}
	if norm, _ := sum.Float64(); a.Objective == nil || !near(norm, *a.Objective) {
		return fmt.Sprintf("the objective is %v, said is %v", norm, *a.Objective)
	}
	if x, item := s.violation(after); x != nil {
		return fmt.Sprintf("repaired is said, and %v violates item %d; outputs %v", x, item, after.Eval(x))
	}
	if a.LowerBound == nil || s.chosen() && !p.truth.Feasible {
		return ""
	}
	if !p.truth.Feasible {
		return "the oracle calls infeasible what it finds repaired: a fault of the oracle"
	}
	if least, _ := p.truth.Least.Float64(); *a.LowerBound > least+1e-12+float64(1e-9*least) {
		return fmt.Sprintf("the least norm is %v, the lower bound is said to be %v", least, *a.LowerBound)
	}
	return ""
}

func near(x, y float64) bool {
	return x-y <= float64(1e-9*(x+y))+1e-300 && y-x <= float64(1e-9*(x+y))+1e-300
}

// difference is the change of a layer's value parameters, or what else differs.
func difference(before, after *oracle.Net, layer int) (change []oracle.Rat, fault string) {
	if len(before.Nodes) != len(after.Nodes) {
		return nil, fmt.Sprintf("%d nodes became %d", len(before.Nodes), len(after.Nodes))
	}
	for i, node := range before.Nodes {
		other := after.Nodes[i]
		if node.Affine == nil {
			continue // the oracle evaluates what is in the file
		}
		same := append(subtract(node.Affine, other.Affine), nil)[0:len(subtract(node.Affine, other.Affine))]
		for _, d := range same {
			if d.Sign() != 0 {
				return nil, fmt.Sprintf("the activation channel of node %d differs", i)
			}
		}
		value := other.Affine.Value
		if value == nil {
			value = other.Affine
		}
		d := subtract(node.Affine, value)
		if i == layer {
			change = d
			continue
		}
		for _, v := range d {
			if v.Sign() != 0 {
				return nil, fmt.Sprintf("node %d changed too", i)
			}
		}
	}
	return change, ""
}

func subtract(a, b *oracle.Affine) []oracle.Rat {
	var d []oracle.Rat
	for j, row := range a.W {
		for i := range row {
			d = append(d, new(big.Rat).Sub(b.W[j][i], row[i]))
		}
		d = append(d, new(big.Rat).Sub(b.B[j], a.B[j]))
	}
	return d
}

// askCheck checks and verifies a repaired network.
func (r *run) askCheck(s specification, file string) {
	_, after, err := read(r.path(file))
	args := []string{"check", r.path(file), "--original", r.path("net.onnx"), "--spec", r.path("spec.json")}
	if err != nil {
		r.record(False, args, "what was written cannot be read: %v", err)
		return
	}
	var c checked
	code, trouble := r.ask(&c, args...)
	truth, _ := s.violation(after)
	switch {
	case trouble != "":
		r.record(Unknown, args, "%s", trouble)
	case code == 3 || c.UpToRounding:
		r.record(Unknown, args, "%s (up to rounding: %v); the truth: holds is %v", c.Reason, c.UpToRounding, truth == nil)
	case c.Status == "rejected":
		r.record(False, args, "rejected, and the activation channel is the original")
	case code == 0 && truth != nil:
		r.record(False, args, "holds is said, and %v violates", truth)
	case code == 1 && truth == nil:
		r.record(False, args, "violated is said, and the specification holds")
	default:
		r.record(Right, args, "")
	}
	r.askVerifySpec(s, after, file)
}

// askChanged checks a network with a random change of a layer's values.
func (r *run) askChanged(s specification, layer int) {
	nodes := append([]nn.Node(nil), r.net.Nodes...)
	op := nodes[layer].Op.(*nn.Dense)
	value := nn.Params{Weight: nn.NewMatrix(op.Weight.Rows, op.Weight.Cols), Bias: append([]float64(nil), op.Bias...)}
	for j := range op.Weight.Rows {
		for i, w := range op.Weight.Row(j) {
			value.Weight.Row(j)[i] = w + float64(r.rng.IntN(3)-1)/4
		}
		value.Bias[j] += float64(r.rng.IntN(3)-1) / 4
	}
	nodes[layer].Op = op.WithParams(op.Params, &value)
	net, err := nn.New(nodes, r.net.InputShape, r.net.Meta)
	if err != nil {
		panic(err)
	}
	if err := onnx.WriteFile(r.path("changed.onnx"), net, onnx.WriteOptions{DType: r.dtype}); err != nil {
		r.recordAs("check", Unknown, []string{"check"}, "a changed network cannot be written: %v", err)
		return
	}
	r.askCheck(s, "changed.onnx")
}
