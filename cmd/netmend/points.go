package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/internal/within"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// pointFlags say how a file of points is read.
type pointFlags struct {
	scale, labels, column, image string
}

func (f *pointFlags) declare(fs *pflag.FlagSet) {
	fs.StringVar(&f.scale, "scale", "", "multiply the points' coordinates by this `number`, or 1/255 to divide 8-bit images")
	declareImage(fs, &f.image)
	fs.StringVar(&f.labels, "labels", "", "`file` with the points' classes, counted from 0 (.npy, .npz, IDX); not needed for y or label in the same .npz file")
	fs.StringVar(&f.column, "label-column", "", "CSV files: `name` or number, from 1, of the column with the classes")
}

// given reports whether any of the flags was.
func (f *pointFlags) given() bool { return *f != pointFlags{} }

// pointStream delivers points batch by batch.
type pointStream struct {
	rows  int // or -1, where only reading to the end tells
	next  func(n int) (*dataset.Points, error)
	close func() error
}

// streamOf delivers points that are in memory.
func streamOf(p *dataset.Points) *pointStream {
	from := 0
	return &pointStream{rows: p.Rows, close: func() error { return nil }, next: func(n int) (*dataset.Points, error) {
		if from == p.Rows {
			return nil, io.EOF
		}
		to := min(from+n, p.Rows)
		part := &dataset.Points{Rows: to - from, Dim: p.Dim, Data: p.Data[from*p.Dim : to*p.Dim]}
		if p.Labels != nil {
			part.Labels = p.Labels[from:to]
		}
		from = to
		return part, nil
	}}
}

// open opens the points in the file at path for a network; "-" is CSV from the
// standard input.
func (f *pointFlags) open(inv *cli.Invocation, path string, net *nn.Network) (*pointStream, error) {
	o, multiply, err := f.options(path, net)
	if err != nil {
		return nil, err
	}
	if path == "-" {
		points, err := f.load(inv, path, net)
		if err != nil {
			return nil, err
		}
		return streamOf(points), nil
	}
	s, err := openPoints(inv, path, o)
	if err != nil {
		return nil, cli.Named(path, withHint(err))
	}
	read, done := s.next, 0
	s.next = func(n int) (*dataset.Points, error) {
		points, err := read(n)
		if errors.Is(err, io.EOF) {
			return nil, err
		}
		if err == nil {
			err = finishPoints(points, multiply, done, net)
		}
		if err != nil {
			return nil, cli.Named(path, err)
		}
		done += points.Rows
		return points, nil
	}
	return s, nil
}

// load reads all points in the file at path into memory, as open opens them.
func (f *pointFlags) load(inv *cli.Invocation, path string, net *nn.Network) (*dataset.Points, error) {
	o, multiply, err := f.options(path, net)
	if err != nil {
		return nil, err
	}
	var points *dataset.Points
	if path == "-" {
		points, err = dataset.ReadCSVContext(inv.Ctx, inv.Stdin, "standard input", o)
	} else {
		points, err = dataset.LoadContext(inv.Ctx, path, o)
	}
	if err != nil {
		return nil, cli.Named(path, withHint(err))
	}
	if points.Dim != net.InDim() {
		return nil, fmt.Errorf("%s: points of %d numbers, want %d for the network", path, points.Dim, net.InDim())
	}
	if err := finishPoints(points, multiply, 0, net); err != nil {
		return nil, cli.Named(path, err)
	}
	return points, nil
}

// options are the flags for a file, with what its numbers are to be multiplied by.
func (f *pointFlags) options(path string, net *nn.Network) (o dataset.Options, multiply float64, err error) {
	multiply, divide, err := cli.ParseScale(f.scale)
	if err != nil {
		return o, 0, cli.Usagef("%w", err)
	}
	image, err := parseImage(f.image, multiply)
	if err != nil {
		return o, 0, err
	}
	if path == "-" && (f.labels != "" || divide != 1 || image != nil) {
		return o, 0, cli.Usagef("--labels, --image and --scale 1/N are for files, not for the standard input")
	}
	return dataset.Options{Dim: net.InDim(), DivideBy: divide, LabelColumn: f.column, Labels: f.labels, Shape: net.InputShape, Image: image}, multiply, nil
}

// finishPoints multiplies points, before which others were read, and checks their labels.
func finishPoints(points *dataset.Points, multiply float64, before int, net *nn.Network) error {
	if multiply != 1 {
		for i := range points.Data {
			points.Data[i] = float64(points.Data[i] * multiply)
		}
	}
	for i, l := range points.Labels {
		if l < 0 || l >= net.OutDim() {
			return fmt.Errorf("label %d of point %d: the network has classes 0 to %d", l, before+i, net.OutDim()-1)
		}
	}
	return nil
}

// openPoints streams a file, or holds one whose order does not allow that.
func openPoints(inv *cli.Invocation, path string, o dataset.Options) (*pointStream, error) {
	s, err := dataset.OpenStreamContext(inv.Ctx, path, o)
	if errors.Is(err, dataset.ErrColumnMajor) {
		points, err := dataset.LoadContext(inv.Ctx, path, o)
		if err != nil {
			return nil, err
		}
		return streamOf(points), nil
	}
	if err != nil {
		return nil, err
	}
	return &pointStream{rows: s.Rows, next: s.Next, close: s.Close}, nil
}

// declareImage declares --image, which evaluate has too.
func declareImage(fs *pflag.FlagSet, value *string) {
	fs.StringVar(value, "image", "", "`how` images are stored: nhwc (pixel by pixel) or nchw, reverse (channels in the opposite order), mean=M:M:M and deviation=D:D:D of the network's channels, such as nhwc,reverse,mean=104:117:123")
}

// parseImage reads --image; nil if it was not given.
func parseImage(text string, multiply float64) (*dataset.Image, error) {
	if text == "" {
		return nil, nil
	}
	image, err := dataset.ParseImage(text)
	switch {
	case err != nil:
		return nil, cli.Usagef("--image: %w", err)
	case multiply != 1:
		return nil, cli.Usagef("--image together with --scale %v: write the scale as 1/N", multiply)
	}
	return image, nil
}

// withHint adds to an error about a file of points what helps.
func withHint(err error) error {
	switch {
	case errors.Is(err, dataset.ErrOrder):
		return fmt.Errorf("%w; --image nhwc reads images stored pixel by pixel", err)
	case errors.Is(err, dataset.ErrTooLarge):
		return fmt.Errorf("%w; netmend evaluate reads files of any size, batch by batch", err)
	}
	return err
}

// evaluationBatch is the number of points evaluated at once: many enough for
// fast products, few enough to be interrupted and to keep memory small.
const evaluationBatch = 512

// outputsOf computes the network's outputs at all points.
func outputsOf(inv *cli.Invocation, net *nn.Network, points *dataset.Points) (nn.Matrix, error) {
	y, _, err := evaluateAll(inv, net, streamOf(points))
	return y, err
}

// evaluateAll computes the outputs at all points, and collects the labels, if there are
// any.
func evaluateAll(inv *cli.Invocation, net *nn.Network, s *pointStream) (outputs nn.Matrix, labels []int, err error) {
	m := nn.Matrix{Cols: net.OutDim(), Stride: net.OutDim()}
	if s.rows > 0 {
		if err := needsOutputs(inv, net, s.rows); err != nil {
			return m, nil, restOf(inv, net, s, 0, err)
		}
		const atOnce = 1 << 22 // a file may declare more than it has
		m.Data = make([]float64, 0, min(s.rows*m.Cols, atOnce))
	}
	for {
		if err := inv.Ctx.Err(); err != nil {
			return m, nil, err
		}
		points, err := s.next(min(evaluationBatch, net.EvalRows()))
		if errors.Is(err, io.EOF) {
			return m, labels, nil
		}
		if err != nil {
			return m, nil, err
		}
		batch := nn.AsMatrix(points.Data, points.Rows, points.Dim)
		y, err := net.EvalContext(inv.Ctx, batch, parallel.Workers(0))
		if err != nil {
			return m, nil, err
		}
		if m.Data, err = within.Grow(inv.Ctx, m.Data, y.Rows*y.Cols, "the outputs"); err != nil {
			return m, nil, restOf(inv, net, s, m.Rows+points.Rows, err)
		}
		for i := range y.Rows {
			m.Data = append(m.Data, y.Row(i)...)
		}
		m.Rows += y.Rows
		labels = append(labels, points.Labels...)
		if s.rows < 0 {
			inv.Progress.Report("evaluating: %s", cli.Count(m.Rows, "point"))
		} else {
			inv.Progress.Report("evaluating: %s of %s", cli.Thousands(m.Rows), cli.Count(s.rows, "point"))
		}
	}
}

// needsOutputs asks for the memory of the outputs at that many points.
func needsOutputs(inv *cli.Invocation, net *nn.Network, points int) error {
	return inv.Needs(8*int64(points)*int64(net.OutDim()), "the outputs at "+cli.Count(points, "point"))
}

// restOf reads the points that are left after a number of them, for whose outputs there is no
// memory: a file that is damaged is called so whatever memory is allowed. The error names the
// memory for all.
func restOf(inv *cli.Invocation, net *nn.Network, s *pointStream, before int, refusal error) error {
	all := before
	for {
		points, err := s.next(evaluationBatch)
		switch {
		case errors.Is(err, io.EOF):
			const grown = 2 // times what there is, in all, when that grows
			return cmp.Or(needsOutputs(inv, net, grown*all), refusal)
		case errors.Is(err, within.ErrMemory):
			return refusal
		case err != nil:
			return err
		}
		all += points.Rows
	}
}

// accuracy is how many labelled points get their class.
type accuracy struct {
	Correct int     `json:"correct"`
	Points  int     `json:"points"`
	Share   float64 `json:"accuracy"`
}

// accuracyOf compares the classes of the outputs with the labels.
func accuracyOf(net *nn.Network, outputs nn.Matrix, labels []int, classifier spec.Extremum) accuracy {
	a := accuracy{Points: outputs.Rows}
	for i := range outputs.Rows {
		if classOf(net, outputs.Row(i), classifier) == labels[i] {
			a.Correct++
		}
	}
	a.Share = float64(a.Correct) / float64(a.Points)
	return a
}

// classified counts the labelled points that get their class, without progress:
// several goroutines may count at a time.
func classified(ctx context.Context, net *nn.Network, points *dataset.Points, classifier spec.Extremum) (int, error) {
	correct := 0
	for from := 0; from < points.Rows; from += evaluationBatch {
		to := min(from+evaluationBatch, points.Rows)
		batch := nn.AsMatrix(points.Data[from*points.Dim:to*points.Dim], to-from, points.Dim)
		y, err := net.EvalContext(ctx, batch, 1)
		if err != nil {
			return 0, err
		}
		correct += accuracyOf(net, y, points.Labels[from:to], classifier).Correct
	}
	return correct, nil
}

// accuracyAt evaluates a network on labelled points.
func accuracyAt(inv *cli.Invocation, net *nn.Network, points *dataset.Points, classifier spec.Extremum) (*accuracy, error) {
	y, err := outputsOf(inv, net, points)
	if err != nil {
		return nil, err
	}
	a := accuracyOf(net, y, points.Labels, classifier)
	return &a, nil
}

func (a accuracy) String() string {
	return fmt.Sprintf("%s (%s of %s)", cli.Percent(a.Correct, a.Points), cli.Thousands(a.Correct), cli.Thousands(a.Points))
}
