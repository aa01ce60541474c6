package bench

import (
	"context"
	"sort"
	"time"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/cmd/netmend/internal/demo"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

var figuresCommand = &cli.Command{
	Name:    "bench inverse-figures",
	Summary: "compute the figures of the paper on the inverse problem as numbers",
	Usage:   "[flags]",
	Detail: `
Computes Figures 2, 3, 5, 6 and 8 of Forets and Schilling, "The inverse problem for
neural networks" (2023): what netmend demo inverse draws, and Figure 6, the preimage
under leaky ReLUs computed exactly and by boxes, with the areas, the median times and
their ratios. Needs no data; prints one JSON object.`,
	Example: "netmend bench inverse-figures",
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		runs := 101
		fs.IntVar(&runs, "runs", runs, "how many times to compute Figure 6; the times are medians")
		return func(operands []string) (int, error) {
			if err := cli.WantOperands(operands); err != nil {
				return 0, err
			}
			if runs < 1 {
				return 0, cli.Usagef("--runs %d: must be at least 1", runs)
			}
			return cli.ExitYes, benchFigures(inv, runs)
		}
	},
}

// figure6Side is one of the two ways of Figure 6.
type figure6Side struct {
	Count   int            `json:"count"`
	Area    float64        `json:"area"`
	Bounds  []answer.Range `json:"bounds"`
	Seconds float64        `json:"median_seconds"`
}

// figure6 compares the exact preimage with the one by boxes.
type figure6 struct {
	Target []answer.Range `json:"target"`
	Exact  figure6Side    `json:"exact"`
	Boxes  figure6Side    `json:"boxes"`
	// Coarseness is the ratio of the areas, Speed that of the times.
	Coarseness float64 `json:"coarseness"`
	Speed      float64 `json:"times_faster"`
	Runs       int     `json:"runs"`
}

func benchFigures(inv *cli.Invocation, runs int) error {
	d, err := demo.Inverse(inv)
	if err != nil {
		return err
	}
	f, err := compareBoxes(inv.Ctx, runs)
	if err != nil {
		return err
	}
	type example4Info struct {
		Steps []demo.BackwardStep `json:"steps"`
		Areas []float64           `json:"areas"`
	}
	type parabolaInfo struct {
		Intervals [][2]float64 `json:"inputs_with_output_in_100_105"`
		Never     bool         `json:"never_negative"`
	}
	return inv.WriteJSON(struct {
		cli.Header
		Example4 example4Info      `json:"figures_2_3"`
		Parabola parabolaInfo      `json:"figure_5"`
		Boxes    *figure6          `json:"figure_6"`
		XOR      []demo.XOROutcome `json:"figure_8"`
		Seconds  cli.Total         `json:"seconds"`
	}{inv.Header(), example4Info{d.Steps, d.Areas}, parabolaInfo{d.Intervals, d.Never}, f, d.XOR, inv.Total()})
}

// compareBoxes computes Figure 6: the network of Figure 1 with leaky ReLUs of slope
// 0.01 and 0.02, and the preimage of the interval image of the unit square.
func compareBoxes(ctx context.Context, runs int) (*figure6, error) {
	net, err := demo.Example4(nn.LeakyReLU(0.01), nn.LeakyReLU(0.02))
	if err != nil {
		return nil, err
	}
	image, err := preimage.ImageBox(ctx, net, set.Box{Lo: []float64{0, 0}, Hi: []float64{1, 1}})
	if err != nil {
		return nil, err
	}
	target := set.Union{image.Polyhedron()}
	f := &figure6{Target: answer.RangesOf(image), Runs: runs}
	if f.Exact, err = timed(runs, func() (*preimage.BackwardResult, error) {
		return preimage.Backward(ctx, net, target, preimage.BackwardOptions{})
	}); err != nil {
		return nil, err
	}
	if f.Boxes, err = timed(runs, func() (*preimage.BackwardResult, error) {
		return preimage.Boxes(ctx, net, target, preimage.BoxesOptions{})
	}); err != nil {
		return nil, err
	}
	f.Coarseness, f.Speed = f.Boxes.Area/f.Exact.Area, f.Exact.Seconds/f.Boxes.Seconds
	return f, nil
}

// timed runs one way several times and measures its result.
func timed(runs int, way func() (*preimage.BackwardResult, error)) (s figure6Side, err error) {
	var r *preimage.BackwardResult
	times := make([]float64, runs)
	for i := range times {
		start := time.Now()
		if r, err = way(); err != nil {
			return s, err
		}
		times[i] = time.Since(start).Seconds()
	}
	sort.Float64s(times)
	s.Count, s.Seconds = len(r.Sets), times[runs/2]
	bounds := set.EmptyBox(2)
	for _, p := range r.Sets {
		b, err := solve.BoundingBox(p)
		if err != nil {
			return s, err
		}
		bounds = bounds.Hull(b)
	}
	s.Bounds = answer.RangesOf(bounds)
	s.Area, err = solve.UnionVolume(r.Sets)
	return s, err
}
