package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/digits"
	"github.com/netmend/netmend/internal/experiment"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/eran"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

var linesCommand = &cli.Command{
	Name:    "bench lines",
	Former:  []string{"bench mnist-lines"},
	Summary: "Task 2: lines to foggy digits, repaired and timed, or measured against descent",
	Usage:   "[--method pr|ft|mft] [--data DIR] [flags]",
	Detail: `
Repairs a network for digits so that every point of the lines from clean images to
foggy ones has the image's class (Section 7.2 of the paper), and prints one JSON object
with all figures of the repair. With --method, provable repair, fine-tuning or modified
fine-tuning is measured instead: efficacy, drawdown (clean test images) and
generalisation (foggy ones).

With --data it uses the paper's MNIST network and the lines of the reference data.
Without --data it uses a network of the same size, trained on the spot on generated
digits. --fog makes different fog over the same images, --first takes other images.`,
	Example: "netmend bench lines --method pr --lines 10 --layer 3",
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		return setup(inv, fs, &lines{}, 0.05, 0.9)
	},
}

// lines says which lines Task 2 is about.
type lines struct {
	data, fogText, which string
	count, first         int // of 0 lines which is a file
	small                bool
	fog                  *digits.Fog
}

func (l *lines) declare(fs *pflag.FlagSet) {
	fs.StringVar(&l.data, "data", "", "`folder` of the reference data (default generated digits)")
	fs.StringVar(&l.which, "lines", "10", "`number` of lines; with --data also a file.npz with the arrays clean, fog and label, a path or a name in reference/repair")
	fs.IntVar(&l.first, "first", -1, "with --data: take the test set's images starting with this one (default the reference lines)")
	fs.StringVar(&l.fogText, "fog", "", "with --data: fog different from the reference's, `strength,decay[,side]` such as 2.5,1.75,32")
	fs.BoolVar(&l.small, "small", false, "without --data: use a small network that is trained in a moment")
}

func (l *lines) validate() error {
	var err error
	isFile := strings.HasSuffix(l.which, ".npz")
	if !isFile {
		l.count, err = strconv.Atoi(l.which)
	}
	switch {
	case !isFile && (err != nil || l.count < 1):
		return cli.Usagef("--lines %s: must be at least 1, or a file.npz", l.which)
	case isFile && (l.data == "" || l.first >= 0 || l.fogText != ""):
		return cli.Usagef("--lines %s: a file of lines goes with --data, without --first and --fog", l.which)
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
	var err2, err3 error
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

// load makes the task.
func (l *lines) load(inv *cli.Invocation, measured bool, seed uint64, workers int) (*experiment.Task, error) {
	var t *experiment.Task
	var err error
	if l.data == "" {
		sizes := experiment.FullDigits()
		if l.small {
			sizes = experiment.SmallDigits()
		}
		sizes.Seed = seed
		t, err = sizes.Lines(inv.Ctx, l.count, workers)
	} else {
		t, err = l.reference(measured, seed)
	}
	if err == nil && !measured {
		t.Drawdown, t.Generalisation = nil, nil
	}
	return t, err
}

// reference makes the task from the reference data.
func (l *lines) reference(measured bool, seed uint64) (*experiment.Task, error) {
	net, err := loadMNIST(l.data)
	if err != nil {
		return nil, err
	}
	t := &experiment.Task{Net: net, Margin: experiment.LinesMargin}
	folder := filepath.Join(l.data, "reference", "repair")
	if l.count == 0 {
		path := l.which
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			path = filepath.Join(folder, path)
		}
		if t.Spec, err = readLines(path); err != nil {
			return nil, err
		}
	}
	if measured || t.Spec == nil {
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
		t.Drawdown, t.Generalisation = experiment.Labelled(clean), experiment.Labelled(fog)
		if t.Spec == nil {
			from, to, err := l.ends(folder, clean, fog)
			if err != nil {
				return nil, err
			}
			if t.Spec, err = experiment.Lines(from, to); err != nil {
				return nil, err
			}
		}
	}
	return t, t.Spec.Check(net.InDim(), net.OutDim())
}

// ends are the ends of the lines: the reference's, or images of the test set.
func (l *lines) ends(folder string, clean, fog *dataset.Points) (from, to *dataset.Points, err error) {
	if l.first >= 0 {
		if l.first+l.count > clean.Rows {
			return nil, nil, fmt.Errorf("--first %d --lines %d: the test set has %d images", l.first, l.count, clean.Rows)
		}
		return experiment.Part(clean, l.first, l.first+l.count), experiment.Part(fog, l.first, l.first+l.count), nil
	}
	path := filepath.Join(folder, "mnist_fog_lines_100.npz")
	arrays, err := dataset.ReadNPZ(path, "test_index")
	if err != nil {
		return nil, nil, err
	}
	index := arrays["test_index"].Data
	if l.count > len(index) {
		return nil, nil, fmt.Errorf("--lines %d: %s has %d", l.count, path, len(index))
	}
	pick := func(p *dataset.Points) (*dataset.Points, error) {
		q := &dataset.Points{Dim: p.Dim}
		for _, v := range index[:l.count] {
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

// loadMNIST reads the network, whose file labels its linear last layer ReLU; the
// largest output is the class.
func loadMNIST(data string) (*nn.Network, error) {
	network, err := os.Open(filepath.Join(data, "data", "mnist", "aprnn_cc-by-nc-nd", "mnist_relu_3_100.tf"))
	if err != nil {
		return nil, err
	}
	defer network.Close()
	return eran.Read(network, network.Name(), eran.Options{LinearOutput: true})
}

// readLines makes an item of each row of the arrays clean, fog and label.
func readLines(path string) (*spec.Spec, error) {
	arrays, err := dataset.ReadNPZ(path, "clean", "fog", "label")
	if err != nil {
		return nil, err
	}
	clean, fog, label := arrays["clean"], arrays["fog"], arrays["label"]
	n := len(label.Data)
	if n == 0 || len(clean.Data) != len(fog.Data) || len(clean.Data)%n != 0 {
		return nil, fmt.Errorf("%s: arrays clean %v, fog %v and label %v do not fit: want the same number of rows in each", path, clean.Shape, fog.Shape, label.Shape)
	}
	dim := len(clean.Data) / n
	s := &spec.Spec{}
	for i, l := range label.Data {
		seg, err := set.NewSegment(clean.Data[i*dim:(i+1)*dim], fog.Data[i*dim:(i+1)*dim])
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, i, err)
		}
		if l != float64(int(l)) {
			return nil, fmt.Errorf("%s: label %v of line %d: want a class", path, l, i)
		}
		s.Items = append(s.Items, spec.Item{
			Name: fmt.Sprintf("line %d", i), Segment: &seg,
			Output: spec.Output{Allowed: []int{int(l)}},
		})
	}
	return s, nil
}
