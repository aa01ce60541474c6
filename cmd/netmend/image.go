package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/final"
)

var imageCommand = &cli.Command{
	Name:    "image",
	Summary: "find the outputs that a set of inputs gives",
	Usage:   "NETWORK --input BOX | FILE [--exact] [flags]",
	Detail: `
Prints a box that contains all outputs, by interval arithmetic and zonotopes, for
every kind of activation. --exact computes the image itself, as a union of
polytopes, one for each linear region, and its bounding box.`,
	Example: `netmend demo demo && netmend image demo/n1.onnx --input -1:2 --exact`,
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var j imageJob
		j.nets.declare(fs)
		fs.StringVar(&j.sets.input, "input", "", "the set of inputs (`box`, or a file)")
		fs.BoolVar(&j.exact, "exact", false, "the exact image, for piecewise-affine networks")
		fs.BoolVar(&j.showSets, "sets", false, "with --exact: also print the polytopes")
		fs.IntVar(&j.limit, "limit", 0, "stop with a part of the image after `n` polytopes")
		cli.DeclareWorkers(fs, &j.workers)
		cli.DeclareArithmetic(fs, &j.arithmetic)
		return func(operands []string) (int, error) {
			if err := cli.WantOperands(operands, "NETWORK"); err != nil {
				return 0, err
			}
			if j.showSets && !j.exact {
				return 0, cli.Usagef("--sets is for --exact")
			}
			if j.limit < 0 || j.workers < 0 {
				return 0, cli.Usagef("--limit and --workers must not be negative")
			}
			if err := errors.Join(cli.CheckArithmetic(j.arithmetic), j.nets.validate(operands...)); err != nil {
				return 0, err
			}
			return j.run(inv, operands[0])
		}
	},
}

// imageJob is one run of image.
type imageJob struct {
	nets            networkFlags
	sets            setFlags
	exact, showSets bool
	limit, workers  int
	arithmetic      string
}

// imageOutcome is what it found.
type imageOutcome struct {
	box    set.Box // contains the image
	side   preimage.Side
	pieces []preimage.Piece
	limit  error
	proof  preimage.Proof // of --exact
	engine preimage.Engine
}

func (j *imageJob) run(inv *cli.Invocation, path string) (int, error) {
	inv.Progress.Watch(inv.Stderr)
	j.nets.behind = true
	net, err := j.nets.load(inv, path)
	if err != nil {
		return 0, err
	}
	var o imageOutcome
	if j.exact {
		err = j.enumerate(inv, path, net, &o)
	} else {
		err = j.bound(inv, net, &o)
	}
	if err != nil {
		return 0, err
	}
	code := cli.ExitYes
	if o.limit != nil || j.exact && !o.proof.Accepted {
		code = cli.ExitUnknown
	}
	if inv.JSON {
		return code, j.printJSON(inv, path, net, &o)
	}
	if o.box.Empty() && o.limit == nil {
		inv.Printf("the image is empty: no input is in the set\n")
		return code, nil
	}
	name := printBefore(inv, net, j.exact)
	for k := range o.box.Lo {
		inv.Printf(name+"%d in [%s, %s]\n", k, shortBound(cli.Finite(o.box.Lo[k])), shortBound(cli.Finite(o.box.Hi[k])))
	}
	switch {
	case o.limit != nil && !j.exact:
		inv.Printf("contains the image; it may be much larger: %v\n", o.limit)
	case o.limit != nil:
		inv.Printf("of a part of the image, %s: %v\n", cli.Count(len(o.pieces), "polytope"), o.limit)
	case j.exact && o.proof.Accepted:
		inv.Printf("the bounding box of the image, rounded outward, %s, proven complete\n", cli.Count(len(o.pieces), "polytope"))
	case j.exact:
		inv.Printf("the bounding box of the image, %s: %s\n", cli.Count(len(o.pieces), "polytope"), cli.NotProven)
		if o.proof.Missing != nil {
			inv.Printf("no proof: %v\n", o.proof.Missing)
		}
	default:
		inv.Printf("contains the image; it may be larger (--exact computes the image)\n")
	}
	if j.showSets {
		for i, p := range o.pieces {
			inv.Printf("polytope %d", i+1)
			if p.Loose {
				inv.Printf(", which float64 does not resolve: bounds on it")
			}
			inv.Printf("\n")
			printRows(inv, p.Set, name)
		}
	}
	return code, nil
}

// bound intersects the interval image with that by zonotopes, for the box around each
// set of inputs.
func (j *imageJob) bound(inv *cli.Invocation, net *nn.Network, o *imageOutcome) error {
	boxes, err := j.sets.boundingBoxes(inv, net)
	if err != nil {
		return err
	}
	o.box, o.side = set.EmptyBox(net.OutDim()), preimage.Over
	for _, domain := range boxes {
		if domain.Empty() {
			continue
		}
		box, err := preimage.ImageBox(inv.Ctx, net.BeforeEnd(), domain)
		if err != nil {
			return err
		}
		if domain.Bounded() {
			z, err := preimage.ImageZonotopeOfBox(inv.Ctx, net.BeforeEnd(), domain)
			switch {
			case errors.Is(err, cli.ErrTimeOver):
				o.limit = fmt.Errorf("%w: by intervals alone", cli.ErrTimeOver)
			case err != nil:
				return err
			default:
				box = box.Intersect(z.BoundingBox())
			}
		}
		o.box = o.box.Hull(box)
	}
	o.box = final.Bounds(net.Meta.End, o.box)
	return nil
}

func (j *imageJob) enumerate(inv *cli.Invocation, path string, net *nn.Network, o *imageOutcome) error {
	if err := onlyPiecewise(path, net, "only for a piecewise-affine network is the image a union of polyhedra", "without --exact you get a box that contains it"); err != nil {
		return err
	}
	domains, err := j.sets.inputSets(inv, net)
	if err != nil {
		return err
	}
	o.box = set.EmptyBox(net.OutDim())
	o.proof.Accepted = j.arithmetic == cli.ArithmeticExact
	for _, d := range domains {
		rest := j.limit - len(o.pieces)
		if j.limit > 0 && rest == 0 {
			o.limit, o.side, o.proof.Accepted = preimage.ErrPolyhedra, preimage.Under, false
			return nil
		}
		r, err := preimage.Image(inv.Whole, net.BeforeEnd(), d, preimage.ImageOptions{MaxPieces: max(rest, 0), MaxTime: inv.Remaining(), Workers: j.workers, Prove: j.arithmetic == cli.ArithmeticExact})
		if err != nil {
			return ofInput(err)
		}
		o.pieces = append(o.pieces, r.Pieces...)
		o.engine = o.engine.And(r.Engine)
		if o.proof.Add(r.Proof); r.Proof.Accepted {
			o.box = o.box.Hull(r.Outputs)
			continue
		}
		if r.Engine == preimage.Polyhedra {
			o.box, r.Pieces = o.box.Hull(r.Outputs), nil // which may have no vertices
		}
		for _, p := range r.Pieces {
			o.box = o.box.Hull(set.Polytope{Dim: net.OutDim(), Vertices: p.Vertices}.BoundingBox())
		}
		if r.Limit != nil {
			o.limit, o.side = r.Limit, preimage.Under
			return nil
		}
	}
	return nil
}

func (j *imageJob) printJSON(inv *cli.Invocation, path string, net *nn.Network, o *imageOutcome) error {
	v := struct {
		cli.Header
		Network    answer.Network   `json:"network"`
		Before     string           `json:"before,omitempty"`
		Input      string           `json:"input"`
		Side       string           `json:"side"`
		Complete   bool             `json:"complete"`
		Arithmetic string           `json:"arithmetic"`
		Engine     string           `json:"engine,omitempty"`
		Unproven   string           `json:"unproven,omitempty"`
		Limit      string           `json:"limit,omitempty"`
		Lower      []cli.Finite     `json:"lower"`
		Upper      []cli.Finite     `json:"upper"`
		Count      int              `json:"count,omitempty"`
		Sets       []polyhedronInfo `json:"sets,omitempty"`
		Seconds    cli.Total        `json:"seconds"`
	}{
		Header: inv.Header(), Network: answer.NetworkOf(path, net), Before: beforeOf(net, j.exact), Input: j.sets.input, Side: o.side.String(),
		Engine: string(o.engine), Complete: o.limit == nil && o.proof.Accepted, Unproven: limitText(o.proof.Missing), Arithmetic: cli.ArithmeticOutward, Limit: limitText(o.limit), Count: len(o.pieces), Seconds: inv.Total(),
	}
	switch {
	case j.exact && o.proof.Accepted:
		v.Arithmetic = cli.ArithmeticExact
	case j.exact:
		v.Arithmetic, v.Side = cli.ArithmeticFloat64, cli.NotProven
	}
	for k := range o.box.Lo {
		v.Lower, v.Upper = append(v.Lower, cli.Finite(o.box.Lo[k])), append(v.Upper, cli.Finite(o.box.Hi[k]))
	}
	if j.showSets {
		v.Sets = describePieces(o.pieces)
	}
	return inv.WriteJSON(v)
}

// printPolyhedron prints a polyhedron of inputs.
func printPolyhedron(inv *cli.Invocation, p set.Polyhedron) { printRows(inv, p, "x") }

// printRows prints the half-spaces of a polyhedron.
func printRows(inv *cli.Invocation, p set.Polyhedron, variable string) {
	for _, h := range p.Rows {
		sign := "<="
		if h.Strict {
			sign = "<"
		}
		text := ""
		for k, a := range h.Normal {
			if a == 0 {
				continue
			}
			if text == "" {
				text = fmt.Sprintf("%s %s%d", cli.Short(a), variable, k)
			} else {
				text += fmt.Sprintf(" %s %s%d", signed(a), variable, k)
			}
		}
		if text == "" {
			text = "0"
		}
		inv.Printf("    %s %s %s\n", text, sign, cli.Short(h.Offset))
	}
}
