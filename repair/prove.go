package repair

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"time"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec"
)

const (
	// maxProofs is how often a stored network is checked exactly and, where it fails,
	// the program solved again with what was found.
	maxProofs = 24
	// repeatFactor is how much more a key point gets in reserve each time that it is
	// missed again: one that meets it with equality, or misses by less than the type of the file tells
	// apart, says little of what storing takes.
	repeatFactor = 4
	// keptShare is the part of the memory, one in so many, for what package proof keeps of
	// its own work.
	keptShare = 8
	// maxLearned is how many violations of one check become rows.
	maxLearned = 200
)

// prover asks package proof about what a search found, and makes rows of what it
// finds violated.
type prover struct {
	x *search
	// original and spec are the network and the requirement as given, without the
	// replacement of maxima, items to keep bound.
	original *nn.Network
	spec     *spec.Spec
	// deferred: a repair is only looked for, and is to be proven later, or not at all.
	deferred bool

	kept    *proof.Kept
	missed  map[int32]int // how often key points were violated again
	rounds  int
	checks  int
	located bool    // see locate
	dropped int     // how often rows were dropped for a smaller repair
	proven  *proven // a repair at hand while a smaller one is looked for
}

func newProver(x *search, original *nn.Network, s *spec.Spec) *prover {
	return &prover{
		x: x, original: original, spec: s, missed: map[int32]int{},
		kept: proof.NewKept(original, x.opt.Layer, x.opt.MaxBytes/keptShare),
	}
}

// whole makes of a repaired network of the problem, whose maxima may be replaced, one
// of the original's form.
func (v *prover) whole(net *nn.Network) (*nn.Network, error) {
	if v.x.p.net == v.original {
		return net, nil
	}
	_, l, err := net.Layer(v.x.opt.Layer)
	if err != nil {
		return nil, err
	}
	return v.original.WithLayer(v.x.opt.Layer, l.Channel(nn.ValueChannel))
}

// confirm checks a repair that was found otherwise.
func (v *prover) confirm(ctx context.Context) error {
	r := v.x.res
	if v.x.opt.Arithmetic == Float64 || v.deferred {
		v.unproven("")
		return nil
	}
	check, err := proof.Check(ctx, r.Network, v.spec, proof.Options{Margin: &r.Margin, Workers: v.x.opt.Workers, Choice: v.choice(), Kept: v.kept})
	switch {
	case ctx.Err() != nil:
		v.stopped(ctx)
	case err != nil:
		return err
	case check.Status == proof.StatusUnknown:
		v.unproven(check.Reason)
	case check.Status == proof.StatusViolated:
		r.Network, r.Change = nil, nil
		r.unknown(fmt.Sprintf("the change found misses the margin %g by %.3g in exact arithmetic", r.Margin, floatOf(check.Violated(check.Worst))))
	default:
		v.checks++
		v.record(check)
		v.dropped = mostDropped // there is no other repair to look for
		_, err = v.bound(ctx, r.Network)
		return err
	}
	return nil
}

// record makes an exact check that accepted the network the result's.
func (v *prover) record(check *proof.Result) {
	r := v.x.res
	r.Proof = check
	r.Size.Proofs, r.Size.Learned = v.checks, v.x.p.Learned()
	r.Check.MarginReached, r.Check.RoundingBound, r.Check.RoundingFrom, r.Check.Violations = math.Inf(1), 0, 0, 0
	if at := check.Worst; at != nil {
		r.Check.MarginReached = below(check.MarginReached())
		r.Check.Worst = Place{Item: v.spec.Items[at.Item].Name, Point: at.Point, index: at.Item}
	}
}

// repair searches until package proof accepts what was found, or for maxProofs rounds.
func (v *prover) repair(ctx context.Context) error {
	err := v.search(ctx)
	r := v.x.res
	if p := v.proven; p != nil && err == nil && (r.Status != Repaired || r.Objective > p.result.Objective) {
		time := r.Time
		*r, v.x.candidate = p.result, p.candidate
		r.Time = time
	}
	if err == nil {
		err = v.exactly(ctx)
	}
	return err
}

func (v *prover) search(ctx context.Context) error {
	x, r := v.x, v.x.res
	for {
		if x.candidate != nil && r.Status == Found { // from before
			x.restore()
		} else if err := x.find(ctx); err != nil {
			return err
		}
		v.rounds++
		if x.opt.Arithmetic == Float64 {
			v.unproven("")
			return nil
		}
		switch {
		case r.Status == Infeasible:
			again, err := v.refute(ctx)
			if err != nil || !again {
				return err
			}
		case x.candidate == nil:
			return nil
		case v.deferred && r.Status == Repaired:
			v.unproven("not asked: of all layers the best is proven")
			return nil
		default:
			again, err := v.prove(ctx)
			if err != nil || !again {
				return err
			}
		}
	}
}

// unproven names what float64 found by its name.
func (v *prover) unproven(reason string) {
	r := v.x.res
	switch {
	case r.Status == Repaired:
		r.Status, r.Found = Found, Repaired
	case r.Status == Infeasible:
		r.Status, r.Found = Found, Infeasible
	default:
		return
	}
	r.Reason = reason
}

// stopped says that there was no time for the proof.
func (v *prover) stopped(ctx context.Context) {
	if r := v.x.res; r.Status == Repaired || r.Status == Infeasible {
		v.unproven(stopReason(ctx))
		return
	}
	v.x.forget()
	v.x.res.unknown(stopReason(ctx))
}

// prove checks the candidate exactly. again means that there are new rows.
func (v *prover) prove(ctx context.Context) (again bool, err error) {
	x, r := v.x, v.x.res
	start := time.Now()
	defer func() { r.Time.Proof += time.Since(start).Seconds() }()
	stored, err := v.whole(x.candidate.net)
	if err != nil {
		return false, err
	}
	x.opt.Progress(Progress{Phase: "proof", Layer: x.opt.Layer, Round: x.g.rounds, Rows: len(x.g.rows)})
	check, err := proof.Check(ctx, stored, v.spec, proof.Options{Margin: &r.Margin, Workers: x.opt.Workers, MaxViolations: maxLearned, Choice: v.choice(), Kept: v.kept})
	if ctx.Err() != nil {
		v.stopped(ctx)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	v.checks++
	switch check.Status {
	case proof.StatusHolds:
		x.restore()
		r.Status, r.Reason, r.Network = Repaired, "", stored
		v.record(check)
		return v.bound(ctx, stored)
	case proof.StatusUnknown:
		if r.Status == Repaired {
			v.unproven(check.Reason)
			return false, nil
		}
		if check.Worst == nil {
			return false, nil
		}
		// So close that enclosures do not tell: a little more is asked for there.
		check.Violations = []proof.Place{*check.Worst}
		check.Violations[0].Strict = true
	}
	if v.rounds >= maxProofs {
		x.forget()
		r.unstored = true
		r.unknown(fmt.Sprintf("feasible in real arithmetic, no network stored in %v was found: after %d rounds the exact check finds the margin %g missed by %.3g",
			r.DType, v.rounds, r.Margin, floatOf(check.Violated(check.Worst))))
		return false, nil
	}
	if err := v.learn(ctx, check); err != nil {
		if ctx.Err() != nil {
			v.stopped(ctx)
			return false, nil
		}
		return false, err
	}
	return true, nil
}

// choice is the network whose preference settles which of several allowed classes a
// point is to have; nil if there are not several.
func (v *prover) choice() *nn.Network {
	for i := range v.spec.Items {
		if len(v.spec.Items[i].Output.Allowed) > 1 {
			return v.original
		}
	}
	return nil
}

func floatOf(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}

// below is the largest float64 that is not above r.
func below(r *big.Rat) float64 {
	f, exact := portable.Float64(r)
	if !exact && new(big.Rat).SetFloat64(f).Cmp(r) > 0 {
		f = math.Nextafter(f, math.Inf(-1))
	}
	return f
}
