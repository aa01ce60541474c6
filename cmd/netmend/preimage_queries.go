package main

import (
	"errors"
	"fmt"
	"math"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set/solve"
	"github.com/netmend/netmend/spec/expr"
)

// queryFlags are questions about the polyhedra of a preimage.
type queryFlags struct {
	sample             int
	seed               uint64
	maximise, minimise string
	nearest, norm      string
	statistics         bool
}

func (f *queryFlags) declare(fs *pflag.FlagSet) {
	fs.IntVar(&f.sample, "sample", 0, "draw `n` points of the preimage, nearly uniformly")
	fs.Uint64Var(&f.seed, "seed", 0, "for --sample and --search: a different `number` gives different points")
	fs.StringVar(&f.maximise, "maximise", "", "find where on the preimage a linear `expression` in the inputs, such as \"x0 - 2*x1\", is largest")
	fs.StringVar(&f.minimise, "minimise", "", "find where on the preimage a linear `expression` in the inputs is smallest")
	fs.StringVar(&f.nearest, "nearest", "", "find the point of the preimage nearest to this `point`: numbers separated by commas")
	fs.StringVar(&f.norm, "norm", "l2", "the norm of --nearest: l1, l2 or linf")
	fs.BoolVar(&f.statistics, "statistics", false, "print the smallest box around the preimage, and how many activation patterns it has")
}

// given reports whether anything is asked.
func (f *queryFlags) given() bool {
	return f.sample > 0 || f.maximise != "" || f.minimise != "" || f.nearest != "" || f.statistics
}

func (f *queryFlags) validate() error {
	if f.sample < 0 {
		return cli.Usagef("--sample %d: must not be negative", f.sample)
	}
	_, err := f.normOf()
	return err
}

func (f *queryFlags) normOf() (solve.Norm, error) {
	for _, n := range []solve.Norm{solve.L1, solve.L2, solve.LInf} {
		if n.String() == f.norm {
			return n, nil
		}
	}
	return 0, cli.Usagef("--norm %q: want l1, l2 or linf", f.norm)
}

// extremeInfo is where a linear function of the inputs is largest or smallest.
type extremeInfo struct {
	Objective string     `json:"objective"`
	Value     cli.Finite `json:"value"`
	Bound     cli.Finite `json:"bound"`
	At        []float64  `json:"at"`
}

// nearestInfo is the point of a preimage that is nearest to another.
type nearestInfo struct {
	To       []float64  `json:"to"`
	Norm     string     `json:"norm"`
	Point    []float64  `json:"point"`
	Distance cli.Finite `json:"distance"`
}

// statisticsInfo sums up a preimage.
type statisticsInfo struct {
	Patterns int            `json:"patterns"`
	Spanning int            `json:"spanning"`
	Bounds   []answer.Range `json:"bounds,omitempty"`
}

// queryAnswers are the answers to the questions that were asked.
type queryAnswers struct {
	Samples    [][]float64     `json:"samples,omitempty"`
	Maximum    *extremeInfo    `json:"maximum,omitempty"`
	Minimum    *extremeInfo    `json:"minimum,omitempty"`
	Nearest    *nearestInfo    `json:"nearest,omitempty"`
	Statistics *statisticsInfo `json:"statistics,omitempty"`
}

// answer answers the questions about a preimage. Of an empty one there is nothing
// to say.
func (f *queryFlags) answer(net *nn.Network, r *preimage.Result) (a queryAnswers, err error) {
	parts := []func() error{
		func() error {
			if f.sample == 0 {
				return nil
			}
			if a.Samples, err = r.Sample(f.sample, f.seed); errors.Is(err, solve.ErrUnbounded) {
				err = errors.New("--sample: the preimage is unbounded: bound it with --input")
			}
			return err
		},
		func() error { a.Maximum, err = extreme(net, r, f.maximise, "--maximise", 1); return err },
		func() error { a.Minimum, err = extreme(net, r, f.minimise, "--minimise", -1); return err },
		func() error { a.Nearest, err = f.nearestTo(net, r); return err },
		func() error {
			if f.statistics {
				a.Statistics, err = statistics(r)
			}
			return err
		},
	}
	for _, part := range parts {
		if err := part(); err != nil && !errors.Is(err, solve.ErrEmpty) {
			return a, err
		}
	}
	return a, nil
}

// extreme finds where sign times the objective is largest.
func extreme(net *nn.Network, r *preimage.Result, objective, name string, sign float64) (*extremeInfo, error) {
	if objective == "" {
		return nil, nil
	}
	c, constant, err := expr.ParseObjective(objective, name, net.InDim())
	if err != nil {
		return nil, err
	}
	for i := range c {
		c[i] = float64(c[i] * sign)
	}
	reach, err := r.Maximize(c)
	if err != nil {
		return nil, err
	}
	return &extremeInfo{objective, cli.Finite(float64(sign*reach.Value) + constant), cli.Finite(float64(sign*reach.Bound) + constant), reach.At}, nil
}

func (f *queryFlags) nearestTo(net *nn.Network, r *preimage.Result) (*nearestInfo, error) {
	if f.nearest == "" {
		return nil, nil
	}
	points, err := cli.ParsePoints(f.nearest)
	if err != nil {
		return nil, fmt.Errorf("--nearest %w", err)
	}
	if len(points) != 1 || len(points[0]) != net.InDim() {
		return nil, cli.Usagef("--nearest %s: want a point of %s", f.nearest, cli.Count(net.InDim(), "number"))
	}
	norm, err := f.normOf()
	if err != nil {
		return nil, err
	}
	at, d, _, err := r.Nearest(points[0], norm)
	if err != nil {
		return nil, err
	}
	return &nearestInfo{points[0], norm.String(), at, cli.Finite(d)}, nil
}

func statistics(r *preimage.Result) (*statisticsInfo, error) {
	s, err := r.Statistics()
	if err != nil || s.Pieces == 0 {
		return nil, err
	}
	return &statisticsInfo{Patterns: s.Patterns, Spanning: s.Spanning, Bounds: answer.RangesOf(s.Bounds)}, nil
}

// print prints the answers, samples last.
func (a *queryAnswers) print(inv *cli.Invocation) {
	for _, e := range []struct {
		word string
		*extremeInfo
	}{{"maximum", a.Maximum}, {"minimum", a.Minimum}} {
		if e.extremeInfo != nil {
			inv.Printf("%s of %s: %s at %s\n", e.word, e.Objective, cli.Short(float64(e.Value)), pointText(e.At))
		}
	}
	if n := a.Nearest; n != nil {
		inv.Printf("nearest to %s (%s): %s at distance %s\n", pointText(n.To), n.Norm, pointText(n.Point), cli.Short(float64(n.Distance)))
	}
	if s := a.Statistics; s != nil {
		if s.Patterns > 0 {
			inv.Printf("%s\n", cli.Count(s.Patterns, "activation pattern"))
		}
		if s.Spanning > 0 {
			inv.Printf("%s may span several linear regions\n", answer.Polyhedra(s.Spanning))
		}
		for i, r := range s.Bounds {
			inv.Printf("  x%d in [%s, %s]\n", i, shortBound(r[0]), shortBound(r[1]))
		}
	}
	for _, x := range a.Samples {
		inv.Printf("%s\n", pointText(x))
	}
}

// shortBound prints a bound that was rounded outward: next to 0 it is a subnormal
// number, which nobody wants to see.
func shortBound(v cli.Finite) string {
	const tiny = 1e-300
	if math.Abs(float64(v)) < tiny {
		return "0"
	}
	return cli.Short(float64(v))
}
