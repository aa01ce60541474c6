package attack

import (
	"math/big"
	"os"
	"strings"

	"github.com/netmend/netmend/internal/oracle"
)

type verdict struct {
	Verdict string
	Reason  string
	Witness *struct {
		Input   []float64
		Case    int
		Exact   bool
		Weights []string

		InputExactly []string `json:"input_exactly"`
	}
}

// witness is where a verdict says that something is violated.
func (v *verdict) witness() []oracle.Rat {
	x := oracle.Floats(v.Witness.Input)
	for i, text := range v.Witness.InputExactly {
		if w, ok := new(big.Rat).SetString(text); ok {
			x[i] = w
		}
	}
	return x
}

// propertyCase is a box with the outputs that violate there. The lower bound of one input
// may be strict.
type propertyCase struct {
	set       set
	open      int
	regions   []oracle.Region
	violation oracle.Union
	text      string
}

// newPropertyCase is a random one on a box.
func (r *run) newPropertyCase(s set) propertyCase {
	c := propertyCase{set: s, open: -1}
	cell := s.decimalCell()
	if free := s.free(); len(free) > 0 && r.rng.IntN(6) == 0 {
		c.open = free[r.rng.IntN(len(free))]
		cell = cell.Beyond(c.open, decimal(s.corners[0][c.open]))
	}
	c.regions = oracle.Regions(r.exact, cell)
	violation := newHalves(r.rng, c.regions, r.exact.Outputs(), true)
	c.violation = violation.union(half.decimal)
	c.text = "(and " + strings.Join(s.bounds(c.open), " ") + " " + violation.vnnlib() + ")"
	return c
}

// has reports whether an input lies in the box and violates.
func (c propertyCase) has(net *oracle.Net, x []oracle.Rat) bool {
	if c.open >= 0 && x[c.open].Cmp(decimal(c.set.corners[0][c.open])) <= 0 {
		return false
	}
	return c.set.has(x, c.set.decimalCell().Vertices()) && c.violation.Has(net.Eval(x))
}

// askProperty verifies a property in VNN-LIB on a box, sometimes on two.
func (r *run) askProperty(s set) {
	cases := []propertyCase{r.newPropertyCase(s)}
	if r.rng.IntN(4) == 0 {
		cases = append(cases, r.newPropertyCase(newSet(r.rng, []string{box, flat, tiny}[r.rng.IntN(3)], r.exact.Inputs)))
	}
	text := declarations(r.exact.Inputs, r.exact.Outputs()) + "(assert (or"
	var truth []oracle.Rat
	for _, c := range cases {
		text += "\n  " + c.text
		if truth == nil {
			truth = oracle.Find(c.regions, c.violation)
		}
	}
	r.write("property.vnnlib", text+"))\n")
	args := []string{"verify", r.path("net.onnx"), r.path("property.vnnlib")}
	var v verdict
	code, trouble := r.ask(&v, args...)
	r.judge(args, v, code, trouble, truth, func(x []oracle.Rat) bool {
		for _, c := range cases {
			if v.Witness.Exact && c.has(r.exact, x) {
				return true
			}
		}
		return false
	})
	if r.rng.IntN(2) == 0 {
		r.askPropertyCertificate(truth == nil)
	}
}

// askPropertyCertificate asks for a certificate of a property, which holds or not, and
// has it checked.
func (r *run) askPropertyCertificate(holds bool) {
	file := r.path("certificate.json")
	args := []string{"verify", r.path("net.onnx"), r.path("property.vnnlib"), "--certificate", file}
	code, _, stderr := r.command(args...)
	if _, err := os.Stat(file); err != nil {
		r.recordAs("certificate", Unknown, args, "none is written: %s; the truth: holds is %v", stderr, holds)
		return
	}
	if code > 1 {
		r.recordAs("certificate", Unknown, args, "exit code %d: %s", code, stderr)
		return
	}
	if (code == 0) != holds {
		r.recordAs("certificate", False, args, "exit code %d; the truth: holds is %v", code, holds)
		return
	}
	r.checkCertificate(file, "--network", r.path("net.onnx"), "--spec", r.path("property.vnnlib"))
}

// checkCertificate has a certificate of a true claim checked.
func (r *run) checkCertificate(file string, flags ...string) {
	args := append([]string{"check", file}, flags...)
	code, stdout, stderr := r.command(args...)
	outcome := Right
	if code == 3 {
		outcome = Unknown
	} else if code != 0 {
		outcome = False
	}
	r.recordAs("certificate", outcome, args, "exit code %d: %s%s", code, stdout, stderr)
}

// has reports whether a point lies in a box given by its vertices.
func (s set) has(x []oracle.Rat, vertices [][]oracle.Rat) bool {
	for i, v := range x {
		above, below := false, false
		for _, w := range vertices {
			above = above || v.Cmp(w[i]) >= 0
			below = below || v.Cmp(w[i]) <= 0
		}
		if !above || !below {
			return false
		}
	}
	return true
}

// exactly is the witness of a specification's item, which weights of the corners of a segment
// or a triangle give where its numbers are rounded.
func (v *verdict) exactly(s set) []oracle.Rat {
	if len(v.Witness.Weights) < 2 || len(v.Witness.Weights) != len(s.corners) {
		return v.witness()
	}
	x := make([]oracle.Rat, len(s.corners[0]))
	for i := range x {
		x[i] = new(big.Rat)
		for k, text := range v.Witness.Weights {
			w, ok := new(big.Rat).SetString(text)
			if !ok {
				return v.witness()
			}
			x[i].Add(x[i], w.Mul(w, oracle.Float(s.corners[k][i])))
		}
	}
	return x
}

// judge compares a verdict with the truth: a point that violates, or nil; and its
// witness.
func (r *run) judge(args []string, v verdict, code int, trouble string, truth []oracle.Rat, violates func([]oracle.Rat) bool) {
	switch {
	case trouble != "":
		r.record(Unknown, args, "%s", trouble)
	case code == 0 && truth != nil:
		r.record(False, args, "holds is said, and %v violates", truth)
	case code == 1 && truth == nil:
		r.record(False, args, "violated is said, and nothing violates; witness %v", v.Witness)
	case code == 1 && (v.Witness == nil || !violates(v.witness())):
		r.record(False, args, "the witness does not violate: %v", v.Witness)
	case code == 3:
		r.record(Unknown, args, "%s; the truth: holds is %v", v.Reason, truth == nil)
	default:
		r.record(Right, args, "")
	}
}

// askVerifySpec verifies a specification of a network.
func (r *run) askVerifySpec(s specification, net *oracle.Net, file string) {
	for _, it := range s.items {
		if it.keep {
			return // it compares two networks
		}
	}
	args := []string{"verify", r.path(file), r.path("spec.json")}
	var v verdict
	code, trouble := r.ask(&v, args...)
	truth, _ := s.violation(net)
	r.judge(args, v, code, trouble, truth, func([]oracle.Rat) bool {
		it := s.items[v.Witness.Case]
		return it.required.Not().Has(net.Eval(v.exactly(it.set)))
	})
}
