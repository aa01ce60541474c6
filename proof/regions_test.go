package proof_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
)

// TestRegions: N1 has three linear regions from -1 to 2, with ends at 0 and 1, exactly; what
// executes at 0 alone is none.
func TestRegions(t *testing.T) {
	got := ""
	err := proof.Regions(context.Background(), papertest.Figure3(t), [][]float64{{-1}, {2}}, 1, func(r *proof.Region) error {
		a, b := r.Corners()[0][1], r.Corners()[1][1]
		if a.Cmp(b) > 0 {
			a, b = b, a
		}
		got += fmt.Sprintf("%v %v %v; ", r.Pattern, a, b)
		return nil
	})
	if want := "[1 0 0] 0/1 1/3; [0 1 1] 2/3 1/1; [0 1 0] 1/3 2/3; "; err != nil || got != want {
		t.Errorf("regions %s, want %s; error %v", got, want, err)
	}
	stop := errors.New("stop")
	if err := proof.Regions(context.Background(), papertest.Figure3(t), [][]float64{{-1}, {2}}, 2, func(*proof.Region) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error of visit became %v", err)
	}
}

// TestRegionsTied: |x - y| and max(x, y) on the diagonal, where units tie throughout.
func TestRegionsTied(t *testing.T) {
	w := nn.NewMatrix(2, 2)
	copy(w.Row(0), []float64{1, -1})
	copy(w.Row(1), []float64{1, 1})
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: w, Bias: make([]float64, 2)}}},
		{Inputs: []int{0}, Op: nn.ReLU()},
	}, []int{2}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	err = proof.Regions(context.Background(), net, [][]float64{{0, 0}, {1, 1}}, 1, func(r *proof.Region) error {
		count++
		if fmt.Sprint(r.Tied()) != "[0]" {
			t.Errorf("units %v are tied, want unit 0", r.Tied())
		}
		return nil
	})
	if err != nil || count != 1 {
		t.Errorf("%d regions, error %v", count, err)
	}
	area := new(big.Rat)
	err = proof.Regions(context.Background(), net, [][]float64{{-1, -1}, {1, -1}, {-1, 1}}, 2, func(r *proof.Region) error {
		// The shares of the triangle's area, from weights.
		c := r.Corners()
		for k := 1; k+1 < len(c); k++ {
			area.Add(area, determinant(c[0], c[k], c[k+1]))
		}
		return nil
	})
	if err != nil || area.Cmp(big.NewRat(1, 1)) != 0 {
		t.Errorf("the regions' shares add up to %v, error %v", area, err)
	}
	for _, corners := range [][][]float64{{{0, 0}}, {{0}, {1}}, {{0, 0}, {1, 1}, {2, 2}, {3, 3}}} {
		if err := proof.Regions(context.Background(), net, corners, 1, func(*proof.Region) error { return nil }); err == nil {
			t.Errorf("corners %v are accepted", corners)
		}
	}
}

// determinant of three points by their weights, without its sign.
func determinant(a, b, c []*big.Rat) *big.Rat {
	d := new(big.Rat)
	for i := range a {
		j, k := (i+1)%3, (i+2)%3
		minor := new(big.Rat).Mul(b[j], c[k])
		minor.Sub(minor, new(big.Rat).Mul(b[k], c[j]))
		d.Add(d, minor.Mul(minor, a[i]))
	}
	return d.Abs(d)
}
