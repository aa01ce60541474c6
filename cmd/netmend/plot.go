package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/report"
	"github.com/netmend/netmend/set"
)

var plotCommand = &cli.Command{
	Name:    "plot",
	Summary: "draw linear regions, a preimage or the classes over one or two inputs",
	Usage:   "NETWORK --input BOX [--output EXPRESSION | --classes argmax] -o FILE.svg | SETS.json -o FILE.svg",
	Detail: `
Draws over the inputs that vary in the box. If one varies, you see the outputs and
the set asked for; if two vary, the linear regions, the preimage of --output, or the
inputs of each class. Single numbers in the box fix the other inputs; the caption
names this slice. --project i,j draws the shadow of a preimage on two inputs
instead. SETS.json is a file of sets that another command printed with --json --sets.`,
	Example: `netmend demo inverse demo && netmend plot demo/example4.onnx --input -3:3,-3:3 --output "y0 <= y1" -o preimage.svg`,
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var j plotJob
		j.nets.declare(fs)
		fs.StringVar(&j.sets.input, "input", "", "the bounded set of inputs (`box`)")
		fs.StringVar(&j.sets.output, "output", "", "draw the preimage of this set of outputs (`expression`, or a file)")
		fs.StringVar(&j.classes, "classes", "", "draw the inputs of each class: `argmax` or argmin")
		fs.StringVar(&j.project, "project", "", "draw the shadow on two inputs (`i,j`, from 0)")
		cli.DeclareWorkers(fs, &j.workers)
		cli.DeclareOutput(fs, &j.file, "out", "o", "the picture (`file`: .svg or .png)")
		fs.StringVar(&j.format, "format", "", "svg or png (default what the name of the picture says; svg for a device)")
		return func(operands []string) (int, error) {
			if err := j.validate(operands); err != nil {
				return 0, err
			}
			return j.run(inv)
		}
	},
}

// plotJob is one run of plot.
type plotJob struct {
	nets                         networkFlags
	sets                         setFlags
	path, classes, project, file string
	format                       string
	workers                      int
}

func (j *plotJob) validate(operands []string) error {
	if err := cli.WantOperands(operands, "NETWORK"); err != nil {
		return err
	}
	j.path = operands[0]
	named := strings.TrimPrefix(strings.ToLower(filepath.Ext(j.file)), ".")
	switch {
	case j.format != "":
	case named == "svg" || named == "png":
		j.format = named
	case cli.IsDevice(j.file):
		j.format = "svg"
	}
	switch {
	case j.workers < 0:
		return cli.Usagef("--workers %d: must not be negative", j.workers)
	case j.file == "":
		return cli.Usagef("-o is missing: the picture, such as plot.svg")
	case j.format == "":
		return cli.Usagef("-o %s: want a name that ends in .svg or .png, or --format", j.file)
	case j.format != "svg" && j.format != "png":
		return cli.Usagef("--format %s: want svg or png", j.format)
	case j.classes != "" && j.classes != "argmax" && j.classes != "argmin":
		return cli.Usagef("--classes %s: want argmax or argmin", j.classes)
	case j.classes != "" && j.sets.output != "":
		return cli.Usagef("--classes and --output contradict each other")
	}
	if err := cli.CheckOutput(j.file, j.path, j.sets.input, j.sets.output); err != nil {
		return err
	}
	if isFile(j.path) {
		return nil
	}
	return j.nets.validate(j.path)
}

func (j *plotJob) run(inv *cli.Invocation) (int, error) {
	inv.Progress.Watch(inv.Stderr)
	figure := &report.Figure{PlotWidth: 420, PlotHeight: 360}
	var err error
	if isFile(j.path) {
		err = j.drawSets(inv.Ctx, figure)
	} else {
		var net *nn.Network
		j.nets.behind = true
		if net, err = j.nets.load(inv, j.path); err == nil {
			err = j.drawNetwork(inv, net, figure)
		}
	}
	if err != nil {
		return 0, err
	}
	if err := errors.Join(answer.StagePicture(inv, figure, j.file, j.format), inv.Ctx.Err()); err != nil {
		return 0, err
	}
	if err := inv.Commit(); err != nil {
		return 0, err
	}
	if inv.JSON {
		return cli.ExitYes, inv.WriteJSON(struct {
			cli.Header
			Output  string    `json:"output"`
			Caption string    `json:"caption"`
			Seconds cli.Total `json:"seconds"`
		}{inv.Header(), j.file, figure.Caption, inv.Total()})
	}
	inv.Printf("%s\n  %s\n", j.file, figure.Caption)
	return cli.ExitYes, nil
}

// axes is where sets are drawn: by two coordinates, or one.
type axes struct {
	x, y int // y is -1 with one coordinate
	// shadow: the rest is projected away, not constant.
	shadow bool
}

// parseAxes reads --project.
func (j *plotJob) parseAxes(dim int) (axes, error) {
	words := strings.Split(j.project, ",")
	if len(words) != 2 {
		return axes{}, cli.Usagef("--project %s: want two inputs such as 0,1", j.project)
	}
	var at [2]int
	for i, w := range words {
		k, err := strconv.Atoi(strings.TrimSpace(w))
		if err != nil || k < 0 || k >= dim {
			return axes{}, cli.Usagef("--project %s: want numbers of inputs, 0 to %d", j.project, dim-1)
		}
		at[i] = k
	}
	if at[0] == at[1] {
		return axes{}, cli.Usagef("--project %s: want two different inputs", j.project)
	}
	return axes{at[0], at[1], true}, nil
}

// axesOf are the inputs that vary in a box, with a text that names the slice.
func (j *plotJob) axesOf(box set.Box) (axes, string, error) {
	if j.project != "" {
		a, err := j.parseAxes(box.Dim())
		return a, fmt.Sprintf("shadow on x%d and x%d", a.x, a.y), err
	}
	a := axes{-1, -1, false}
	var fixed []string
	for k, lo := range box.Lo {
		switch {
		case lo == box.Hi[k]:
			fixed = append(fixed, fmt.Sprintf("x%d = %s", k, cli.Short(lo)))
		case a.x < 0:
			a.x = k
		case a.y < 0:
			a.y = k
		default:
			return a, "", cli.Usagef("--input: more than two inputs vary: fix the others by single numbers, or give --project i,j")
		}
	}
	if a.x < 0 {
		return a, "", cli.Usagef("--input: no input varies")
	}
	if len(fixed) == 0 {
		return a, "", nil
	}
	return a, "slice at " + cli.List(fixed), nil
}
