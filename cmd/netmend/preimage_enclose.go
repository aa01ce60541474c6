package main

import (
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/preimage"
)

// enclose approximates the preimage from both sides.
func (o *preimageOutcome) enclose(inv *cli.Invocation, q preimage.Question) error {
	j := o.job
	box, ok := boxOf(q.Domain)
	if !ok || o.coverage != nil {
		return cli.Usagef("--approximate takes a single bounded box as --input")
	}
	a, err := preimage.Approximate(inv.Whole, o.net.BeforeEnd(), box, q.Target, preimage.ApproximateOptions{
		Coverage: j.approximate, MaxTime: inv.Remaining(), MaxBoxes: j.limit, MaxBytes: inv.MemoryLeft() / 2, Workers: j.workers,
		Progress: func(boxes int, coverage float64) {
			inv.Progress.Report("%s, about %.1f %% covered", cli.Count(boxes, "box"), 100*coverage)
		},
	})
	if err != nil {
		return err
	}
	o.pieces, o.count, o.side = a.Under.Pieces, len(a.Under.Pieces), preimage.Under
	o.coverage, o.over, o.limit, o.measured = &a.Coverage, &a.Over, a.Under.Limit, false
	return nil
}
