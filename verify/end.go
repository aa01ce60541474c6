package verify

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec/final"
	"github.com/netmend/netmend/spec/vnnlib"
)

// endRounds bounds how often a property is stated more closely.
const endRounds = 24

// behindEnd decides a property of a file's outputs, which its network ends before. A
// violation that is found from outside is looked for from inside; where it is none, both
// come closer there.
func behindEnd(ctx context.Context, net *nn.Network, p *vnnlib.Property, opt Options) (*Result, error) {
	if p.Inputs != net.InDim() {
		return nil, fmt.Errorf("the property has %d inputs, the network %d", p.Inputs, net.InDim())
	}
	end, before := net.Meta.End, net.BeforeEnd()
	start, limit := time.Now(), opt.MaxTime
	ask := func(p *vnnlib.Property) (*Result, error) {
		if limit > 0 {
			opt.MaxTime = max(limit-time.Since(start), time.Millisecond)
		}
		return Property(ctx, before, p, opt)
	}
	var near [][]float64
	var r *Result
	for range endRounds {
		outer, _, err := final.Property(p, end, true, near...)
		if err != nil {
			return nil, err
		}
		if r, err = ask(outer); err != nil {
			return nil, err
		}
		if r.Closer = len(near) > 0; r.Verdict == Holds || r.Witness == nil {
			return r, nil
		}
		inner, _, err := final.Property(p, end, false, near...)
		if err != nil || reflect.DeepEqual(inner.Cases, outer.Cases) {
			return r, err
		}
		found, err := ask(inner)
		if err != nil {
			return nil, err
		}
		if found.Closer = len(near) > 0; found.Verdict == Violated || found.Found == Violated {
			return found, nil
		}
		near = append(near, r.Witness.Output)
	}
	reason := fmt.Sprintf("what is asked lies between the polyhedra that enclose it before the final %s from inside and from outside", end.Kind)
	return &Result{Verdict: Unknown, Reason: reason, Cases: r.Cases, Cells: r.Cells, Closer: true}, nil
}
