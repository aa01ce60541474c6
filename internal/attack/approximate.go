package attack

import (
	"math/big"

	"github.com/netmend/netmend/internal/oracle"
)

// askApproximate compares both sides of an approximate preimage with points of a grid.
func (r *run) askApproximate(s set, regions []oracle.Region) {
	target := newHalves(r.rng, regions, r.exact.Outputs(), false)
	args := []string{"preimage", r.path("net.onnx"), s.input(), "--output", target.expression(), "--approximate", "0.7", "--sets", "--timeout", "1s"}
	const name = "preimage --approximate"
	var a struct {
		Sets, Over []polyhedron
	}
	code, trouble := r.ask(&a, args...)
	if trouble != "" {
		r.recordAs(name, Unknown, args, "%s", trouble)
		return
	}
	good := target.union(half.exact)
	for range 20 {
		x := make([]oracle.Rat, r.exact.Inputs)
		for i := range x {
			lo, hi := oracle.Float(s.corners[0][i]), oracle.Float(s.corners[1][i])
			t := big.NewRat(int64(r.rng.IntN(17)), 16)
			x[i] = new(big.Rat).Add(lo, t.Mul(t, new(big.Rat).Sub(hi, lo)))
		}
		is := good.Has(r.exact.Eval(x))
		switch {
		case !is && anyHas(a.Sets, x):
			r.recordAs(name, False, args, "%v is in the subset, and not in the preimage", x)
			return
		case is && code == 0 && !anyHas(a.Over, x):
			r.recordAs(name, False, args, "%v is in the preimage, and not in the superset", x)
			return
		}
	}
	outcome := Right
	if code != 0 {
		outcome = Unknown
	}
	r.recordAs(name, outcome, args, "exit code %d", code)
}

func anyHas(sets []polyhedron, x []oracle.Rat) bool {
	for _, p := range sets {
		if p.has(x) {
			return true
		}
	}
	return false
}
