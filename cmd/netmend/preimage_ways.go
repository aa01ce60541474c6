package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// searchFlags choose another way to a preimage, or to a superset of it.
type searchFlags struct {
	order    string
	cells    int
	coverage float64
	over     string
}

func (f *searchFlags) declare(fs *pflag.FlagSet) {
	fs.StringVar(&f.order, "search", "", "look for parts of the preimage backwards, one by one: `order` is depth, breadth or best (first)")
	fs.IntVar(&f.cells, "cells", 0, "with --search: stop after `n` parts")
	fs.Float64Var(&f.coverage, "coverage", 0, "with --search: stop when the parts certainly cover this `share` of the preimage, such as 0.9")
	fs.StringVar(&f.over, "over", "", "find a superset of the preimage: `kind` is boxes (backwards, layer by layer) or template (one polyhedron for each part of the output set)")
}

func (f *searchFlags) validate(j *preimageJob) error {
	_, known := searchOrders[f.order]
	switch {
	case f.order != "" && !known:
		return cli.Usagef("--search %q: want depth, breadth or best", f.order)
	case f.over != "" && f.over != "boxes" && f.over != "template":
		return cli.Usagef("--over %q: want boxes or template", f.over)
	case (f.cells != 0 || f.coverage != 0) && f.order == "":
		return cli.Usagef("--cells and --coverage go with --search")
	case f.cells < 0 || !(f.coverage >= 0 && f.coverage <= 1):
		return cli.Usagef("--cells %d, --coverage %v: want a number that is not negative, and a share between 0 and 1", f.cells, f.coverage)
	}
	ways := 0
	for _, given := range []bool{f.order != "", f.over != "", j.backward, j.approximate > 0} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		return cli.Usagef("--search, --over, --snapshots and --approximate are different ways to look for the preimage: choose one")
	}
	if ways == 1 && (f.order != "" || f.over != "") && (j.faces || j.certificate != "") {
		return cli.Usagef("--search and --over do not go with --faces or --certificate")
	}
	return nil
}

var searchOrders = map[string]preimage.Order{
	"depth": preimage.DepthFirst, "breadth": preimage.BreadthFirst, "best": preimage.BestFirst,
}

// only is the one question about a polyhedron that a search and a superset take.
func only(questions []preimage.Question, what string) (preimage.Question, error) {
	if len(questions) != 1 || questions[0].Flat != nil {
		return preimage.Question{}, cli.Usagef("%s takes a single set as --input", what)
	}
	return questions[0], nil
}

// search finds parts of the preimage one by one.
func (o *preimageOutcome) search(inv *cli.Invocation, questions []preimage.Question) error {
	j := o.job
	q, err := only(questions, "--search")
	if err != nil {
		return err
	}
	cells := j.other.cells
	if cells == 0 {
		cells = j.limit
	}
	r, err := preimage.SearchCells(inv.Whole, o.net.BeforeEnd(), q.Target, preimage.CellsOptions{
		Order: searchOrders[j.other.order], Domain: &q.Domain, MaxPieces: cells, MaxTime: inv.Remaining(),
		Coverage: j.other.coverage, Seed: j.queries.seed,
	})
	if err != nil {
		return err
	}
	o.found = &r.Result
	o.pieces, o.count, o.side, o.limit = r.Pieces, len(r.Pieces), r.Side, r.Limit
	// What was asked for is reached: the answer is a part.
	o.asked = errors.Is(r.Limit, preimage.ErrCoverage) || j.other.cells > 0 && len(r.Pieces) >= j.other.cells
	if r.Coverage.Samples > 0 {
		o.coverage = &r.Coverage
	}
	o.expanded, o.deadEnds = r.Expanded, r.DeadEnds
	if j.volume {
		return o.measure(&r.Result, q.Domain)
	}
	return nil
}

// superset computes an over-approximation.
func (o *preimageOutcome) superset(inv *cli.Invocation, questions []preimage.Question) error {
	q, err := only(questions, "--over")
	if err != nil {
		return err
	}
	o.side, o.arithmetic = preimage.Over, cli.ArithmeticOutward
	switch o.job.other.over {
	case "boxes":
		r, err := preimage.Boxes(inv.Ctx, o.net.BeforeEnd(), q.Target, preimage.BoxesOptions{Domain: &q.Domain})
		if err != nil {
			return err
		}
		o.found = &preimage.Result{Side: preimage.Over}
		for _, p := range r.Sets {
			o.found.Pieces = append(o.found.Pieces, preimage.Piece{Set: p})
		}
	case "template":
		box, ok := q.Domain.AsBox()
		if !ok || !box.Bounded() || box.Empty() {
			return cli.Usagef("--over template takes a bounded box as --input")
		}
		a, err := preimage.Approximate(inv.Whole, o.net.BeforeEnd(), box, q.Target, preimage.ApproximateOptions{Workers: o.job.workers, MaxTime: inv.Remaining()})
		if err != nil {
			return err
		}
		o.found, o.limit = &a.Over, a.Over.Limit
	}
	o.pieces, o.count = o.found.Pieces, len(o.found.Pieces)
	if o.job.volume {
		return o.measure(o.found, q.Domain)
	}
	return nil
}

// enclose approximates the preimage from both sides.
func (o *preimageOutcome) enclose(inv *cli.Invocation, questions []preimage.Question) error {
	j := o.job
	o.arithmetic, o.found = cli.ArithmeticOutward, &preimage.Result{}
	if len(questions) == 0 {
		return nil
	}
	domain := questions[0].Domain
	box, ok := domain.AsBox()
	if !ok || !box.Bounded() || box.Empty() || len(questions) > 1 {
		return cli.Usagef("--approximate takes a single bounded box as --input")
	}
	if err := preimage.CheckOverflow(o.net, domain); err != nil {
		return fmt.Errorf("%s: %w", j.path, err)
	}
	a, err := preimage.Approximate(inv.Whole, o.net.BeforeEnd(), box, questions[0].Target, preimage.ApproximateOptions{
		Coverage: j.approximate, MaxTime: inv.Remaining(), MaxBoxes: j.limit, MaxBytes: inv.MemoryLeft() / 2, Workers: j.workers,
		Progress: func(boxes int, coverage float64) {
			inv.Progress.Report("%s, about %.1f %% covered", cli.Count(boxes, "box"), 100*coverage)
		},
	})
	if err != nil {
		return err
	}
	o.pieces, o.count, o.side = a.Under.Pieces, len(a.Under.Pieces), preimage.Under
	if len(a.Over.Pieces) == 0 { // there is no such input
		o.side = preimage.Exact
	}
	o.found = &preimage.Result{Pieces: o.pieces, Side: o.side}
	o.coverage, o.over, o.limit, o.measured = &a.Coverage, &a.Over, a.Under.Limit, false
	return nil
}

// goBack computes the preimage layer by layer.
func (o *preimageOutcome) goBack(inv *cli.Invocation) error {
	j := o.job
	if err := onlyPiecewise(j.path, o.net, "only a piecewise-affine network has preimages that are unions of polyhedra, layer by layer", "--over boxes gives a superset"); err != nil {
		return err
	}
	opt := preimage.BackwardOptions{Simplify: true, MaxPolyhedra: j.limit, MaxTime: inv.Remaining(), Snapshot: func(s preimage.Snapshot) error {
		o.snapshots = append(o.snapshots, s)
		inv.Progress.Report("step %d, %s", len(o.snapshots), answer.Polyhedra(len(s.Sets)))
		return nil
	}}
	if j.sets.input != "" {
		domains, err := j.sets.inputSets(inv, o.net)
		if err != nil {
			return err
		}
		if len(domains) != 1 {
			return cli.Usagef("--snapshots takes a single set as --input")
		}
		opt.Domain, opt.Prune = &domains[0], false
	}
	target, err := j.sets.outputSet(inv.Ctx, o.net)
	if err != nil {
		return err
	}
	o.loaded = inv.Total().Total
	r, err := preimage.Backward(inv.Whole, o.net.BeforeEnd(), target, opt)
	if err != nil {
		return err
	}
	o.solved = inv.Total().Total - o.loaded
	for _, p := range r.Sets {
		o.pieces = append(o.pieces, preimage.Piece{Set: p})
	}
	o.count, o.side, o.limit, o.complete = len(r.Sets), r.Side, r.Limit, false
	o.found = &preimage.Result{Pieces: o.pieces, Side: o.side}
	return nil
}

// measure computes the volume of parts that may overlap.
func (o *preimageOutcome) measure(r *preimage.Result, domain set.Polyhedron) error {
	var u set.Union
	for _, p := range r.Pieces {
		u = append(u, p.Set)
	}
	var err error
	if o.volume, err = solve.UnionVolume(u); err != nil {
		return err
	}
	o.whole, err = solve.Volume(domain)
	o.measured = err == nil && o.whole > 0
	return err
}
