package bench

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/experiment"
	"github.com/netmend/netmend/metrics"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/spec"
)

// squeezenetMargin is the margin of the benchmark: outputs are some 20 in size.
const squeezenetMargin = 1e-3

var photographsCommand = &cli.Command{
	Name:    "bench photographs",
	Former:  []string{"bench squeezenet"},
	Summary: "Task 1: SqueezeNet and misclassified photographs, repaired and timed, or measured against descent",
	Usage:   "--data DIR [--images N] [--layer K|all] [--method pr|ft|mft] [flags]",
	Detail: `
Repairs a layer of SqueezeNet so that the first N of the photographs that it gets wrong
get their labels (Section 7.1 of the paper, in kind), and prints one JSON object a
layer: all figures of the repair, and the drawdown on the photographs that it gets
right. The network's last operation, a softmax, is dropped. With --method, provable
repair, fine-tuning or modified fine-tuning is measured in the same way as in the
other experiments.`,
	Example: "netmend bench photographs --data ../shared --images 40 --layer 26",
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		return setup(inv, fs, &photographs{}, 0.0001, 0)
	},
}

// photographs says which photographs Task 1 is about.
type photographs struct {
	data   string
	images int

	net     *nn.Network
	wrong   *spec.Spec
	correct []float64 // for each photograph, 0 if the network gets it wrong
}

func (j *photographs) declare(fs *pflag.FlagSet) {
	fs.StringVar(&j.data, "data", "", "`folder` of the reference data")
	fs.IntVar(&j.images, "images", 160, "number of images to repair")
}

func (j *photographs) validate() error {
	switch {
	case j.data == "":
		return cli.Usagef("--data is missing")
	case j.images < 1:
		return cli.Usagef("--images %d: must be at least 1", j.images)
	}
	return nil
}

// load makes the task.
func (j *photographs) load(inv *cli.Invocation, _ bool, _ uint64, _ int) (*experiment.Task, error) {
	if err := j.read(inv); err != nil {
		return nil, err
	}
	return &experiment.Task{
		Net: j.net, Spec: j.wrong, Margin: squeezenetMargin,
		Drawdown: func() metrics.Source { return &correctOnes{inv: inv, job: j} },
	}, nil
}

// read reads the network and the first photographs that it gets wrong.
func (j *photographs) read(inv *cli.Invocation) (err error) {
	if j.net, err = onnx.ReadFile(filepath.Join(j.data, "data", "squeezenet", "SqueezeNet_fp16.onnx"), onnx.ReadOptions{}); err != nil {
		return err
	}
	arrays, err := dataset.ReadNPZ(j.path(), "correct")
	if err != nil {
		return err
	}
	j.correct = arrays["correct"].Data
	stream, err := j.open(inv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stream.Close()) }()
	j.wrong = &spec.Spec{Margin: squeezenetMargin}
	for i := 0; len(j.wrong.Items) < j.images; i++ {
		p, err := stream.Next(1)
		if errors.Is(err, io.EOF) {
			return cli.Usagef("--images %d: there are %d misclassified ones", j.images, len(j.wrong.Items))
		}
		if err != nil {
			return err
		}
		if j.correct[i] == 0 {
			j.wrong.Items = append(j.wrong.Items, spec.Item{
				Name: fmt.Sprintf("image %d", i), Point: p.Data,
				Output: spec.Output{Allowed: p.Labels[:1:1]},
			})
		}
	}
	return nil
}

// path is the file of the photographs.
func (j *photographs) path() string {
	return filepath.Join(j.data, "data", "imagenet_samples", "crops.npz")
}

// open opens the photographs: they are read one by one, for all of them would take more
// memory than the repair.
func (j *photographs) open(inv *cli.Invocation) (*dataset.Stream, error) {
	path := j.path()
	s, err := dataset.OpenStreamContext(inv.Ctx, path+":rgb", dataset.Options{
		Dim: j.net.InDim(), Shape: j.net.InputShape,
		Image: &dataset.Image{ChannelsLast: true, Reverse: true, Mean: []float64{104, 117, 123}},
	})
	if err != nil {
		return nil, err
	}
	if s.Rows != len(j.correct) {
		return nil, errors.Join(fmt.Errorf("%s: %d images, %d of them marked", path, s.Rows, len(j.correct)), s.Close())
	}
	return s, nil
}

// correctOnes are the photographs that are to stay right. The file is open from the first
// batch to the last.
type correctOnes struct {
	inv  *cli.Invocation
	job  *photographs
	from *dataset.Stream
	at   int
}

// Next implements [metrics.Source].
func (c *correctOnes) Next(n int) (*metrics.Batch, error) {
	if c.from == nil {
		var err error
		if c.from, err = c.job.open(c.inv); err != nil {
			return nil, err
		}
	}
	for {
		p, err := c.from.Next(n)
		if err != nil {
			return nil, errors.Join(err, c.from.Close())
		}
		kept := &dataset.Points{Dim: p.Dim}
		for i, l := range p.Labels {
			if c.job.correct[c.at+i] != 0 {
				kept.Rows, kept.Data, kept.Labels = kept.Rows+1, append(kept.Data, p.Row(i)...), append(kept.Labels, l)
			}
		}
		if c.at += p.Rows; kept.Rows > 0 {
			x := nn.Matrix{Rows: kept.Rows, Cols: kept.Dim, Stride: kept.Dim, Data: kept.Data}
			return metrics.FromLabels(x, kept.Labels, spec.Argmax).Next(kept.Rows)
		}
	}
}
