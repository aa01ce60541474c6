package proof

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// ties is a random decoupled network with weights that are whole, so that many units
// vanish together, and three outputs.
func ties(t *testing.T, r *rand.Rand) *nn.Network {
	t.Helper()
	params := func(out, in int) nn.Params {
		p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = float64(r.IntN(5) - 2)
		}
		for i := range p.Bias {
			p.Bias[i] = float64(r.IntN(3) - 1)
		}
		return p
	}
	first := params(6, 2)
	value := params(6, 2)
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: first, Value: &value}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.Dense{Params: params(6, 6)}},
		{Inputs: []int{2}, Op: nn.ReLU()},
		{Inputs: []int{3}, Op: &nn.Dense{Params: params(3, 6)}},
	}, []int{2}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestWorkers: results are the same, violations and their order included, for any
// number of goroutines, and with fewer violations listed than there are.
func TestWorkers(t *testing.T) {
	given := 0
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 37))
		net, other := ties(t, r), ties(t, r)
		p, err := set.NewPolygon([][]float64{{-3, -3}, {3, -3}, {4, 0}, {3, 3}, {-3, 3}})
		if err != nil {
			t.Fatal(err)
		}
		g, err := set.NewSegment([]float64{-2, 1}, []float64{2, -0.5})
		if err != nil {
			t.Fatal(err)
		}
		s := &spec.Spec{Items: []spec.Item{
			{Name: "polygon", Polygon: p, Output: spec.Output{Allowed: []int{0, 2}}},
			{Name: "segment", Segment: &g, Output: spec.Output{Allowed: []int{1}}},
		}}
		for _, most := range []int{0, 5} {
			opt := Options{MaxViolations: most}
			if seed%2 == 0 {
				opt.Choice = net
				if seed%4 == 0 {
					opt.Choice = other
				}
			}
			var want *Result
			for _, opt.Workers = range []int{1, 2, 7} {
				last := 0
				opt.Progress = func(pieces int) {
					if pieces <= last {
						t.Errorf("%d pieces after %d", pieces, last)
					}
					last = pieces
				}
				got, err := Check(t.Context(), net, s, opt)
				switch {
				case err != nil:
					t.Fatal(err)
				case last != got.Size.Pieces:
					t.Errorf("told of %d pieces of %d", last, got.Size.Pieces)
				case want == nil:
					want = got
				case !reflect.DeepEqual(want, got):
					t.Fatalf("network %d, %d workers: %+v, want %+v", seed, opt.Workers, got, want)
				}
				given += len(got.Violations)
			}
		}
	}
	if given < 100 {
		t.Errorf("%d violations: this tests little", given)
	}
}

// TestCrew: all is done once, however it is given away.
func TestCrew(t *testing.T) {
	for range 200 {
		c := newCrew(4)
		var done atomic.Int64
		var split func(n int) error
		split = func(n int) error {
			for ; n > 1; n -= n / 2 {
				half := n / 2
				if !c.wanted() || !c.give(func() error { return split(half) }) {
					if err := split(half); err != nil {
						return err
					}
				}
			}
			done.Add(1)
			return nil
		}
		if err := c.run(3, func(i int) error { return split(1000 * i) }); err != nil {
			t.Fatal(err)
		}
		if done.Load() != 3001 { // split(0) counts as one
			t.Fatalf("%d of 3001", done.Load())
		}
	}
	c, broken := newCrew(2), errors.New("broken")
	var mu sync.Mutex
	calls := 0
	err := c.run(1000, func(int) error {
		mu.Lock()
		defer mu.Unlock()
		calls++
		return broken
	})
	if !errors.Is(err, broken) || calls > 2 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

// TestInterrupted: exact arithmetic ends where the context is done, on every way in.
func TestInterrupted(t *testing.T) {
	net := ties(t, rand.New(rand.NewPCG(1, 38)))
	n, err := compile(net)
	if err != nil {
		t.Fatal(err)
	}
	end := n.follow([][]float64{{1, 2}}, make(nn.Pattern, net.PatternLen()))
	ctx, cancel := context.WithCancel(t.Context())
	n.ctx = ctx
	f := n.newForm(end, nn.ValueChannel, 1, []term{{0, 1}}, nil)
	cancel()
	if err := uninterrupted(func() error { f.exactly(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("an exact value: %v", err)
	}
	s := &spec.Spec{Items: []spec.Item{{Name: "p", Point: []float64{1, 2}, Output: spec.Output{Allowed: []int{0}}}}}
	if _, err := Check(ctx, net, s, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a check: %v", err)
	}
	if _, _, err := Bind(ctx, net, s); err != nil { // nothing to bind
		t.Errorf("nothing to bind: %v", err)
	}
	s.Items[0] = spec.Item{Name: "p", Point: []float64{1, 2}, Keep: true}
	if _, _, err := Bind(ctx, net, s); !errors.Is(err, context.Canceled) {
		t.Errorf("a point to keep: %v", err)
	}
}
