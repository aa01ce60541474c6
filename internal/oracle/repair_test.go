package oracle

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// randomDemands are half-spaces, strict ones among them, on random sets.
func randomDemands(rng *rand.Rand, dim, outputs int) []Demand {
	var d []Demand
	for range 1 + rng.IntN(2) {
		var set *Cell
		switch rng.IntN(3) {
		case 0:
			set = Point(randomPoint(rng, dim))
		case 1:
			set = Segment(randomPoint(rng, dim), randomPoint(rng, dim))
		default:
			lo, hi := make([]Rat, dim), make([]Rat, dim)
			for i := range lo {
				lo[i], hi[i] = Int(-1), Int(rng.Int64N(3)-1)
			}
			set = Box(lo, hi)
		}
		a := make([]Rat, outputs)
		for j := range a {
			a[j] = Int(rng.Int64N(3) - 1)
		}
		d = append(d, Demand{set, []HalfSpace{{A: a, B: Int(rng.Int64N(5) - 3), Strict: rng.IntN(2) == 0}}})
	}
	return d
}

func meets(net *Net, demands []Demand) bool {
	for _, d := range demands {
		if Find(Regions(net, d.Set), Union{d.Holds}.Not()) != nil {
			return false
		}
	}
	return true
}

// TestRepair: the change that is found meets the demands, as the regions of the changed
// network say, and no random change that meets them is smaller than the infimum or
// contradicts an infeasible answer.
func TestRepair(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	counts := map[string]int{}
	for range 400 {
		dim := 1 + rng.IntN(2)
		net := random(rng, dim, 2)
		layer := 2 * rng.IntN(len(net.Nodes)/2+1)
		demands := randomDemands(rng, dim, 2)
		p := NewRepair(net, layer, demands)
		limits := Limits{Bound: Int(2)}
		answer := p.Solve(limits, Norm{Int(1), Int(1)})
		switch {
		case !answer.Feasible:
			counts["infeasible"]++
		case answer.Room.Sign() == 0:
			counts["no room"]++
		default:
			counts["feasible"]++
		}
		if answer.Feasible {
			if !meets(net.Changed(layer, answer.Change), demands) {
				t.Fatalf("the change %v does not meet the demands", answer.Change)
			}
			if norm(answer.Change).Cmp(answer.Least) < 0 {
				t.Fatalf("a change is smaller than the infimum")
			}
		}
		for range 10 {
			change := make([]Rat, p.Parameters)
			for i := range change {
				change[i] = big.NewRat(rng.Int64N(17)-8, 4)
			}
			if !meets(net.Changed(layer, change), demands) {
				continue
			}
			counts["met"]++
			if !answer.Feasible || norm(change).Cmp(answer.Least) < 0 {
				t.Fatalf("%v meets the demands, with norm %v; said is %+v", change, norm(change), answer)
			}
		}
	}
	for _, kind := range []string{"infeasible", "no room", "feasible", "met"} {
		if counts[kind] < 5 {
			t.Errorf("%s: %d", kind, counts[kind])
		}
	}
}

// norm is Σ|D| + max|D|.
func norm(change []Rat) Rat {
	sum, largest := Int(0), Int(0)
	for _, d := range change {
		d = new(big.Rat).Abs(d)
		sum.Add(sum, d)
		if d.Cmp(largest) > 0 {
			largest = d
		}
	}
	return sum.Add(sum, largest)
}

// TestStrictOnHalfOpen: on the segment from 0 to 1 a step is 0 but at the end, where it is 1. A
// strict demand on the part without its end may be met with equality at that end.
func TestStrictOnHalfOpen(t *testing.T) {
	step := &Pieces{Breaks: ints(1), Slope: ints(1, 0), Offset: ints(0, -5)}
	net := chain(1, dense(1, 1, 0), step)
	set := Segment(ints(0), ints(1))
	for _, test := range []struct {
		b     int64
		holds bool
	}{{1, true}, {0, false}} {
		demand := Demand{set, []HalfSpace{{A: ints(1), B: Int(test.b), Strict: true}}}
		if meets(net, []Demand{demand}) != test.holds {
			t.Errorf("y < %d holds is not %v", test.b, test.holds)
		}
		answer := NewRepair(net, 0, []Demand{demand}).Solve(Limits{Bound: Int(0)}, Norm{Int(1), Int(0)})
		if answer.Feasible != test.holds {
			t.Errorf("y < %d without any change: feasible is %v", test.b, answer.Feasible)
		}
	}
	if sup, reached := Sup(Regions(net, set), ints(1)); sup.Cmp(Int(1)) != 0 || reached {
		t.Errorf("supremum %v, reached %v", sup, reached)
	}
}
