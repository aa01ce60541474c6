package main

import (
	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/preimage"
)

// goBack computes the preimage layer by layer.
func (o *preimageOutcome) goBack(inv *cli.Invocation) error {
	j := o.job
	if err := onlyPiecewise(j.path, o.net, "a piecewise-affine network has preimages layer by layer that are unions of polyhedra", "--over boxes gives a superset"); err != nil {
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
	return nil
}
