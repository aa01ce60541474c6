package repair

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/final"
)

// RecheckVerdict is the answer of [Recheck].
type RecheckVerdict string

const (
	// RecheckHolds: package proof has shown that the requirement holds.
	RecheckHolds RecheckVerdict = "holds"
	// RecheckViolated: package proof has shown that it does not.
	RecheckViolated RecheckVerdict = "violated"
	// RecheckNotProven: float64 finds that it holds, or that it does not, and nothing was
	// proven.
	RecheckNotProven RecheckVerdict = "found in float64, not proven"
	// RecheckUnknown: nothing was found.
	RecheckUnknown RecheckVerdict = "unknown"
	// RecheckRejected: the requirement is not violated, but the network is not a repair of the
	// original, whose activation channel differs. Only [Rechecked.Answer] says so.
	RecheckRejected RecheckVerdict = "rejected"
)

// RecheckOptions of [Recheck]. The zero value decides in exact arithmetic.
type RecheckOptions struct {
	// Margin replaces the specification's if not nil.
	Margin *float64
	// Float64 asks for the check in float64 alone. Its answer is never RecheckHolds, and
	// RecheckViolated only if exact arithmetic confirms the violation at one point.
	Float64 bool
	// Executed asks for the network as executed in its type too: see
	// [Options.Executed]. Without it the answer is not RecheckHolds.
	Executed bool
	// Workers is the number of goroutines; 0 means one per processor. The result
	// does not depend on it.
	Workers int
	// ExactProgress is told how many pieces were checked exactly, Float64Progress how far that
	// check is, each from one goroutine at a time; may be nil.
	ExactProgress   func(pieces int)
	Float64Progress func(Progress)
}

// Rechecked is the answer of [Recheck].
type Rechecked struct {
	// Verdict about the requirement.
	Verdict RecheckVerdict
	// Reason says why the answer is neither RecheckHolds nor RecheckViolated.
	Reason string
	Margin float64
	// Found is what float64 found, RecheckHolds, RecheckViolated or RecheckUnknown, for RecheckNotProven.
	Found RecheckVerdict
	// Exact is the check in exact arithmetic. With Float64 it is the check of the one point at
	// which a violation had to be confirmed, nil if there was none.
	Exact *proof.Result
	// Float64 is the check in float64: if it was asked for, if exact arithmetic did not decide,
	// or if executions had to be checked.
	Float64 *CheckResult
	// Comparison with the original.
	Comparison *Comparison
}

// Answer is the verdict about the network as a repair: RecheckHolds only where the
// requirement is proven and the activation channel is that of the original.
func (r *Rechecked) Answer() RecheckVerdict {
	if r.Verdict == RecheckViolated || len(r.Comparison.Differences) == 0 {
		return r.Verdict
	}
	return RecheckRejected
}

// Recheck decides whether a network, repaired or not, meets a specification, whose items to
// keep must have the classes that the original network gives them. Package proof decides, and
// knows nothing about how the network was made. For networks that it cannot handle, the
// answer is what float64 finds. It compares the networks, too. If a deadline of ctx passes,
// that is not an error, and the answer is RecheckUnknown.
func Recheck(ctx context.Context, original, net *nn.Network, s *spec.Spec, opt RecheckOptions) (*Rechecked, error) {
	s, err := final.Spec(s, original)
	if err != nil {
		return nil, err
	}
	r := &Rechecked{Margin: s.Margin, Comparison: Compare(original, net)}
	if opt.Margin != nil {
		r.Margin = *opt.Margin
	}
	err = r.requirement(ctx, original, net, s, opt)
	if late(ctx, err) && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))) {
		return &Rechecked{Verdict: RecheckUnknown, Reason: lateReason(ctx), Margin: r.Margin, Comparison: r.Comparison}, nil
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// lateReason is the cause that ctx was given with its deadline, or else that there was one.
func lateReason(ctx context.Context) string {
	if cause := context.Cause(ctx); cause != ctx.Err() {
		return cause.Error()
	}
	return stopReason(ctx)
}

// requirement decides whether the network meets the requirement.
func (r *Rechecked) requirement(ctx context.Context, original, net *nn.Network, s *spec.Spec, opt RecheckOptions) error {
	bound, unknown, err := proof.Bind(ctx, original, s)
	if err != nil {
		return err
	}
	if unknown != "" {
		r.Verdict, r.Reason = RecheckUnknown, unknown
		return nil
	}
	if bound.Shares() && (opt.Float64 || opt.Executed) {
		return errShares
	}
	exact := proof.Options{Margin: opt.Margin, Workers: opt.Workers, Progress: opt.ExactProgress}
	if !opt.Float64 {
		if r.Exact, err = proof.Check(ctx, net, bound, exact); err != nil {
			return err
		}
		r.decide()
	}
	if r.Verdict == RecheckHolds && opt.Executed {
		return r.executions(ctx, net, bound, opt)
	}
	if r.Verdict == RecheckHolds || r.Verdict == RecheckViolated || bound.Shares() {
		return nil
	}
	return r.inFloat64(ctx, net, bound, opt, exact)
}

// decide takes over what the exact check says.
func (r *Rechecked) decide() {
	switch r.Exact.Status {
	case proof.StatusHolds:
		r.Verdict = RecheckHolds
	case proof.StatusViolated:
		r.Verdict = RecheckViolated
	default:
		r.Verdict, r.Reason = RecheckUnknown, r.Exact.Reason
	}
}

// inFloat64 checks in float64, and confirms what it finds violated.
func (r *Rechecked) inFloat64(ctx context.Context, net *nn.Network, bound *spec.Spec, opt RecheckOptions, exact proof.Options) error {
	var err error
	if r.Float64, err = Check(ctx, net, bound, opt.engine()); err != nil {
		if ctx.Err() == nil && r.Exact != nil {
			r.Float64 = nil // exact arithmetic had said why it does not tell
			return nil
		}
		return err
	}
	r.Found = r.Float64.found(r.Margin)
	switch {
	case r.Found == RecheckUnknown && opt.Float64:
		r.Verdict, r.Reason = RecheckUnknown, r.Float64.reason(r.Margin)
		return nil
	case r.Found == RecheckUnknown:
		return nil
	}
	r.Verdict = RecheckNotProven
	if !opt.Float64 {
		return nil
	}
	if r.Reason = "only float64 was asked"; r.Found == RecheckHolds {
		return nil
	}
	r.Exact, err = proof.CheckNear(ctx, net, bound, r.Float64.Worst.index, r.Float64.Worst.Point, exact)
	switch {
	case err != nil:
		return err
	case r.Exact.Status == proof.StatusViolated:
		r.Verdict, r.Reason, r.Found = RecheckViolated, "", ""
	default:
		r.Reason = "only float64 was asked, and exact arithmetic does not confirm the violation at the point of the set next to the one found"
	}
	return nil
}

// executions checks the network as executed, too.
func (r *Rechecked) executions(ctx context.Context, net *nn.Network, bound *spec.Spec, opt RecheckOptions) error {
	engine := opt.engine()
	engine.DType, engine.Executed = net.Meta.DType, true
	c, err := Check(ctx, net, bound, engine)
	switch {
	case ctx.Err() != nil || err != nil && !Undecided(err):
		return err
	case err != nil:
		r.Verdict, r.Reason = RecheckUnknown, "nothing was shown of executions: "+err.Error()
		return nil
	}
	r.Float64 = c
	if !(c.Execution.MarginReached >= r.Margin) {
		r.Verdict = RecheckUnknown
		r.Reason = fmt.Sprintf("the requirement holds in real arithmetic, but of executions in %v only the margin %.6g was shown", engine.DType, c.Execution.MarginReached)
	}
	return nil
}

func (o *RecheckOptions) engine() Options {
	return Options{Margin: o.Margin, Workers: o.Workers, Progress: o.Float64Progress}
}

// found is what the figures say of the requirement. One that is not finite says
// nothing.
func (c *CheckResult) found(margin float64) RecheckVerdict {
	switch {
	case c.Violations > 0:
		return RecheckViolated
	case c.Meets(margin) || c.MeetsUpToRounding(margin):
		return RecheckHolds
	}
	return RecheckUnknown
}

// reason says why the figures say nothing.
func (c *CheckResult) reason(margin float64) string {
	if r := c.RoundingBound; math.IsNaN(c.MarginReached-c.MarginReached) || math.IsNaN(r-r) {
		return "the outputs, or bounds on their rounding errors, overflow float64"
	}
	return fmt.Sprintf("float64 cannot tell: margin %v asked, %.6g reached, and rounding errors can be up to %.2g", margin, c.MarginReached, c.RoundingBound)
}
