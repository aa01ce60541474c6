package attack

import (
	"fmt"
	"math"
	"math/big"
	"os"
	"slices"

	"github.com/netmend/netmend/internal/oracle"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
)

type repaired struct {
	Status     string
	Reason     string
	Layer      int
	Objective  *float64
	LowerBound *float64 `json:"lower_bound"`
}

type checked struct {
	Status string
	Reason string
}

// askSpecification repairs one layer and checks the result, and networks with random
// changes.
func (r *run) askSpecification(s specification) {
	r.kind = s.items[0].set.kind
	r.write("spec.json", s.text())
	r.askVerifySpec(s, r.exact, "net.onnx")
	r.askSlices(s)
	r.askSlicePreimage(s)
	layers := r.net.Layers()
	layer := layers[r.rng.IntN(len(layers))]
	p := r.newProblem()
	original := r.exactIn(p.dtype)
	s = s.of(original)
	named := fmt.Sprint(slices.Index(layers, layer) + 1)
	auto := r.rng.IntN(6) == 0
	if auto {
		named = "auto"
	}
	args := append([]string{
		"repair", r.path("net.onnx"), "--spec", r.path("spec.json"), "--layer", named, "-o", r.path("repaired.onnx"),
	}, p.flags...)
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
	switch {
	case auto && code == 0:
		layer = layers[a.Layer-1]
	case auto: // no layer can be repaired, if so
		for _, k := range layers {
			if p.solve(s, original, k); p.truth.Feasible {
				layer = k
				break
			}
		}
	}
	p.solve(s, original, layer)
	if r.judgeRepair(args, s, p, a, code, r.path("repaired.onnx")) {
		r.askCheck(s, "repaired.onnx")
	}
	if certificate && !auto {
		r.askRepairCertificate(args, a.Status)
	}
	r.askChanged(s, layer)
	if r.rng.IntN(6) == 0 {
		r.askRobust(s, named)
	}
}

// askRobust repairs for executions in floating point: what is repaired so must hold
// without rounding too.
func (r *run) askRobust(s specification, layer string) {
	args := []string{
		"repair", r.path("net.onnx"), "--spec", r.path("spec.json"), "--layer", layer, "--robust-to", "float32",
		"-o", r.path("robust.onnx"),
	}
	var a repaired
	code, trouble := r.ask(&a, args...)
	if trouble != "" {
		// Maxima and jumps are refused, as the documentation says.
		r.recordAs("repair --robust-to", Excused, args, "%s", trouble)
		return
	}
	if code != 0 {
		r.recordAs("repair --robust-to", Excused, args, "%s %s", a.Status, a.Reason)
		return
	}
	_, after, err := read(r.path("robust.onnx"))
	if err != nil {
		r.recordAs("repair --robust-to", False, args, "what was written cannot be read: %v", err)
		return
	}
	if x, item := s.violation(after); x != nil {
		r.recordAs("repair --robust-to", False, args, "repaired is said, and %v violates item %d", x, item)
		return
	}
	r.recordAs("repair --robust-to", Right, args, "")
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

// exactIn is the network as it is before a repair that is to be stored in a type.
func (r *run) exactIn(dtype nn.DType) *oracle.Net {
	if dtype == nn.Float32 {
		return inFloat32(r.exact)
	}
	return r.exact
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

// problem is a repair problem and its solution.
type problem struct {
	flags     []string
	dtype     nn.DType
	objective string
	bound     float64
	free      string
	// Of one layer:
	original *oracle.Net
	layer    int
	limits   oracle.Limits
	truth    oracle.Answer
}

// newProblem is a random one.
func (r *run) newProblem() problem {
	p := problem{
		dtype:     []nn.DType{nn.Float32, nn.Float64}[r.rng.IntN(2)],
		objective: []string{"l1", "linf", "mix", "mix", "l2"}[r.rng.IntN(5)],
		bound:     []float64{0.5, 1, 3, 10, 1000}[r.rng.IntN(5)],
		free:      []string{"all", "all", "all", "biases", "weights", "nonzero"}[r.rng.IntN(6)],
	}
	p.flags = []string{"--objective", p.objective, "--bound", text(p.bound), "--dtype", p.dtype.String(), "--free", p.free}
	return p
}

// solve solves the problem for a layer.
func (p *problem) solve(s specification, net *oracle.Net, layer int) {
	p.original, p.layer = net, layer
	p.limits = oracle.Limits{Bound: oracle.Float(p.bound)}
	a := net.Nodes[layer].Affine
	for j, row := range a.W {
		for _, w := range append(slices.Clone(row), nil) {
			bias := w == nil
			free := p.free == "all" || p.free == "biases" && bias || p.free == "weights" && !bias
			if p.free == "nonzero" {
				free = bias && a.B[j].Sign() != 0 || !bias && w.Sign() != 0
			}
			p.limits.Free = append(p.limits.Free, free)
		}
	}
	exact := oracle.NewRepair(net, layer, s.demands(net))
	norm := oracle.Norm{Sum: oracle.Int(0), Max: oracle.Int(0)}
	switch p.objective {
	case "l1":
		norm.Sum = oracle.Int(1)
	case "linf":
		norm.Max = oracle.Int(1)
	case "mix":
		norm.Sum, norm.Max = big.NewRat(1, int64(exact.Parameters)), oracle.Int(1)
	}
	p.truth = exact.Solve(p.limits, norm)
}

// storable is a room in which a number of the type can be expected.
func storable(dtype nn.DType) oracle.Rat {
	return oracle.Float(float64(1024 * dtype.UnitRoundoff()))
}

// judgeRepair compares an answer with the truth, and reports whether the network of a file
// is said to be repaired.
func (r *run) judgeRepair(args []string, s specification, p problem, a repaired, code int, file string) bool {
	switch {
	case code == 1 && p.truth.Feasible:
		r.record(False, args, "infeasible is said, and the least norm is %v (classes are to be chosen: %v)", p.truth.Least.FloatString(12), s.chosen())
	case code == 1:
		r.record(Right, args, "")
	case code == 3:
		outcome := Unknown
		if p.truth.Feasible && p.truth.Room.Cmp(storable(p.dtype)) < 0 {
			outcome = Excused
		}
		r.record(outcome, args, "%s; the truth: feasible is %v, with room %v", a.Reason, p.truth.Feasible, p.truth.Room)
	default:
		if fault := r.repairFault(s, p, a, file); fault != "" {
			r.record(False, args, "%s", fault)
		} else {
			r.record(Right, args, "")
			r.rate(p, a)
		}
		return true
	}
	return false
}

// rate notes how close the last answer, a repair, is to the smallest one.
func (r *run) rate(p problem, a repaired) {
	if p.objective == "l2" || p.truth.Least.Sign() == 0 || a.LowerBound == nil {
		return
	}
	least, _ := p.truth.Least.Float64()
	last := &r.answers[len(r.answers)-1]
	last.Above, last.Bound = *a.Objective/least, *a.LowerBound/least
}

// repairFault finds what is false of a repair, or returns "".
func (r *run) repairFault(s specification, p problem, a repaired, file string) string {
	_, after, err := read(file)
	if err != nil {
		return err.Error()
	}
	change, fault := difference(p.original, after, p.layer)
	if fault != "" {
		return fault
	}
	sum, squares, largest := new(big.Rat), new(big.Rat), new(big.Rat)
	for i, d := range change {
		d.Abs(d)
		sum.Add(sum, d)
		squares.Add(squares, new(big.Rat).Mul(d, d))
		if d.Cmp(largest) > 0 {
			largest = d
		}
		if !p.limits.Free[i] && d.Sign() != 0 {
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
	norm, _ := sum.Float64()
	if p.objective == "l2" {
		norm, _ = squares.Float64()
		norm = math.Sqrt(norm)
	}
	if a.Objective == nil || !near(norm, *a.Objective) {
		return fmt.Sprintf("the objective is %v, said is %v", norm, *a.Objective)
	}
	if x, item := s.violation(after); x != nil {
		return fmt.Sprintf("repaired is said, and %v violates item %d; outputs %v", x, item, after.Eval(x))
	}
	if a.LowerBound != nil && *a.LowerBound > norm*(1+1e-12) {
		return fmt.Sprintf("the objective is %v, and the lower bound %v", norm, *a.LowerBound)
	}
	if a.LowerBound == nil || p.objective == "l2" || s.chosen() && !p.truth.Feasible {
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
	case code == 3:
		r.record(Unknown, args, "%s; the truth: holds is %v", c.Reason, truth == nil)
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
	if err := onnx.WriteFile(r.path("changed.onnx"), net, onnx.WriteOptions{DType: r.dtype, Rounded: true}); err != nil {
		r.recordAs("check", Unknown, []string{"check"}, "a changed network cannot be written: %v", err)
		return
	}
	r.askCheck(s, "changed.onnx")
	// The values of the last layers may be any: no activation depends on them.
	if layers := r.net.Layers(); len(layers) > 1 && r.rng.IntN(4) == 0 {
		k := layers[r.rng.IntN(len(layers)-1)]
		if slices.ContainsFunc(r.net.Nodes[k:], func(n nn.Node) bool { _, ok := n.Op.(nn.Affine); return !ok }) {
			r.askRejected(k)
		}
	}
}

// askRejected checks a network whose original has other parameters in layer k.
func (r *run) askRejected(k int) {
	other := append([]nn.Node(nil), r.net.Nodes...)
	op := other[k].Op.(*nn.Dense)
	w := nn.NewMatrix(op.Weight.Rows, op.Weight.Cols)
	for j := range w.Rows {
		copy(w.Row(j), op.Weight.Row(j))
	}
	v := &w.Row(r.rng.IntN(w.Rows))[r.rng.IntN(w.Cols)]
	if changed := *v + 0.5; float32(changed) != float32(*v) {
		*v = changed
	} else {
		*v = -*v // large
	}
	other[k].Op = op.WithParams(nn.Params{Weight: w, Bias: op.Bias}, nil)
	net, err := nn.New(other, r.net.InputShape, r.net.Meta)
	if err != nil {
		panic(err)
	}
	if err := onnx.WriteFile(r.path("other.onnx"), net, onnx.WriteOptions{DType: r.dtype, Rounded: true}); err != nil {
		panic(err)
	}
	args := []string{"check", r.path("changed.onnx"), "--original", r.path("other.onnx"), "--spec", r.path("spec.json")}
	var c checked
	switch code, trouble := r.ask(&c, args...); {
	case trouble != "":
		r.record(Unknown, args, "%s", trouble)
	case code == 0:
		r.record(False, args, "holds is said of another original")
	case code == 3:
		r.record(Unknown, args, "%s", c.Reason)
	default:
		r.record(Right, args, "")
	}
}
