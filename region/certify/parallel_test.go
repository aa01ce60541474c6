package certify_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/set"
)

// TestRunParallel: several goroutines accept what one accepts, and reject what it rejects,
// with the same words.
func TestRunParallel(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	large := 0
	for trial := range 3 {
		net := random(t, r, 3, 14, false, trial%2 == 0)
		p := &tree.Problem{Net: net, Lo: []float64{-2, -2, -2}, Hi: []float64{2, 2, 2}}
		above := func(level float64) set.HalfSpace {
			return set.HalfSpace{Normal: []float64{-1, 0}, Offset: -level}
		}
		highest := highestSample(t, r, p)
		p.Terms = [][]set.HalfSpace{{above(highest + 0.1)}, {above(highest + 5), {Normal: []float64{0, 1}, Offset: 0}}}
		steps, err := search(t.Context(), p, certify.Options{})
		if err != nil {
			continue // the samples missed the highest
		}
		if len(steps) > 1<<10 {
			large++
		}
		run := func(b []byte, tokens int) string {
			free := make(chan struct{}, tokens+1)
			for range tokens {
				free <- struct{}{}
			}
			tally, err := tree.RunParallel(t.Context(), p, b, free)
			if len(free) != tokens {
				t.Errorf("%d tokens are left of %d", len(free), tokens)
			}
			return fmt.Sprint(tally, err)
		}
		want, err := tree.Run(t.Context(), p, steps)
		for tokens := range 4 {
			if got := run(steps, tokens); got != fmt.Sprint(want, err) {
				t.Errorf("trial %d, %d tokens: %s, want %v, %v", trial, tokens, got, want, err)
			}
		}
		for range 8 {
			b := append([]byte(nil), steps...)
			for range 1 + r.IntN(2) {
				switch i := r.IntN(len(b)); r.IntN(3) {
				case 0:
					b[i] ^= 1 << r.IntN(8)
				case 1:
					b = append(b[:i], b[min(len(b), i+1+r.IntN(50)):]...)
				default:
					b = append(b, b[i:min(len(b), i+30)]...)
				}
			}
			tally, err := tree.Run(t.Context(), p, b)
			if want, got := fmt.Sprint(tally, err), run(b, 2); got != want {
				t.Errorf("trial %d, changed: %s, want %s", trial, got, want)
			}
		}
	}
	if large < 1 {
		t.Errorf("%d proofs are long enough for several goroutines", large)
	}
}

// TestSearchLimits: with any limit on the cells a search ends with the same steps, the same
// error and the same number of cells, for any number of workers, witnesses included.
func TestSearchLimits(t *testing.T) {
	ends := map[string]int{}
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 12))
		net := random(t, r, 3, 12, false, seed%2 == 0)
		p := &tree.Problem{Net: net, Lo: []float64{-2, -2, -2}, Hi: []float64{2, 2, 2}}
		highest := highestSample(t, r, p)
		for _, gap := range []float64{0.1, 0.01, -0.01} {
			level := highest + gap
			p.Terms = [][]set.HalfSpace{{{Normal: []float64{-1, 0}, Offset: -level}}}
			for _, limit := range []int{0, 1, 2, 5, 12, 13, 14, 40, 150} {
				search := func(workers int) string {
					cells := 0
					steps, err := search(t.Context(), p, certify.Options{
						Workers: workers, MaxCells: limit, AtUnits: true,
						Progress: func(n int) { cells = n },
						Try: func(x []float64) error {
							if y, err := net.EvalPoint(x); err == nil && y[0] > level {
								return fmt.Errorf("%v is a witness", x)
							}
							return nil
						},
					})
					end := fmt.Sprintf("%x, %v, %d cells", steps, err, cells)
					switch {
					case err == nil:
						ends["proof"]++
					case errors.Is(err, certify.ErrMaxCells):
						ends["limit"]++
					default:
						ends["witness"]++
					}
					return end
				}
				want := search(1)
				for _, workers := range []int{2, 3, 8} {
					if got := search(workers); got != want {
						t.Errorf("network %d, gap %v, limit %d, %d workers: %s, want %s", seed, gap, limit, workers, got, want)
					}
				}
			}
		}
	}
	if ends["proof"] < 40 || ends["limit"] < 40 || ends["witness"] < 40 {
		t.Errorf("the searches ended with %v: want more of each", ends)
	}
}
