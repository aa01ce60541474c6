package preimage_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

var orders = []preimage.Order{preimage.DepthFirst, preimage.BreadthFirst, preimage.BestFirst}

// searchCells is SearchCells, which must not fail.
func searchCells(t testing.TB, net *nn.Network, opt preimage.CellsOptions, target ...set.Polyhedron) *preimage.CellsResult {
	t.Helper()
	r, err := preimage.SearchCells(background, net, target, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSearchCellsToTheEnd: a search that comes to its end has the preimage, in
// any order.
func TestSearchCellsToTheEnd(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 13))
		among := append(activations(t), nn.Step())
		n := 1 + r.IntN(2)
		net := randomNet(t, r, among, n, 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(2))
		if seed%3 == 0 {
			net = residual(t, r, among[r.IntN(len(among))], among[r.IntN(len(among))], n, 1+r.IntN(2))
		}
		target := randomTarget(r, net.OutDim())
		domain := box([][2]float64{{-2, 1}, {-0.5, 2}}[:n]...).Polyhedron()
		want := backward(t, net, preimage.BackwardOptions{Domain: &domain, Prune: true}, target...)
		for _, order := range orders {
			got := searchCells(t, net, preimage.CellsOptions{Order: order, Domain: &domain, Samples: 200}, target...)
			if got.Side != preimage.Exact || got.Limit != nil {
				t.Fatalf("seed %d: %v, %v", seed, got.Side, got.Limit)
			}
			if got.Coverage.Samples > 0 && got.Coverage.Hits != got.Coverage.Samples {
				t.Errorf("seed %d: all pieces cover %+v", seed, got.Coverage)
			}
			sameSets(t, "search", got.Union(), want)
			if t.Failed() {
				t.Fatalf("seed %d, order %v", seed, order)
			}
		}
	}
}

// TestSearchCellsParts: what a limit leaves is a subset, and the coverage that is
// measured agrees with volumes.
func TestSearchCellsParts(t *testing.T) {
	net := example4(t, nn.ReLU(), nn.ReLU())
	target := polyhedron(row(0, 1, -1))
	domain := box([2]float64{-50, 50}, [2]float64{-50, 50}).Polyhedron()
	const exact = 5244.778013966039
	for _, order := range orders {
		previous := 0.0
		for pieces := 1; pieces <= 8; pieces++ {
			got := searchCells(t, net, preimage.CellsOptions{Order: order, Domain: &domain, MaxPieces: pieces}, target)
			if len(got.Pieces) != pieces || (pieces < 8) != errors.Is(got.Limit, preimage.ErrPolyhedra) || (pieces < 8) != (got.Side == preimage.Under) {
				t.Fatalf("order %v: %d pieces with limit %d, %v, %v", order, len(got.Pieces), pieces, got.Limit, got.Side)
			}
			volume, err := solve.UnionVolume(got.Union())
			if err != nil {
				t.Fatal(err)
			}
			if share := volume / exact; share < got.Coverage.Lower || share > got.Coverage.Upper {
				t.Errorf("order %v: %d pieces cover %v, measured %+v", order, pieces, share, got.Coverage)
			}
			if volume < previous {
				t.Errorf("order %v: %d pieces cover %v, fewer cover %v", order, pieces, volume, previous)
			}
			previous = volume
		}
		if math.Abs(previous-exact) > 1e-6 {
			t.Errorf("order %v: area %v, want %v", order, previous, exact)
		}
	}
	// Best-first finds the largest piece first: 3875.05 of the area.
	best := searchCells(t, net, preimage.CellsOptions{Order: preimage.BestFirst, Domain: &domain, Coverage: 0.7}, target)
	if len(best.Pieces) != 1 || !errors.Is(best.Limit, preimage.ErrCoverage) || best.Coverage.Lower < 0.7 {
		t.Errorf("%d pieces, %v, %+v", len(best.Pieces), best.Limit, best.Coverage)
	}
	// Without a domain the search is over unbounded pieces.
	if all := searchCells(t, net, preimage.CellsOptions{}, target); len(all.Pieces) != 8 || all.Side != preimage.Exact {
		t.Errorf("%d pieces, %v", len(all.Pieces), all.Side)
	}
	if r := searchCells(t, net, preimage.CellsOptions{Order: preimage.BreadthFirst, MaxOpen: 2}, target); !errors.Is(r.Limit, preimage.ErrPolyhedra) {
		t.Errorf("limit %v", r.Limit)
	}
	for _, opt := range []preimage.CellsOptions{{Order: preimage.BestFirst}, {Coverage: 0.5}} {
		if _, err := preimage.SearchCells(background, net, set.Union{target}, opt); err == nil {
			t.Errorf("%+v without a domain: no error", opt)
		}
	}
}
