package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

var evalCommand = &cli.Command{
	Name:    "eval",
	Summary: "compute a network's outputs at points, its classes and its accuracy",
	Usage:   "NETWORK [POINTS | --point X] [flags]",
	Detail: `
POINTS is a file of points: .npy, .npz (file.npz:NAME for one of its arrays),
.csv or IDX, or - for CSV from the standard input. --argmax or --argmin also prints
the class of each point, and the accuracy if the true classes are known.`,
	Example: `netmend demo demo && netmend eval demo/n1.onnx --point 0.5 --point 1.5`,
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var e evaluation
		e.nets.declare(fs)
		e.data.declare(fs)
		fs.Func("point", "a point given inline, `numbers` separated by commas; may be repeated", func(s string) error {
			x, err := cli.ParsePoint(s)
			e.inline = append(e.inline, x)
			return err
		})
		fs.BoolVar(&e.argmax, "argmax", false, "print classes: the largest output is the class")
		fs.BoolVar(&e.argmin, "argmin", false, "print classes: the smallest output is the class")
		cli.DeclareOutput(fs, &e.out, "out", "o", "write the outputs to this .npy `file` instead of printing them")
		return func(operands []string) (int, error) { return cli.ExitYes, e.run(inv, operands) }
	},
}

// evaluation is what the flags of eval say.
type evaluation struct {
	nets           networkFlags
	data           pointFlags
	inline         [][]float64
	argmax, argmin bool
	out            string
}

func (e *evaluation) run(inv *cli.Invocation, operands []string) error {
	if err := e.validate(operands); err != nil {
		return err
	}
	inv.Progress.Watch(inv.Stderr)
	net, err := e.nets.load(inv, operands[0])
	if err != nil {
		return err
	}
	points, err := e.points(inv, operands[1:], net)
	if err != nil {
		return err
	}
	before, labels, err := evaluateAll(inv, net, points)
	if err := errors.Join(err, points.close()); err != nil {
		return err
	}
	outputs := outputsAtEnd(net, before)
	if e.out != "" {
		a := &dataset.Array{Shape: []int{outputs.Rows, outputs.Cols}, Data: outputs.Data}
		if _, err := inv.Stage(e.out, func(w io.Writer) error { return dataset.EncodeNPY(w, a) }); err != nil {
			return err
		}
	}
	if err := inv.Commit(); err != nil {
		return err
	}
	return e.print(inv, operands[0], net, labels, before, outputs)
}

// validate reports arguments that do not go together, and an output that cannot be
// written.
func (e *evaluation) validate(operands []string) error {
	if len(operands) == 0 {
		return cli.Usagef("NETWORK is missing")
	}
	switch {
	case len(operands) > 2:
		return cli.Usagef("unexpected argument %q", operands[2])
	case len(operands) == 2 && e.inline != nil:
		return cli.Usagef("give POINTS or --point, not both")
	case len(operands) == 1 && e.inline == nil:
		return cli.Usagef("POINTS is missing; --point gives one inline")
	case e.inline != nil && e.data.given():
		return cli.Usagef("--scale, --labels and --label-column are for files of points")
	case e.argmax && e.argmin:
		return cli.Usagef("--argmax and --argmin contradict each other")
	case (e.data.labels != "" || e.data.column != "") && !e.argmax && !e.argmin:
		return cli.Usagef("classes are given: choose with --argmax or --argmin which output is the class")
	}
	return errors.Join(e.nets.validate(operands[0]), cli.CheckOutput(e.out, append(operands, e.data.labels)...))
}

// points opens the points, in a file or on the command line.
func (e *evaluation) points(inv *cli.Invocation, file []string, net *nn.Network) (*pointStream, error) {
	if len(file) == 1 {
		return e.data.open(inv, file[0], net)
	}
	p := &dataset.Points{Rows: len(e.inline), Dim: net.InDim()}
	for _, x := range e.inline {
		if len(x) != p.Dim {
			return nil, fmt.Errorf("--point of %d numbers, want %d for the network", len(x), p.Dim)
		}
		p.Data = append(p.Data, x...)
	}
	return streamOf(p), nil
}

// classifier is the convention that the flags chose, if any.
func (e *evaluation) classifier() (spec.Extremum, bool) {
	if e.argmin {
		return spec.Argmin, true
	}
	return spec.Argmax, e.argmax
}

func (e *evaluation) print(inv *cli.Invocation, path string, net *nn.Network, labels []int, before, outputs nn.Matrix) error {
	var classes []int
	var reached *accuracy
	if c, ok := e.classifier(); ok {
		classes = make([]int, outputs.Rows)
		for i := range classes {
			classes[i] = classOf(net, before.Row(i), c)
		}
		if labels != nil {
			a := accuracyOf(net, before, labels, c)
			reached = &a
		}
	}
	if inv.JSON {
		var rows [][]cli.Finite
		if e.out == "" {
			rows = finiteRows(outputs)
		}
		return inv.WriteJSON(struct {
			cli.Header
			Network  answer.Network `json:"network"`
			Points   int            `json:"points"`
			Outputs  [][]cli.Finite `json:"outputs,omitempty"`
			File     string         `json:"outputs_file,omitempty"`
			Classes  []int          `json:"classes,omitempty"`
			Accuracy *accuracy      `json:"accuracy,omitempty"`
			Seconds  cli.Total      `json:"seconds"`
		}{inv.Header(), answer.NetworkOf(path, net), outputs.Rows, rows, e.out, classes, reached, inv.Total()})
	}
	if e.out != "" {
		inv.Printf("outputs at %s%s written to %s\n", cli.Count(outputs.Rows, "point"), answer.InUnits(net), e.out)
	} else if err := e.printTable(inv, outputs, classes); err != nil {
		return err
	}
	if reached != nil {
		inv.Printf("accuracy %s\n", reached)
	}
	return nil
}

// tableDigits are the significant digits in the table; --json and --out have all.
const tableDigits = 7

// printTable prints one line per point, in columns aligned to the right. It goes through
// the cells twice, for their widths and to print them, and keeps none.
func (e *evaluation) printTable(inv *cli.Invocation, outputs nn.Matrix, classes []int) error {
	const between = 2
	var widths []int
	table(outputs, classes, func(column int, cell []byte) {
		if column == len(widths) {
			widths = append(widths, 0)
		}
		widths[column] = max(widths[column], between+len(cell))
	})
	w := bufio.NewWriter(inv.Stdout)
	table(outputs, classes, func(column int, cell []byte) {
		for range widths[column] - len(cell) {
			w.WriteByte(' ')
		}
		w.Write(cell)
		if column == len(widths)-1 {
			w.WriteByte('\n')
		}
	})
	return w.Flush() // the first error of all
}

// table passes on the cells line by line, those of the header first.
func table(outputs nn.Matrix, classes []int, cell func(column int, text []byte)) {
	text, column := []byte("point"), 0
	next := func() {
		cell(column, text)
		text = text[:0]
		column++
	}
	next()
	if classes != nil {
		text = append(text, "class"...)
		next()
	}
	for j := range outputs.Cols {
		text = strconv.AppendInt(append(text, "output "...), int64(j), 10)
		next()
	}
	for i := range outputs.Rows {
		column = 0
		text = strconv.AppendInt(text, int64(i), 10)
		next()
		if classes != nil {
			text = strconv.AppendInt(text, int64(classes[i]), 10)
			next()
		}
		for _, v := range outputs.Row(i) {
			text = strconv.AppendFloat(text, v, 'g', tableDigits, 64)
			next()
		}
	}
}

// finiteRows is a matrix for JSON.
func finiteRows(m nn.Matrix) [][]cli.Finite {
	rows := make([][]cli.Finite, m.Rows)
	for i := range rows {
		rows[i] = make([]cli.Finite, m.Cols)
		for j, v := range m.Row(i) {
			rows[i][j] = cli.Finite(v)
		}
	}
	return rows
}
