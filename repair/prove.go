package repair

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair/conflict"
	"github.com/netmend/netmend/spec"
)

const (
	// maxProofs is how often a stored network is checked exactly and, where it fails,
	// the program solved again with what was found.
	maxProofs = 24
	// repeatFactor is how much more a key point gets in reserve each time that it is
	// missed again: one that ties, or misses by less than the type of the file tells
	// apart, says little of what storing takes.
	repeatFactor = 4
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

	missed  map[int32]int    // how often key points were violated again
	learned map[string]int32 // key points that were made of violations
	rounds  int
	checks  int
	located bool    // see locate
	dropped int     // how often rows were dropped for a smaller repair
	proven  *proven // a repair at hand while a smaller one is looked for
}

func newProver(x *search, original *nn.Network, s *spec.Spec) *prover {
	return &prover{x: x, original: original, spec: s, learned: map[string]int32{}, missed: map[int32]int{}}
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
	check, err := proof.Check(ctx, r.Network, v.spec, proof.Options{Margin: &r.Margin, Workers: v.x.opt.Workers, Choice: v.choice()})
	switch {
	case ctx.Err() != nil:
		v.stopped(ctx)
	case err != nil:
		return err
	case check.Status == proof.StatusUnknown:
		v.unproven(check.Reason)
	case check.Status == proof.StatusViolated:
		r.Network, r.Change = nil, nil
		r.unknown(fmt.Sprintf("what was found misses the margin %g by %.3g in exact arithmetic", r.Margin, floatOf(check.Violated(check.Worst))))
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
	r.Size.Proofs, r.Size.Learned = v.checks, len(v.learned)
	r.Check.MarginReached, r.Check.RoundingBound, r.Check.RoundingFrom, r.Check.Violations = math.Inf(1), 0, 0, 0
	if at := check.Worst; at != nil {
		r.Check.MarginReached = below(check.MarginReached())
		r.Check.Worst = Place{Item: v.spec.Items[at.Item].Name, Point: at.Point, index: at.Item}
	}
}

// run searches until package proof accepts what was found, or for maxProofs rounds.
func (v *prover) run(ctx context.Context) error {
	err := v.search(ctx)
	r := v.x.res
	if p := v.proven; p != nil && err == nil && (r.Status != Repaired || r.Objective > p.result.Objective) {
		time := r.Time
		*r, v.x.candidate = p.result, p.candidate
		r.Time = time
	}
	return err
}

func (v *prover) search(ctx context.Context) error {
	x, r := v.x, v.x.res
	for {
		if x.candidate != nil && r.Status == Found { // from before
			x.restore()
		} else if err := x.run(ctx); err != nil {
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
	check, err := proof.Check(ctx, stored, v.spec, proof.Options{Margin: &r.Margin, Workers: x.opt.Workers, MaxViolations: maxLearned, Choice: v.choice()})
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
		r.unknown(fmt.Sprintf("feasible in real arithmetic, no network stored in %v was found: after %d rounds the exact check finds the margin %g missed by %.3g%s",
			r.DType, v.rounds, r.Margin, floatOf(check.Violated(check.Worst)), v.advice()))
		return false, nil
	}
	return true, v.learn(check)
}

// mostDropped is how often rows of patterns that do not occur are left out of a repair
// that is proven, to find a smaller one.
const mostDropped = 4

// bound proves a lower bound on the objective of all repairs from the multipliers of the
// one at hand. again means that some of its rows are of patterns that do not occur, and
// that there may be a smaller one without them.
func (v *prover) bound(ctx context.Context, stored *nn.Network) (again bool, err error) {
	x, r := v.x, v.x.res
	margin := *v.spec
	margin.Margin = r.Margin
	r.LowerBoundFound, r.LowerBound = r.LowerBound, 0
	rows, err := placedRows(v.original, &margin, x.opt.Layer, r.Dual)
	if err != nil {
		return false, nil
	}
	c := cert.New(cert.Repaired)
	c.Repair = &cert.Repair{Layer: r.Layer, Margin: r.Margin, Bound: &r.Bound, Objective: objectiveOf(x.opt)}
	var missing []int32
	for i, row := range rows {
		if row == nil {
			missing = append(missing, r.Dual[i].key)
		} else {
			c.Repair.Rows = append(c.Repair.Rows, *row)
		}
	}
	if c.Repair.Free, err = FreeRuns(v.original, r.Layer, x.opt.Free); err != nil {
		return false, err
	}
	if err := proof.Claim(ctx, c, v.original, stored, &margin, x.opt.Workers); err != nil {
		return false, nil
	}
	r.Rows, r.LowerBound = c.Repair.Rows, c.Repair.Objective.LowerBound
	r.LowerBoundFound = max(r.LowerBoundFound, r.LowerBound)
	if r.Smallest() || len(missing) == 0 || v.dropped >= mostDropped {
		return false, nil
	}
	v.dropped++
	if v.proven == nil || r.Objective < v.proven.result.Objective {
		v.proven = &proven{x.candidate, *r}
	}
	for _, key := range missing {
		x.p.drop(key)
	}
	x.restart()
	return true, nil
}

// proven is a repair that package proof accepted.
type proven struct {
	candidate *candidate
	result    Result
}

// objectiveOf is what is minimised, for a certificate.
func objectiveOf(opt Options) *cert.Objective {
	o := &cert.Objective{Norm: string(opt.Norm)}
	if opt.Norm == Mix {
		o.L1Weight, o.LinfWeight = opt.L1Weight, opt.LinfWeight
	}
	return o
}

// choice is the network whose preference settles which of several allowed classes a
// point is to have; nil where there are not several.
func (v *prover) choice() *nn.Network {
	for i := range v.spec.Items {
		if len(v.spec.Items[i].Output.Allowed) > 1 {
			return v.original
		}
	}
	return nil
}

// advice is what may help where nothing was found.
func (v *prover) advice() string {
	r := v.x.res
	var ways []string
	if r.Margin > 0 {
		ways = append(ways, "ask for less")
	}
	if r.DType != nn.Float64 {
		ways = append(ways, "store it in float64")
	}
	if len(ways) == 0 {
		return ""
	}
	return "; " + strings.Join(ways, ", or ")
}

// learn makes key points of violations: each at the checker's own point with its
// pattern, and, where the enumeration did not find the piece, at the piece's other
// vertices. A key point that is violated again gets more in reserve.
func (v *prover) learn(check *proof.Result) error {
	p := v.x.p
	d := v.x.candidate.d
	p.reindex()
	known := len(p.keys)
	worst := map[int32]float64{} // by how much each is missed
	var keys []int32
	for i := range check.Violations {
		at := &check.Violations[i]
		key, err := v.keyOf(at)
		if err != nil {
			return err
		}
		if key < 0 {
			continue
		}
		amount := floatOf(check.Violated(at))
		if at.Strict {
			amount = max(amount, firstExtra*v.x.scale)
		}
		if _, ok := worst[key]; !ok {
			keys = append(keys, key)
		}
		worst[key] = max(worst[key], amount)
	}
	if err := p.addExtras(); err != nil {
		return err
	}
	p.linearise()
	if err := p.renew(); err != nil {
		return err
	}
	v.x.measure()
	g := v.x.g
	g.worst = make([]violation, len(p.keys))
	if n := len(p.keys) - len(p.reserves); n > 0 {
		p.reserves = append(p.reserves, make([]float64, n)...)
	}
	// What float64 makes of the stored change there.
	before := p.reserves
	p.reserves = nil
	p.price(g.worst, d, p.margin)
	p.reserves = before
	grown := map[int32]bool{}
	for _, key := range keys {
		amount := worst[key]
		want := before[key] + float64(extraFactor*amount*portable.Pow(repeatFactor, float64(v.missed[key])))
		if key >= int32(known) { // float64 sees less there than there is
			want = float64((amount - g.worst[key].value) * (1 + 0x1p-10))
		} else {
			v.missed[key]++
		}
		if want > p.reserves[key] {
			p.reserves[key] = want
			grown[key] = true
		}
	}
	// Rows that are present with less in reserve may come again.
	for id := range g.present {
		if grown[id.key] {
			delete(g.present, id)
		}
	}
	return nil
}

// keyOf is the key point of a violation, -1 for none.
func (v *prover) keyOf(at *proof.Place) (int32, error) {
	p := v.x.p
	item := &p.spec.Items[at.Item]
	if len(at.Pattern) != p.net.PatternLen() || item.Segment == nil && item.Polygon == nil {
		if k := v.pointKey(at); k >= 0 {
			return k, nil
		}
	}
	if len(at.Pattern) != p.net.PatternLen() {
		return -1, nil
	}
	id := fmt.Sprint(at.Item, at.Class, at.Weights, string(at.Pattern[p.unit:]))
	if k, ok := v.learned[id]; ok {
		return k, nil
	}
	tail := p.tail(p.relevant(at.Pattern))
	class := v.chosen(at, tail)
	if !v.knows(at.Item, tail) && len(at.Piece) > 1 {
		c := cell{item: int32(at.Item), tail: tail, class: class}
		for _, x := range at.Piece {
			c.places = append(c.places, v.place(at.Item, x))
		}
		p.cells = append(p.cells, c)
		p.addCell(&c)
	}
	c := cell{item: int32(at.Item), tail: tail, class: class, places: []int32{v.place(at.Item, at.Point)}}
	need := p.need(&item.Output, int(class))
	p.add(c.places[0], tail, need, false)
	k := p.keyOf[keyPoint{point: p.pointAt(c.places[0], tail), tail: tail, need: need}]
	v.learned[id] = k
	p.exact[k] = at
	return k, nil
}

func (v *prover) place(item int, x []float64) int32 {
	p := v.x.p
	p.places = append(p.places, place{item: int32(item), x: x})
	return int32(len(p.places) - 1)
}

// knows tells whether the enumeration found a cell of the item with a pattern.
func (v *prover) knows(item int, tail int32) bool {
	for i := range v.x.p.cells {
		if c := &v.x.p.cells[i]; int(c.item) == item && c.tail == tail {
			return true
		}
	}
	return false
}

// chosen is the class that is recorded for a place.
func (v *prover) chosen(at *proof.Place, tail int32) int32 {
	p := v.x.p
	o := &p.spec.Items[at.Item].Output
	switch len(o.Allowed) {
	case 0:
		return -1
	case 1:
		return int32(o.Allowed[0])
	}
	x := nn.RowMatrix(at.Point)
	lin := p.unpack([]int32{tail}, p.net.LinearizePatterns) // the tail may be new
	y := p.net.RunLinear(x, lin, []int32{0}, 1).Output().Row(0)
	return int32(o.Extremum.Prefers(y, o.Allowed))
}

// pointKey is the key point of an item that is a point.
func (v *prover) pointKey(at *proof.Place) int32 {
	p := v.x.p
	for i, key := range p.keys {
		if int(p.places[p.points[key.point].place].item) != at.Item {
			continue
		}
		if len(at.Pattern) == p.net.PatternLen() && string(p.relevant(at.Pattern)) != p.patterns[key.tail] {
			continue
		}
		return int32(i)
	}
	return -1
}

func floatOf(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}

// refute checks the multipliers of an infeasible program exactly. again means that
// rows without a place were left out, and the rest may have a solution.
func (v *prover) refute(ctx context.Context) (again bool, err error) {
	x, r := v.x, v.x.res
	start := time.Now()
	defer func() { r.Time.Proof += time.Since(start).Seconds() }()
	certain := x.proves(r.Farkas)
	margin := *v.spec
	margin.Margin = r.Margin
	reason := ""
	var missing []int32 // key points
	for _, place := range []func(*nn.Network, *spec.Spec, int, []DualRow) ([]*cert.Row, error){placedRows, cornerRows} {
		rows, err := place(v.original, &margin, x.opt.Layer, r.Dual)
		if err != nil {
			if reason == "" {
				reason = err.Error()
			}
			break
		}
		body := &cert.Repair{Layer: r.Layer, Margin: r.Margin, Bound: &r.Bound}
		missing = missing[:0]
		for i, row := range rows {
			if row == nil {
				missing = append(missing, r.Dual[i].key)
			} else {
				body.Rows = append(body.Rows, *row)
			}
		}
		if body.Free, err = FreeRuns(v.original, body.Layer, v.x.opt.Free); err != nil {
			return false, err
		}
		value, err := conflict.Prove(ctx, v.original, &margin, body, x.opt.Workers)
		if ctx.Err() != nil {
			v.stopped(ctx)
			return false, nil
		}
		if err == nil {
			r.refuted(&margin, v.original.OutDim(), body.Rows, value)
			return false, nil
		}
		reason = err.Error()
	}
	if len(missing) > 0 && v.rounds < maxProofs {
		for _, key := range missing {
			x.p.drop(key)
		}
		x.restart()
		return true, nil
	}
	if again, err := v.locate(ctx); again || err != nil {
		return again, err
	}
	switch {
	case certain:
		v.unproven(reason)
	default:
		r.Farkas, r.Dual = nil, nil
		r.unknown("no change within the bound was found, and none was shown impossible: " + reason)
	}
	return false, nil
}

// below is the largest float64 that is not above r.
func below(r *big.Rat) float64 {
	f, exact := r.Float64()
	if !exact && new(big.Rat).SetFloat64(f).Cmp(r) > 0 {
		f = math.Nextafter(f, math.Inf(-1))
	}
	return f
}
