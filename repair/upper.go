package repair

import (
	"context"
	"fmt"
	"slices"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/final"
)

const (
	// mostSides bounds the choices of half-spaces that are tried for a repair.
	mostSides = 8
	// mostNearer bounds how often they are chosen again at a repair's outputs for a smaller
	// one, and nearer is the least share by which it is to be smaller.
	mostNearer = 6
	nearer     = 1e-4
)

// upper repairs for a specification with upper bounds on shares. The outputs that meet one
// are those beyond a convex set: no convex requirement, but any half-space that lies
// opposite to that set, across one of its tangents, implies it. One is chosen for an item,
// and then again where its repair's outputs are, which that one allows still, so that
// changes become smaller.
//
// So what is found is a repair; that there is none, and that none is smaller, is known of
// the other requirements alone.
type upper struct {
	net   *nn.Network
	spec  *spec.Spec
	opt   Options
	solve halfSpaceSolver
	// relaxed: the last answer of solve is about the other requirements.
	relaxed bool
}

func (u *upper) run(ctx context.Context) (*Result, error) {
	base, err := u.others(ctx)
	if err != nil || base != nil && base.Status == Infeasible {
		u.relaxed = true
		return base, err
	}
	var best, last *Result
	for k := range mostSides {
		sides, ok, err := u.sides(ctx, u.net, k)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if last, err = u.with(ctx, sides); err != nil {
			return nil, err
		}
		if last.Network != nil {
			best = last
			break
		}
		if ctx.Err() != nil || last.Status == Unknown && k == 0 && last.unstored {
			break
		}
	}
	if best == nil {
		return u.none(last), nil
	}
	for range mostNearer {
		sides, _, err := u.sides(ctx, best.Network, 0)
		if err != nil {
			return nil, err
		}
		r, err := u.with(ctx, sides)
		if err != nil {
			return nil, err
		}
		if r.Network == nil || best.Status == Repaired && r.Status != Repaired || r.Objective > float64(best.Objective*(1-nearer)) {
			break
		}
		best = r
	}
	best.withoutBounds()
	if base != nil && base.Layer == best.Layer && base.Status == Repaired {
		best.LowerBound = min(base.LowerBound, best.Objective)
	}
	return best, nil
}

// others repairs for what is required besides; nil if nothing is.
func (u *upper) others(ctx context.Context) (*Result, error) {
	o := *u.spec
	o.Items = nil
	for _, it := range u.spec.Items {
		it.Output.Shares = slices.DeleteFunc(slices.Clone(it.Output.Shares), func(s spec.Share) bool { return s.Most })
		if out := &it.Output; it.Keep || len(out.HalfSpaces) > 0 || len(out.Bounds) > 0 || len(out.Shares) > 0 || len(out.Disallowed(u.net.OutDim())) > 0 {
			o.Items = append(o.Items, it)
		}
	}
	switch {
	case len(o.Items) == 0:
		return nil, nil
	case o.Shares():
		return (&tangents{net: u.net, spec: &o, opt: u.opt}).run(ctx, u.solve)
	}
	return u.solve(ctx, &o)
}

// with repairs with half-spaces in place of the upper bounds.
func (u *upper) with(ctx context.Context, sides [][]set.HalfSpace) (*Result, error) {
	t := &tangents{net: u.net, spec: u.spec, opt: u.opt, sides: sides}
	return t.run(ctx, u.solve)
}

// sides is choice k of half-spaces that imply the upper bounds, for the outputs of a
// network: the tangent there, at the corner of an item where the share is largest, or
// toward one of the other outputs, the larger ones first.
func (u *upper) sides(ctx context.Context, net *nn.Network, k int) (sides [][]set.HalfSpace, ok bool, err error) {
	sides = make([][]set.HalfSpace, len(u.spec.Items))
	for i := range u.spec.Items {
		it := &u.spec.Items[i]
		if !slices.ContainsFunc(it.Output.Shares, func(s spec.Share) bool { return s.Most }) {
			continue
		}
		y, err := outputs(ctx, net, cornersOf(it), u.opt.Workers)
		if err != nil {
			return nil, false, err
		}
		for n := range it.Output.Shares {
			s := &it.Output.Shares[n]
			if !s.Most {
				continue
			}
			z := y[0]
			for _, other := range y {
				if logShare(s, other) > logShare(s, z) {
					z = other
				}
			}
			if k == 0 {
				sides[i] = append(sides[i], final.Tangent(s, z))
				ok = true
				continue
			}
			others := slices.Clone(s.Others)
			slices.SortStableFunc(others, func(a, b int) int {
				switch {
				case z[a] > z[b]:
					return -1
				case z[a] < z[b]:
					return 1
				}
				return 0
			})
			ok = ok || k <= len(others)
			sides[i] = append(sides[i], final.Toward(s, others[min(k, len(others))-1], len(z)))
		}
	}
	return sides, ok, nil
}

// logShare is the logarithm of the share that outputs have.
func logShare(s *spec.Share, z []float64) float64 {
	top := z[s.Output]
	for _, j := range s.Others {
		top = max(top, z[j])
	}
	sum := portable.Exp(z[s.Output] - top)
	for _, j := range s.Others {
		sum += portable.Exp(z[j] - top)
	}
	return z[s.Output] - top - portable.Log(sum)
}

// none is the answer without a repair.
func (u *upper) none(r *Result) *Result {
	if r.Status == Infeasible || r.Found == Infeasible {
		r.Found, r.Farkas, r.Dual, r.Rows, r.Conflict, r.Contradiction = "", nil, nil, nil, nil, nil
		r.unknown(fmt.Sprintf("no repair was found within half-spaces that imply the upper bounds on probabilities, of up to %d choices; "+
			"that there is none is not shown, since these bounds are not a convex requirement", mostSides))
	}
	return r
}

// withoutBounds drops the claims about all repairs: it is about half-spaces that are not
// required.
func (r *Result) withoutBounds() {
	r.LowerBound, r.LowerBoundFound = 0, 0
	r.Farkas, r.Dual, r.Rows, r.Conflict, r.Contradiction = nil, nil, nil, nil, nil
	if r.Status == Infeasible || r.Found == Infeasible {
		r.Found = ""
		r.unknown("no repair was found within half-spaces that imply the probabilities asked for, and that there is none is not shown")
	}
}
