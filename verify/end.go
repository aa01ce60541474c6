package verify

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"time"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/spec/final"
	"github.com/netmend/netmend/spec/vnnlib"
)

const (
	// endRounds bounds how often a property is stated more closely.
	endRounds = 24
	// knotRounds bounds how often bounds of exponentials are made closer.
	knotRounds = 100
	// mostHalvings bounds how often they are for one witness.
	mostHalvings = 16
)

// ended is a property of a file's outputs, which its network ends before.
type ended struct {
	ctx    context.Context
	net    *nn.Network
	before *nn.Network
	p      *vnnlib.Property
	opt    Options
	start  time.Time
	limit  time.Duration
	near   []float64 // outputs at a place of interest
}

// behindEnd decides a property of a file's outputs.
func behindEnd(ctx context.Context, net *nn.Network, p *vnnlib.Property, opt Options) (*Result, error) {
	if p.Inputs != net.InDim() {
		return nil, fmt.Errorf("the property has %d inputs, the network %d", p.Inputs, net.InDim())
	}
	e := &ended{ctx: ctx, net: net, before: net.BeforeEnd(), p: p, opt: opt, start: time.Now(), limit: opt.MaxTime}
	e.near = e.middle()
	knots := final.FirstKnots(p, net)
	_, err := final.Extend(p, net, true, knots, e.near)
	switch {
	case errors.Is(err, final.ErrNotExtended) || opt.Arithmetic == Float64:
		return e.byPolyhedra()
	case err != nil:
		return nil, err
	}
	return e.byExponentials(knots)
}

// middle are the outputs in the middle of the first input set; nil for none.
func (e *ended) middle() []float64 {
	if len(e.p.Cases) == 0 {
		return nil
	}
	box := &e.p.Cases[0].Input.Box
	x := make([]float64, len(box.Lo))
	for i, lo := range box.Lo {
		if x[i] = float64(lo/2) + float64(box.Hi[i]/2); !vector.IsFinite(x[i]) {
			return nil
		}
	}
	z, err := e.before.EvalPoint(x)
	if err != nil {
		return nil
	}
	return z
}

// ask decides a property of a network without an end.
func (e *ended) ask(net *nn.Network, p *vnnlib.Property) (*Result, error) {
	if e.limit > 0 {
		e.opt.MaxTime = max(e.limit-time.Since(e.start), time.Millisecond)
	}
	return Property(e.ctx, net, p, e.opt)
}

// byPolyhedra encloses the violation by polyhedra before the end. What is found from
// outside is looked for from inside; where it is not there, both come closer at that place.
func (e *ended) byPolyhedra() (*Result, error) {
	end := e.net.Meta.End
	var near [][]float64
	var r *Result
	for range endRounds {
		outer, _, err := final.Property(e.p, end, true, near...)
		if err != nil {
			return nil, err
		}
		if r, err = e.ask(e.before, outer); err != nil {
			return nil, err
		}
		if r.Closer = len(near) > 0; r.Verdict == Holds || r.Witness == nil {
			return r, nil
		}
		inner, _, err := final.Property(e.p, end, false, near...)
		if err != nil || reflect.DeepEqual(inner.Cases, outer.Cases) {
			return r, err
		}
		found, err := e.ask(e.before, inner)
		if err != nil {
			return nil, err
		}
		if found.Closer = len(near) > 0; found.Verdict == Violated || found.Found == Violated {
			return found, nil
		}
		near = append(near, r.Witness.Output)
	}
	return e.between(r), nil
}

// between is the answer where the bounds are not close enough.
func (e *ended) between(r *Result) *Result {
	reason := fmt.Sprintf("the question lies between the bounds that enclose it from inside and from outside before the final %s", e.net.Meta.End.Kind)
	return &Result{Verdict: Unknown, Reason: reason, Cases: r.Cases, Cells: r.Cells, Closer: true}
}

// byExponentials encloses the violation by polyhedra first, then by bounds of exponentials
// that come closer at every witness that is not one.
func (e *ended) byExponentials(knots []float64) (*Result, error) {
	if outer, _, err := final.Property(e.p, e.net.Meta.End, true); err == nil {
		r, err := e.ask(e.before, outer)
		if err != nil || r.Verdict == Holds || r.Witness == nil {
			return r, err
		}
		if w := e.witness(r.Witness, knots); w != nil {
			return w, nil
		}
	}
	var r *Result
	for range knotRounds {
		outer, err := final.Extend(e.p, e.net, true, knots, e.near)
		if err != nil {
			return e.refused(r, err)
		}
		if r, err = e.ask(outer.Net, outer.Property); err != nil {
			return nil, err
		}
		if r.Closer = true; r.Verdict == Holds || r.Witness == nil || !r.Witness.Exact {
			return r, nil
		}
		x := r.Witness.exact()
		z, err := e.outputs(x)
		if err != nil {
			return nil, err
		}
		e.near = z
		for range mostHalvings {
			if w := e.witness(r.Witness, knots); w != nil {
				return w, nil
			}
			closer := outer.Closer(z)
			if slices.Equal(closer, knots) {
				return e.between(r), nil
			}
			knots = closer
			if outer, err = final.Extend(e.p, e.net, true, knots, e.near); err != nil {
				return e.refused(r, err)
			}
			if !contains(outer, r.Witness.Case, x) {
				break
			}
		}
	}
	return e.between(r), nil
}

// refused is the answer where there are no closer bounds.
func (e *ended) refused(r *Result, err error) (*Result, error) {
	if r != nil && errors.Is(err, final.ErrKnots) {
		return e.between(r), nil
	}
	return nil, err
}

// contains reports whether an input is a witness of the violation as it is stated.
func contains(x *final.Extension, index int, input []*big.Rat) bool {
	for term := range x.Property.Cases[index].Outputs {
		if _, _, err := certify.ExactWitness(x.Net, x.Property, input, index, term); err == nil {
			return true
		}
	}
	return false
}

// witness is the answer that a witness of the violation from outside is one of the
// violation, where a statement from inside that is close there says so; otherwise nil.
func (e *ended) witness(w *Witness, knots []float64) *Result {
	x := w.exact()
	z, err := e.outputs(x)
	if err != nil {
		return nil
	}
	e.near = z
	var inner []*final.Extension
	closer := map[*final.Extension]bool{}
	for _, near := range [][][]float64{nil, {z}} {
		if p, _, err := final.Property(e.p, e.net.Meta.End, false, near...); err == nil {
			i := &final.Extension{Net: e.before, Property: p}
			inner, closer[i] = append(inner, i), near != nil
		}
	}
	if i, err := final.Extend(e.p, e.net, false, knots, e.near); err == nil {
		inner, closer[i] = append(inner, i), true
	}
	for _, i := range inner {
		for term := range i.Property.Cases[w.Case].Outputs {
			b, margin, err := certify.ExactWitness(i.Net, i.Property, x, w.Case, term)
			if err != nil {
				continue
			}
			found := *w
			found.Proof, found.Term, found.Exact, found.Margin, found.Output = b, term, true, 0, z
			if margin != nil {
				found.Margin, _ = margin.Float64()
			}
			return &Result{Verdict: Violated, By: Proof, Witness: &found, Cases: len(e.p.Cases), Closer: closer[i]}
		}
	}
	return nil
}

// exact is the input of a witness.
func (w *Witness) exact() []*big.Rat {
	if w.ExactInput != nil {
		return w.ExactInput
	}
	x := make([]*big.Rat, len(w.Input))
	for i, v := range w.Input {
		x[i] = new(big.Rat).SetFloat64(v)
	}
	return x
}

// outputs are those before the end.
func (e *ended) outputs(x []*big.Rat) ([]float64, error) {
	y, err := proof.Evaluate(e.before, x)
	if err != nil {
		return e.before.EvalPoint(rounded(x))
	}
	z := make([]float64, len(y))
	for i, v := range y {
		z[i], _ = v.Float64()
	}
	return z, nil
}
