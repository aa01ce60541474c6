package proof

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"runtime"
	"sync"

	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Precisions in bits at which a point is tried.
const (
	firstBits = 128
	lastBits  = 4096
	// tieBits is the precision after which outputs are suspected to tie exactly.
	tieBits = 256
)

// checkPoints decides a specification of points for networks that have no pieces
// to go through, or more than affine nodes one after the other.
func checkPoints(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options, res *Result) (*Result, error) {
	p, err := newPointNetwork(net)
	if err != nil {
		return nil, err
	}
	p.kept = opt.Kept.fitting(net)
	var choice *pointNetwork
	if opt.Choice != nil {
		if choice, err = newPointNetwork(opt.Choice); err != nil {
			return nil, err
		}
		choice.kept = opt.Kept.fitting(opt.Choice)
	}
	workers := opt.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	p.workers = workers / max(len(s.Items), 1)
	judged := make([]pointJudged, len(s.Items))
	var mu sync.Mutex
	done := 0
	err = parallel(len(s.Items), opt.Workers, func(i int) error {
		var err error
		if judged[i], err = p.judge(ctx, choice, s, i, res.Margin); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if done++; opt.Progress != nil {
			opt.Progress(done)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	res.Status, res.Enclosed = StatusHolds, true
	for i := range judged {
		j := &judged[i]
		res.Size.Pieces++
		res.Size.Rows += j.rows
		res.Size.Signs += j.rows
		res.Size.Exact += j.rows
		if j.undecided {
			res.Status, res.Reason = StatusUnknown, fmt.Sprintf("%s: %s do not tell whether a half-space is met there", s.Items[i].Name, p.finest())
		}
		res.Ties += j.ties
		for _, v := range j.violations {
			if res.Count++; len(res.Violations) < opt.MaxViolations {
				res.Violations = append(res.Violations, v)
			}
		}
		if res.Worst == nil || j.worst.Amount.Cmp(res.Worst.Amount) > 0 {
			res.Worst = &j.worst
		}
	}
	if res.Count > 0 {
		res.Status, res.Reason = StatusViolated, ""
		if res.Ties == res.Count && len(res.Violations) > 0 {
			res.Worst = &res.Violations[0]
		}
	}
	return res, nil
}

// pointJudged is what was found of an item.
type pointJudged struct {
	worst      Place
	violations []Place
	undecided  bool
	rows, ties int
}

// judge evaluates item i with growing precision until all is decided.
func (p *pointNetwork) judge(ctx context.Context, choice *pointNetwork, s *spec.Spec, i int, margin float64) (j pointJudged, err error) {
	item := &s.Items[i]
	need := newNeed(&item.Output, p.net.OutDim(), margin)
	if allowed := need.allowed; choice != nil && len(allowed) > 1 {
		if need.allowed, err = choice.chosen(ctx, need, item.Point); err != nil {
			return j, err
		}
	}
	all := func(f interval.Field, of combiner) bool {
		j = pointJudged{}
		for k, h := range need.always {
			j.halfSpace(f, need, h, of, Place{Item: i, HalfSpace: k, Class: -1})
		}
		for k := range need.shares {
			j.share(f, need, &need.shares[k], of, Place{Item: i, HalfSpace: len(need.always) + len(need.disallowed) + k, Class: -1})
		}
		if len(need.disallowed) > 0 {
			j.classes(f, need, of, i)
		}
		return !j.undecided
	}
	var failed error
	err = p.enclose(ctx, item.Point, func(f interval.Field, y []interval.Interval) bool {
		if all(f, func(terms []term) interval.Interval { return combined(f, terms, y) }) {
			return true
		}
		if f.Bits != tieBits {
			return false
		}
		failed = p.takenBack(ctx, item.Point, all)
		return failed != nil || !j.undecided
	})
	if err = errors.Join(err, failed); err != nil {
		return j, err
	}
	for _, v := range append([]*Place{&j.worst}, pointers(j.violations)...) {
		v.Point, v.Corners, v.Weights, v.Executed = item.Point, [][]float64{item.Point}, []*big.Rat{big.NewRat(1, 1)}, true
	}
	return j, nil
}

// combiner encloses a combination of the outputs.
type combiner func(terms []term) interval.Interval

// combined is the combination of outputs in intervals.
func combined(f interval.Field, terms []term, y []interval.Interval) interval.Interval {
	sum := f.Int(0)
	for _, t := range terms {
		sum = f.Add(sum, f.Mul(f.Float(t.factor), y[t.unit]))
	}
	return sum
}

// takenBack decides with combinations of the outputs that are taken back through the
// network first ([pointNetwork.combination]): outputs that tie exactly are told so.
func (p *pointNetwork) takenBack(ctx context.Context, x []float64, decide func(interval.Field, combiner) bool) error {
	f := interval.Field{Bits: formBits}
	run, err := p.run(ctx, f, x)
	if err != nil {
		return err
	}
	decide(f, func(terms []term) interval.Interval {
		normal := make([]interval.Interval, p.net.OutDim())
		for _, t := range terms {
			normal[t.unit] = plusOf(f, normal[t.unit], f.Float(t.factor))
		}
		return p.combination(f, run, normal)
	})
	return nil
}

// chosen is the allowed class that the network prefers at a point, of equal ones the
// first listed; an unsupportedError where that is not decided.
func (p *pointNetwork) chosen(ctx context.Context, need *need, x []float64) ([]int, error) {
	best := -1
	err := p.enclose(ctx, x, func(f interval.Field, y []interval.Interval) bool {
		of := make([]interval.Interval, len(need.allowed))
		for i, k := range need.allowed {
			of[i] = y[k]
		}
		k, ok := largest(of, need.sign < 0, f)
		if ok {
			best = need.allowed[k]
		}
		return ok
	})
	if err == nil && best < 0 {
		err = &unsupportedError{fmt.Errorf("%s do not tell which allowed class the original network prefers at a point", p.finest())}
	}
	return []int{best}, err
}

func pointers(p []Place) []*Place {
	out := make([]*Place, len(p))
	for i := range p {
		out[i] = &p[i]
	}
	return out
}

// classes checks that an allowed class beats the disallowed ones; what is
// reported is about the one that comes nearest to it.
func (j *pointJudged) classes(f interval.Field, need *need, y combiner, item int) {
	var best *pointJudged
	refuted := true // every allowed class, for sure
	for _, k := range need.allowed {
		of := &pointJudged{}
		class := -1
		if need.several {
			class = k
		}
		for d, other := range need.disallowed {
			of.halfSpace(f, need, need.beats(k, other), y, Place{Item: item, HalfSpace: len(need.always) + d, Class: class})
		}
		refuted = refuted && len(of.violations) > 0
		if best == nil || of.worst.Amount.Cmp(best.worst.Amount) < 0 {
			best = of
		}
	}
	j.rows += best.rows
	if refuted {
		j.ties += best.ties
		j.violations = append(j.violations, best.violations...)
	} else {
		// The class with the smallest upper bound holds if any is sure to.
		j.undecided = j.undecided || best.undecided || len(best.violations) > 0
	}
	if j.worst.Amount == nil || best.worst.Amount.Cmp(j.worst.Amount) > 0 {
		j.worst = best.worst
	}
}

// halfSpace checks one half-space; amounts are upper bounds.
func (j *pointJudged) halfSpace(f interval.Field, need *need, h halfSpace, y combiner, at Place) {
	sum := f.Add(f.Float(h.plus), y(h.terms))
	j.rows++
	if at.Amount, _ = sum.Hi.Rat(nil); at.Amount == nil { // no bound is known
		at.Amount = new(big.Rat).SetFloat64(math.MaxFloat64)
	}
	sum = f.Add(sum, f.Float(need.margin))
	at.Strict = h.strict
	switch lo, hi := sum.Lo.Sign(), sum.Hi.Sign(); {
	case hi < 0 || hi == 0 && !h.strict:
	case lo > 0 || lo == 0 && h.strict:
		if hi == 0 {
			j.ties++
		}
		j.violations = append(j.violations, at)
	default:
		j.undecided = true
	}
	if j.worst.Amount == nil || at.Amount.Cmp(j.worst.Amount) > 0 {
		j.worst = at
	}
}

// ranking are numbers that prefer the same class as the outputs at a point, and tie
// where these do; an unsupportedError where that cannot be decided.
func (p *pointNetwork) ranking(ctx context.Context, x []float64, e spec.Extremum) ([]float64, error) {
	sign := 1.0
	if e == spec.Argmin {
		sign = -1
	}
	var out []float64
	err := p.enclose(ctx, x, func(f interval.Field, y []interval.Interval) bool {
		best, ok := largest(y, e == spec.Argmin, f)
		if !ok {
			return false
		}
		ranks := make([]float64, len(y))
		ranks[best] = sign
		for i, v := range y {
			lead := f.Sub(y[best], v)
			if e == spec.Argmin {
				lead = f.Neg(lead)
			}
			switch {
			case i == best || lead.Lo.Sign() > 0:
			case lead.Exact(): // 0
				ranks[i] = sign
			default:
				return false
			}
		}
		out = ranks
		return true
	})
	if out == nil && err == nil {
		err = &unsupportedError{fmt.Errorf("%s do not tell which class the network gives at a point to keep", p.finest())}
	}
	return out, err
}

// targets are the bits with which convolutions are computed in slices, one after the
// other; 0: term by term.
var targets = []int{76, 96, 120, 0}

// enclose encloses the outputs at a point ever closer until decide is content:
// first in numbers of twice float64's precision, then, unless the network is too
// large for that, in ones of more and more bits.
func (p *pointNetwork) enclose(ctx context.Context, x []float64, decide func(f interval.Field, y []interval.Interval) bool) error {
	known := false
	for _, target := range targets {
		y, ok := p.twofold(ctx, x, target)
		if err := ctx.Err(); err != nil {
			return err
		}
		if known = ok; ok && decide(interval.Field{Bits: firstBits}, y) {
			return nil
		}
		if !p.convolves {
			break // the others would be the same
		}
	}
	if known && p.work > maxPointWork {
		return nil
	}
	for bits := uint(firstBits); bits <= lastBits; bits *= 2 {
		f := interval.Field{Bits: bits}
		y, err := p.outputs(ctx, f, x)
		if err != nil {
			return err
		}
		if decide(f, y) {
			return nil
		}
	}
	return nil
}

// finest are the numbers with which a point is tried last.
func (p *pointNetwork) finest() string {
	if p.work > maxPointWork {
		return "numbers of twice float64's precision (the network is too large for more)"
	}
	return fmt.Sprintf("%d bits", lastBits)
}

// largest is the first largest (or smallest) number, if that is decided.
func largest(y []interval.Interval, smallest bool, f interval.Field) (int, bool) {
	best := 0
	at := func(i int) interval.Interval {
		if smallest {
			return f.Neg(y[i])
		}
		return y[i]
	}
	for i := range y {
		if at(i).Lo.Cmp(at(best).Lo) > 0 {
			best = i
		}
	}
	for i := range y {
		switch c := at(i).Hi.Cmp(at(best).Lo); {
		case i == best:
		case c > 0, c == 0 && i < best:
			return 0, false
		}
	}
	return best, true
}
