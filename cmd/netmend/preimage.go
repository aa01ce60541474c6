package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/region/certify"
)

var preimageCommand = &cli.Command{
	Name:    "preimage",
	Summary: "find the inputs whose outputs lie in a set",
	Usage:   "NETWORK --input BOX | FILE --output EXPRESSION | FILE [flags]",
	Detail: `
The result is a union of polyhedra, proven complete in exact arithmetic; the printed
numbers are rounded. BOX is lo:hi,lo:hi,...; a single number fixes an input. An
expression compares outputs: "y0 <= y1", "y0 - y1 in [-0.1, 0.1]", "argmax == 2",
"argmin != 0", combined with and, or, not. Files are VNN-LIB (.vnnlib) or half-spaces
in JSON, as printed by --json --sets.

--input may also be a repair specification. Its points, segments and polygons are then
the input sets, and without --output the command looks for the outputs that violate
what it requires there, with its margin. --snapshots computes the preimage of a small
network backwards, layer by layer, and shows every step; it needs no --input.

--sample draws points of the preimage, --maximise and --minimise find the extremes of
a linear function on it, --nearest finds its closest point to a given one, and
--statistics the box around it. --search finds parts of it one by one and stops early,
and --over gives a superset.`,
	Example: `netmend demo inverse demo && netmend preimage demo/example4.onnx --input 0:1,0:1 --output "y0 <= y1" --volume`,
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var j preimageJob
		j.declare(fs)
		return func(operands []string) (int, error) {
			if err := j.validate(operands); err != nil {
				return 0, err
			}
			return j.run(inv)
		}
	},
}

// preimageJob is one run of preimage.
type preimageJob struct {
	nets                              networkFlags
	sets                              setFlags
	path                              string
	volume, faces, showSets, backward bool
	approximate                       float64
	limit, workers                    int
	certificate, arithmetic, rounded  string
	engine                            string
	queries                           queryFlags
	other                             searchFlags
}

func (j *preimageJob) declare(fs *pflag.FlagSet) {
	j.nets.declare(fs)
	fs.StringVar(&j.sets.input, "input", "", "the set of inputs (`box`, or a file)")
	fs.StringVar(&j.sets.output, "output", "", "the set of outputs (`expression`, or a file)")
	fs.BoolVar(&j.volume, "volume", false, "also compute volumes")
	fs.BoolVar(&j.faces, "faces", false, "also include parts without interior, such as those where two outputs tie")
	fs.BoolVar(&j.showSets, "sets", false, "also print the polyhedra")
	fs.BoolVar(&j.backward, "snapshots", false, "go backwards layer by layer, and print the polyhedra after every step")
	fs.Float64Var(&j.approximate, "approximate", 0, "for networks that are too large or not piecewise affine: find a subset and a superset, until the subset covers this `share`, such as 0.9")
	fs.IntVar(&j.limit, "limit", 0, "stop with a part of the preimage after `n` polyhedra")
	fs.StringVar(&j.engine, "engine", "", "how to find linear regions: `way` is polytopes, by corners, or polyhedra, by half-spaces (default the faster one)")
	cli.DeclareWorkers(fs, &j.workers)
	cli.DeclareArithmetic(fs, &j.arithmetic)
	fs.StringVar(&j.rounded, "rounded", "", "round the polyhedra's numbers to one side, faces included: `side` is inward (they lie in the preimage) or outward (they contain it)")
	j.queries.declare(fs)
	j.other.declare(fs)
	cli.DeclareOutput(fs, &j.certificate, "certificate", "", "if the preimage is empty, write a proof that netmend check accepts (`file`; compressed if it ends in .gz)")
}

func (j *preimageJob) validate(operands []string) error {
	if err := cli.WantOperands(operands, "NETWORK"); err != nil {
		return err
	}
	j.path = operands[0]
	switch {
	case j.limit < 0 || j.workers < 0:
		return cli.Usagef("--limit and --workers must not be negative")
	case j.approximate < 0 || j.approximate >= 1:
		return cli.Usagef("--approximate %v: want a share below 1", j.approximate)
	case j.backward && (j.approximate > 0 || j.faces || j.volume):
		return cli.Usagef("--snapshots does not go with --approximate, --faces or --volume")
	case j.approximate > 0 && j.faces:
		return cli.Usagef("--approximate and --faces contradict each other")
	case !slices.Contains([]preimage.Engine{preimage.AnyEngine, preimage.Polytopes, preimage.Polyhedra}, preimage.Engine(j.engine)):
		return cli.Usagef("--engine %q: want polytopes or polyhedra", j.engine)
	case j.rounded != "" && j.rounded != "inward" && j.rounded != "outward":
		return cli.Usagef("--rounded %q: want inward or outward", j.rounded)
	case j.rounded != "" && (j.arithmetic == cli.ArithmeticFloat64 || j.volume || j.backward || j.approximate > 0 || j.other.order != "" || j.other.over != ""):
		return cli.Usagef("--rounded does not go with --arithmetic float64, --volume, --snapshots, --approximate, --search or --over")
	case j.certificate != "" && j.arithmetic == cli.ArithmeticFloat64:
		return cli.Usagef("--certificate and --arithmetic float64 contradict each other")
	case j.certificate != "" && (j.backward || j.approximate > 0):
		return cli.Usagef("--certificate does not go with --snapshots or --approximate")
	}
	if err := errors.Join(cli.CheckArithmetic(j.arithmetic), j.queries.validate(), j.other.validate(j)); err != nil {
		return err
	}
	if err := cli.CheckOutput(j.certificate, j.path, j.sets.input, j.sets.output); err != nil {
		return err
	}
	return j.nets.validate(j.path)
}

func (j *preimageJob) run(inv *cli.Invocation) (int, error) {
	inv.Progress.Watch(inv.Stderr)
	j.nets.inputs = true
	net, err := j.nets.load(inv, j.path)
	if err != nil {
		return 0, err
	}
	o := &preimageOutcome{job: j, net: net, complete: true, side: preimage.Exact, arithmetic: cli.ArithmeticFloat64}
	if j.backward {
		err = o.goBack(inv)
	} else {
		err = o.enumerate(inv)
	}
	if err != nil {
		return 0, err
	}
	if err := o.certify(inv); err != nil {
		return 0, err
	}
	if j.queries.given() {
		if o.answers, err = j.queries.answer(net, o.found); err != nil {
			return 0, err
		}
	}
	if err := inv.Commit(); err != nil {
		return 0, err
	}
	code := cli.ExitYes
	if !o.complete || o.certificate.missing != "" {
		code = cli.ExitUnknown
	}
	if inv.JSON {
		return code, o.printJSON(inv)
	}
	o.print(inv)
	return code, nil
}

// preimageOutcome is what a run of preimage found.
type preimageOutcome struct {
	job            *preimageJob
	net            *nn.Network
	loaded, solved float64
	count          int
	complete       bool
	side           preimage.Side
	limit          error
	proof          preimage.Proof // of an enumeration
	engine         preimage.Engine
	arithmetic     string // what the answer rests on
	pieces         []preimage.Piece
	measured       bool // volumes are known
	volume, whole  float64
	extents        preimage.Extents // that contain both
	coverage       *preimage.Estimate
	over           *preimage.Result
	snapshots      []preimage.Snapshot

	found              *preimage.Result // what is asked more about
	asked              bool             // incomplete because that was asked for
	expanded, deadEnds int
	answers            queryAnswers

	questions   []preimage.Question
	certificate treeCertificate
}

// certify writes the certificate that was asked for.
func (o *preimageOutcome) certify(inv *cli.Invocation) error {
	c, j := &o.certificate, o.job
	if c.path = j.certificate; c.path == "" {
		return nil
	}
	switch {
	case o.count > 0:
		c.missing = "the preimage is not empty"
		return nil
	case !o.complete:
		c.missing = "the search was not complete"
		return nil
	}
	return c.find(inv, inv.Remaining(), o.net, j.path, "", func(ctx context.Context, file *cert.Certificate) error {
		var qs []certify.Question
		for _, q := range o.questions {
			inputs, err := q.Inputs(ctx)
			if err != nil {
				return err
			}
			qs = append(qs, certify.Question{Inputs: inputs, Target: q.Target})
		}
		var err error
		file.Kind = cert.EmptyPreimage
		if file.EmptyPreimage, err = certify.Preimage(ctx, o.net.BeforeEnd(), qs, certifyOptions(inv, j.workers)); err == nil {
			file.Specification.Content = file.EmptyPreimage.Digest()
		}
		return err
	})
}

// enumerate computes the preimage within the input sets.
func (o *preimageOutcome) enumerate(inv *cli.Invocation) error {
	j := o.job
	questions, err := j.sets.questions(inv, o.net)
	if err != nil {
		return err
	}
	if j.approximate == 0 && j.other.over == "" {
		if err := onlyPiecewise(j.path, o.net, "only for a piecewise-affine network is the preimage a union of polyhedra", "--approximate 0.9 encloses it from both sides"); err != nil {
			return err
		}
	}
	o.questions, o.loaded = questions, inv.Total().Total
	defer func() {
		o.solved = inv.Total().Total - o.loaded
		o.complete = o.limit == nil && o.arithmetic != cli.ArithmeticFloat64
	}()
	if j.other.order != "" || j.other.over != "" {
		way := o.search
		if j.other.over != "" {
			way = o.superset
		}
		return way(inv, questions)
	}
	if j.approximate > 0 {
		return o.enclose(inv, questions)
	}
	return o.ask(inv, questions)
}

// ask answers the questions by linear regions.
func (o *preimageOutcome) ask(inv *cli.Invocation, questions []preimage.Question) error {
	j := o.job
	a, err := preimage.Ask(inv.Whole, o.net.BeforeEnd(), questions, preimage.RegionsOptions{
		Faces: j.faces, Prove: j.arithmetic == cli.ArithmeticExact, Volume: j.volume || j.queries.sample > 0,
		MaxPieces: j.limit, MaxTime: inv.Remaining(), Workers: j.workers, Rounded: j.side(), Engine: preimage.Engine(j.engine),
		Discard:  !j.showSets && !j.queries.given(), // what is asked of the polyhedra needs them kept
		Progress: func(n int) { inv.Progress.Report("%s", answer.Polyhedra(n)) },
	})
	if errors.Is(err, preimage.ErrValuesOverflow) {
		return fmt.Errorf("%s: %w", j.path, err)
	}
	if err != nil {
		return ofInput(err)
	}
	if a.Overlap != nil {
		inv.Note("%v: shared parts are counted for each, and no volumes are given", a.Overlap)
	}
	o.found, o.pieces, o.count, o.side, o.limit = &a.Result, a.Pieces, a.Count, a.Side, a.Limit
	o.proof, o.engine = a.Proof, a.Engine
	o.measured, o.volume, o.whole, o.extents = j.volume && a.Measured, a.Volume, a.DomainVolume, a.Extents
	if o.proof.Accepted {
		o.arithmetic = cli.ArithmeticExact
	}
	return nil
}

// side is what --rounded asks for.
func (j *preimageJob) side() preimage.Side {
	switch j.rounded {
	case "inward":
		return preimage.Under
	case "outward":
		return preimage.Over
	}
	return preimage.Exact
}
