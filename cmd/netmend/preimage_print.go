package main

import (
	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// solveSeconds is the time of a run that solves something.
type solveSeconds struct {
	Load  float64 `json:"load"`
	Solve float64 `json:"solve"`
	Total float64 `json:"total"`
}

// snapshotInfo is a step of the backward computation in JSON.
type snapshotInfo struct {
	Kind  string           `json:"kind"`
	Node  string           `json:"node"`
	Count int              `json:"count"`
	Sets  []polyhedronInfo `json:"sets,omitempty"`
}

// estimateInfo is a measured share in JSON.
type estimateInfo struct {
	Value      cli.Finite `json:"value"`
	Lower      cli.Finite `json:"lower"`
	Upper      cli.Finite `json:"upper"`
	Confidence float64    `json:"confidence"`
	Samples    int        `json:"samples"`
}

func describePieces(pieces []preimage.Piece) []polyhedronInfo {
	list := []polyhedronInfo{}
	for _, p := range pieces {
		info := describePolyhedron(p.Set, p.Vertices)
		info.Loose = p.Loose
		if p.Pattern != nil {
			info.Pattern = patternText(p.Pattern)
		} else if p.Known != nil {
			info.Pattern = patternText(p.Known)
		}
		list = append(list, info)
	}
	return list
}

func describeUnion(u set.Union) []polyhedronInfo {
	list := []polyhedronInfo{}
	for _, p := range u {
		list = append(list, describePolyhedron(p, nil))
	}
	return list
}

// limitText says which limit was reached, or nothing.
func limitText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (o *preimageOutcome) printJSON(inv *cli.Invocation) error {
	v := struct {
		cli.Header
		Network    answer.Network `json:"network"`
		Input      string         `json:"input,omitempty"`
		Output     string         `json:"output"`
		Count      int            `json:"count"`
		Complete   bool           `json:"complete"`
		Arithmetic string         `json:"arithmetic"`
		Engine     string         `json:"engine,omitempty"`
		Unproven   string         `json:"unproven,omitempty"`
		LeftOut    int            `json:"left_out,omitempty"`
		Side       string         `json:"side"`
		Limit      string         `json:"limit,omitempty"`
		volumeInfo
		Coverage    *estimateInfo    `json:"coverage,omitempty"`
		Snapshots   []snapshotInfo   `json:"snapshots,omitempty"`
		Sets        []polyhedronInfo `json:"sets,omitempty"`
		Over        []polyhedronInfo `json:"over,omitempty"`
		Certificate *certificateInfo `json:"certificate,omitempty"`
		Expanded    int              `json:"expanded,omitempty"`
		DeadEnds    int              `json:"dead_ends,omitempty"`
		queryAnswers
		Seconds solveSeconds `json:"seconds"`
	}{
		Header: inv.Header(), Network: answer.NetworkOf(o.job.path, o.net), Input: o.job.sets.input, Output: o.job.sets.output,
		Certificate: o.certificate.describe(),
		Count:       o.count, Complete: o.complete, Side: o.side.String(), Limit: limitText(o.limit), Engine: string(o.engine),
		Arithmetic: o.arithmetic, Unproven: limitText(o.proof.Missing), LeftOut: o.proof.Thin,
	}
	if o.side == preimage.Exact && o.arithmetic == cli.ArithmeticFloat64 {
		v.Side = cli.NotProven
	}
	v.Expanded, v.DeadEnds, v.queryAnswers = o.expanded, o.deadEnds, o.answers
	if o.measured {
		v.volumeInfo = o.volumes().describe()
	}
	if c := o.coverage; c != nil && c.Samples > 0 {
		v.Coverage = &estimateInfo{cli.Finite(c.Value), cli.Finite(c.Lower), cli.Finite(c.Upper), preimage.Confidence, c.Samples}
	}
	for _, s := range o.snapshots {
		info := snapshotInfo{Kind: string(s.Kind), Node: o.nodeName(s), Count: len(s.Sets)}
		if o.job.showSets {
			info.Sets = describeUnion(s.Sets)
		}
		v.Snapshots = append(v.Snapshots, info)
	}
	if o.job.showSets {
		v.Sets = describePieces(o.pieces)
		if o.over != nil {
			v.Over = describePieces(o.over.Pieces)
		}
	}
	v.Seconds = solveSeconds{o.loaded, o.solved, inv.Total().Total}
	return inv.WriteJSON(v)
}

// volumes are what was measured.
func (o *preimageOutcome) volumes() measured {
	return measured{volume: o.volume, whole: o.whole, in: o.extents.Volume, wholeIn: o.extents.Domain, basis: o.extents.Basis}
}

// standing is what the answer claims.
func (o *preimageOutcome) standing() string {
	switch {
	case o.arithmetic == cli.ArithmeticFloat64:
		return cli.NotProven
	case o.side == preimage.Exact && o.arithmetic == cli.ArithmeticOutward:
		return "exact, by outward rounding"
	case o.side == preimage.Exact:
		return "exact, proven complete"
	}
	return o.side.String()
}

// nodeName names the node that a step went over.
func (o *preimageOutcome) nodeName(s preimage.Snapshot) string {
	switch s.Kind {
	case preimage.StepTarget:
		return "output"
	case preimage.StepDomain:
		return "input"
	}
	n := o.net.Nodes[s.Node]
	if n.Name == "" {
		return n.Op.Kind()
	}
	return n.Name + " (" + n.Op.Kind() + ")"
}

func (o *preimageOutcome) print(inv *cli.Invocation) {
	for _, s := range o.snapshots {
		inv.Printf("%-10s  %-24s  %s\n", s.Kind, o.nodeName(s), answer.Polyhedra(len(s.Sets)))
		if o.job.showSets {
			for _, p := range s.Sets {
				printPolyhedron(inv, p)
			}
		}
	}
	inv.Printf("%s", answer.Polyhedra(o.count))
	switch {
	case o.side == preimage.Over && o.count > 0 && o.job.rounded == "":
		inv.Printf(", a superset of the preimage")
		if o.limit != nil {
			inv.Printf(", with little known about it: %v", o.limit)
		}
	case o.limit != nil && o.over == nil:
		inv.Printf(", a part of the preimage: %v", o.limit)
	case o.job.rounded != "" && o.count > 0:
		inv.Printf(", rounded %s", o.job.rounded)
	case o.over != nil && len(o.over.Pieces) > 0:
		// An empty subset says nothing of the preimage.
		inv.Printf(", a subset of the preimage, which lies in %s", answer.Polyhedra(len(o.over.Pieces)))
		if o.limit != nil {
			inv.Printf(": %v", o.limit)
		}
	case o.count == 0 && o.job.rounded == "inward":
		inv.Printf(", an empty subset of the preimage")
	case o.count == 0 && o.proof.Thin > 0 && !o.job.faces:
		inv.Printf(": no input in the interior of a linear region gives such an output; on faces some may")
	case o.count == 0:
		inv.Printf(": no input of the set gives such an output")
	}
	inv.Printf(" (%s)\n", o.standing())
	if missing := o.proof.Missing; missing != nil && o.limit == nil {
		inv.Printf("no proof that it is complete: %v\n", missing)
	}
	if n := o.proof.Thin; n > 0 && !o.job.faces {
		inv.Printf("%s without interior left out (--faces lists them)\n", cli.Count(n, "part"))
	}
	o.certificate.print(inv)
	if o.measured {
		inv.Printf("volume %s\n", o.volumes().text())
	} else if o.job.volume && o.job.faces {
		inv.Printf("volume: not computed with --faces\n")
	} else if o.job.volume {
		inv.Printf("volume: not computed for parts without interior, or on unbounded sets\n")
	}
	if c := o.coverage; c != nil && c.Samples == 0 {
		if len(o.over.Pieces) > 0 {
			inv.Printf("none of %s met the preimage, so the share of it that is covered is unknown\n", answer.Polyhedra(len(o.over.Pieces)))
		}
	} else if c != nil {
		inv.Printf("covers %.2f %% of the preimage (%.2f to %.2f %% with confidence %g)\n", 100*c.Value, 100*c.Lower, 100*c.Upper, preimage.Confidence)
	}
	if o.job.other.order != "" {
		inv.Printf("%s looked at, %s without an input\n", cli.Count(o.expanded, "set"), cli.Thousands(o.deadEnds))
	}
	o.answers.print(inv)
	if o.job.showSets && o.snapshots == nil {
		for i, p := range o.pieces {
			inv.Printf("polyhedron %d\n", i+1)
			printPolyhedron(inv, p.Set)
			for _, x := range p.Vertices {
				inv.Printf("    vertex %s\n", pointText(x))
			}
		}
	}
}
