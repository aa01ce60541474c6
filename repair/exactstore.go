package repair

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
)

// store looks for numbers of the type whose network package proof accepts, and proves the
// lower bound.
func (s *exactSearch) store(ctx context.Context) error {
	x, r := s.v.x, s.v.x.res
	if y := s.program.Tied(); y != nil {
		s.refuted(ctx, y)
		return nil
	}
	before := make([]float64, len(s.free))
	for k, i := range s.free {
		before[k] = s.before[i]
	}
	nodes := storeNodes
	if r.Status == Repaired && r.Objective <= float64(s.least()*(1+nearSmallest)) {
		nodes = fewNodes
	}
	for range maxExactRounds {
		found := s.program.Store(before, r.DType, nodes)
		if found == nil {
			break
		}
		values := append([]float64(nil), s.before...)
		for k, i := range s.free {
			values[i] = found[k]
		}
		check, net, err := s.check(ctx, values)
		if err != nil || check == nil || check.Status == proof.StatusUnknown {
			return err
		}
		if check.Status == proof.StatusHolds {
			return s.accept(ctx, values, net, check)
		}
		n, err := s.add(check, nil)
		if err != nil {
			return err
		}
		if n == 0 || ctx.Err() != nil {
			break
		}
		switch s.program.Solve() {
		case lp.Infeasible:
			s.refuted(ctx, s.program.Multipliers())
			return nil
		case lp.Optimal:
			if y := s.program.Tied(); y != nil {
				s.refuted(ctx, y)
				return nil
			}
		default:
			return nil
		}
	}
	if r.Status == Repaired {
		return s.bound(ctx, r.Network)
	}
	if r.Status == Found && r.Found == Repaired {
		return nil
	}
	x.forget()
	r.Farkas, r.Found, r.unstored = nil, "", true
	r.unknown(fmt.Sprintf("feasible in real arithmetic, no network stored in %v was found, with margins that grow and by a search of up to %d steps on the numbers of that type",
		r.DType, storeNodes))
	return nil
}

// least is the least objective, in the norm.
func (s *exactSearch) least() float64 {
	v, _ := s.program.Least().Float64()
	if s.v.x.res.Norm == L2 {
		v = math.Sqrt(v)
	}
	return v
}

// accept makes a network that package proof accepted the result, unless there is a
// smaller one.
func (s *exactSearch) accept(ctx context.Context, values []float64, net *nn.Network, check *proof.Result) error {
	v, r := s.v, s.v.x.res
	d := make([]float64, len(values))
	for i := range d {
		d[i] = values[i] - s.before[i]
	}
	if objective := v.x.norm.objective(d); r.Status == Repaired && r.Objective <= objective {
		return s.bound(ctx, r.Network)
	}
	change := filled(v.x.p.op.params(), d)
	v.x.measured(&change, d)
	r.LowerBound, r.LowerBoundFound, r.Rows, r.Dual = 0, 0, nil, nil
	v.checks++
	r.Status, r.Found, r.Reason, r.Network, r.Farkas, r.unstored = Repaired, "", "", net, nil, false
	v.record(check)
	return s.bound(ctx, net)
}

// bound proves a lower bound for a repaired network, if it is better than that at hand.
func (s *exactSearch) bound(ctx context.Context, net *nn.Network) error {
	r := s.v.x.res
	body, err := s.body(s.program.Multipliers())
	if err != nil {
		return err
	}
	body.Objective = objectiveOf(s.v.x.opt)
	c := cert.New(cert.Repaired)
	c.Repair = body
	err = proof.Claim(ctx, c, s.v.original, net, s.spec, proof.Options{Workers: s.v.x.opt.Workers, Kept: s.v.kept})
	if err != nil {
		if errors.Is(err, proof.ErrUnknown) || ctx.Err() != nil {
			return nil
		}
		return err
	}
	if b := body.Objective.LowerBound; r.Rows == nil || b >= r.LowerBound {
		r.Rows, r.LowerBound = body.Rows, b
		r.LowerBoundFound = max(r.LowerBoundFound, b)
	}
	return nil
}
