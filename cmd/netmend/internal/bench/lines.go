package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/digits"
	"github.com/netmend/netmend/internal/experiment"
)

// linesJob says which lines Task 2 is about.
type linesJob struct {
	data, fogText string
	lines, first  int
	small         bool
	fog           *digits.Fog
}

func (l *linesJob) declare(fs *pflag.FlagSet) {
	fs.StringVar(&l.data, "data", "", "`folder` of the reference data (default generated digits)")
	fs.IntVar(&l.lines, "lines", 10, "number of lines")
	fs.IntVar(&l.first, "first", -1, "with --data: take the test set's images starting with this one (default the reference lines)")
	fs.StringVar(&l.fogText, "fog", "", "with --data: fog different from the reference's, `strength,decay[,side]` such as 2.5,1.75,32")
	fs.BoolVar(&l.small, "small", false, "without --data: use a small network that is trained in a moment")
}

func (l *linesJob) check() error {
	switch {
	case l.lines < 1:
		return cli.Usagef("--lines %d: must be at least 1", l.lines)
	case l.data == "" && (l.first >= 0 || l.fogText != ""):
		return cli.Usagef("--first and --fog are for the images of --data")
	case l.data != "" && l.small:
		return cli.Usagef("--small is for generated digits, without --data")
	case l.fogText == "":
		return nil
	}
	l.fog = &digits.Fog{}
	parts := strings.Split(l.fogText, ",")
	if len(parts) < 2 || len(parts) > 3 {
		return cli.Usagef("--fog %q: want strength,decay or strength,decay,side, such as 2.5,1.75,32", l.fogText)
	}
	var err, err2, err3 error
	l.fog.Strength, err = cli.ParseNumber(parts[0])
	l.fog.Decay, err2 = cli.ParseNumber(parts[1])
	if len(parts) == 3 {
		l.fog.Side, err3 = strconv.Atoi(parts[2])
	}
	if err := errors.Join(err, err2, err3, l.fog.Check()); err != nil {
		return cli.Usagef("--fog %q: %w", l.fogText, err)
	}
	return nil
}

// task makes the task.
func (l *linesJob) task(ctx context.Context, seed uint64, workers int) (*experiment.Task, error) {
	if l.data == "" {
		sizes := experiment.FullDigits()
		if l.small {
			sizes = experiment.SmallDigits()
		}
		sizes.Seed = seed
		return sizes.Lines(ctx, l.lines, workers)
	}
	net, err := loadMNIST(l.data)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(l.data, "reference", "repair")
	set := filepath.Join(folder, "mnist_test_fog_u8.npz")
	clean, err := loadImages(set+":clean", 255)
	if err != nil {
		return nil, err
	}
	var fog *dataset.Points
	if l.fog != nil {
		fog = l.fog.Over(clean, seed)
	} else if fog, err = loadImages(set+":fog", 255); err != nil {
		return nil, err
	}
	from, to, err := l.ends(folder, clean, fog)
	if err != nil {
		return nil, err
	}
	s, err := experiment.Lines(from, to)
	if err != nil {
		return nil, err
	}
	return &experiment.Task{
		Net: net, Spec: s, Margin: experiment.LinesMargin,
		Drawdown: experiment.Labelled(clean), Generalisation: experiment.Labelled(fog),
	}, s.Check(net.InDim(), net.OutDim())
}

// ends are the ends of the lines: the reference's, or images of the test set.
func (l *linesJob) ends(folder string, clean, fog *dataset.Points) (from, to *dataset.Points, err error) {
	if l.first >= 0 {
		if l.first+l.lines > clean.Rows {
			return nil, nil, fmt.Errorf("--first %d --lines %d: the test set has %d images", l.first, l.lines, clean.Rows)
		}
		return experiment.Part(clean, l.first, l.first+l.lines), experiment.Part(fog, l.first, l.first+l.lines), nil
	}
	path := filepath.Join(folder, "mnist_fog_lines_100.npz")
	arrays, err := dataset.ReadNPZ(path, "test_index")
	if err != nil {
		return nil, nil, err
	}
	index := arrays["test_index"].Data
	if l.lines > len(index) {
		return nil, nil, fmt.Errorf("--lines %d: %s has %d", l.lines, path, len(index))
	}
	pick := func(p *dataset.Points) (*dataset.Points, error) {
		q := &dataset.Points{Dim: p.Dim}
		for _, v := range index[:l.lines] {
			i := int(v)
			if i < 0 || i >= p.Rows {
				return nil, fmt.Errorf("%s: test_index %v, and there are %d images", path, v, p.Rows)
			}
			q.Rows++
			q.Data = append(q.Data, p.Row(i)...)
			q.Labels = append(q.Labels, p.Labels[i])
		}
		return q, nil
	}
	from, err = pick(clean)
	to, err2 := pick(fog)
	return from, to, errors.Join(err, err2)
}

// loadImages reads labelled images.
func loadImages(path string, divideBy float64) (*dataset.Points, error) {
	p, err := dataset.Load(path, dataset.Options{Dim: digits.Size * digits.Size, DivideBy: divideBy})
	if err == nil && p.Labels == nil {
		err = fmt.Errorf("%s: has no labels", path)
	}
	return p, err
}
