package verify

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// TestUnbounded compares verdicts on unbounded input sets with proven preimages.
func TestUnbounded(t *testing.T) {
	n := uint64(60)
	if testing.Short() {
		n = 20
	}
	verdicts := make(map[Verdict]int)
	for seed := range n {
		r := rand.New(rand.NewPCG(seed, 31))
		number := func() float64 { return float64(r.IntN(9)-4) / 2 }
		layer := func(in, out int) *nn.Dense {
			p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
			for i := range p.Weight.Data {
				p.Weight.Data[i] = number()
			}
			for i := range p.Bias {
				p.Bias[i] = number()
			}
			return &nn.Dense{Params: p}
		}
		op := nn.ReLU()
		if r.IntN(2) == 0 {
			op = nn.HardTanh() // bounded outputs, which only touch a bound far away
		}
		inputs := 1 + r.IntN(2)
		net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: layer(inputs, 3)}, {Inputs: []int{0}, Op: op}, {Inputs: []int{1}, Op: layer(3, 1)}}, []int{inputs}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		limit := float64(12*r.IntN(9)) / 8
		sign, domain := "<=", set.Whole(inputs)
		h := set.HalfSpace{Normal: []float64{1}, Offset: -limit}
		if r.IntN(2) == 0 {
			sign, h = ">=", set.HalfSpace{Normal: []float64{-1}, Offset: -limit}
		} else {
			limit = -limit
		}
		asserts := fmt.Sprintf("(assert (%s Y_0 %v))", sign, limit)
		if r.IntN(2) == 0 {
			asserts += "(assert (>= X_0 0.5))"
			bound := set.HalfSpace{Normal: make([]float64, inputs), Offset: -0.5}
			bound.Normal[0] = -1
			domain = domain.With(bound)
		}
		p := property(t, inputs, 1, asserts)
		want := Holds
		q, err := preimage.Regions(t.Context(), net, domain, set.Union{set.Whole(1).With(h)}, preimage.RegionsOptions{Prove: true, Faces: true})
		if err != nil || !q.Proof.Accepted {
			t.Fatalf("seed %d: %v, %v", seed, err, q.Proof.Missing)
		}
		if q.Count > 0 {
			want = Violated
		}
		got := mustDecide(t, net, p, Options{})
		if verdicts[got.Verdict]++; got.Verdict != want {
			t.Errorf("seed %d: %v (%s), want %v: %s", seed, got.Verdict, got.Reason, want, asserts)
		}
		if got.Verdict == Violated {
			checkWitness(t, net, p, got.Witness)
		} else if got.By != Proof || !got.Unbounded || got.Proof != nil {
			t.Errorf("seed %d: by %v, %+v", seed, got.By, got.Proof)
		}
	}
	if verdicts[Holds] < int(n)/6 || verdicts[Violated] < int(n)/6 {
		t.Errorf("verdicts %v are too few of a kind for this test", verdicts)
	}
}

// TestUnboundedFar has its only violations far away, and a case beside an unbounded one.
func TestUnboundedFar(t *testing.T) {
	net := n1(t)
	p := property(t, 1, 1, "(assert (or (and (<= X_0 0) (<= Y_0 -100000000)) (and (>= X_0 0) (<= X_0 1) (>= Y_0 7))))")
	got := mustDecide(t, net, p, Options{})
	y, err := net.EvalPoint([]float64{-1e9})
	if err != nil {
		t.Fatal(err)
	}
	if want := Holds; y[0] > -1e8 && got.Verdict != want || y[0] <= -1e8 && got.Verdict != Violated {
		t.Errorf("%v (%s); the output at -1e9 is %v", got.Verdict, got.Reason, y[0])
	}
	steep := chainOf(t, &nn.Dense{Params: nn.Params{Weight: nn.RowMatrix([]float64{0x1p-20}), Bias: []float64{-1}}}, nn.ReLU())
	p = property(t, 1, 1, "(assert (>= Y_0 100))")
	if got = mustDecide(t, steep, p, Options{}); got.Verdict != Violated || got.Witness.Input[0] < 101*0x1p20 {
		t.Errorf("%+v", got)
	}
}

func chainOf(t *testing.T, ops ...nn.Op) *nn.Network {
	t.Helper()
	var nodes []nn.Node
	for i, op := range ops {
		nodes = append(nodes, nn.Node{Inputs: []int{i - 1}, Op: op})
	}
	net, err := nn.New(nodes, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}
