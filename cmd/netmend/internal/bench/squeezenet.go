package bench

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/metrics"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// squeezenetMargin is the margin of the benchmark: outputs are some 20 in size.
const squeezenetMargin = 1e-3

var benchSqueezeNetCommand = &cli.Command{
	Name:    "bench squeezenet",
	Summary: "repair layers of SqueezeNet on misclassified photographs",
	Usage:   "--data DIR [--images N] [--layer K|all] [flags]",
	Detail: `
Repairs single layers of SqueezeNet so that the first N of the photographs that
it gets wrong get their labels (an experiment like Section 7.1 of the paper), and
prints one JSON object per layer: what repair found, and the drawdown on the
photographs that it gets right. The network's last operation, a softmax, is dropped.`,
	Example: "netmend bench squeezenet --data ../shared --images 40 --layer 26",
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		j := squeezenetJob{}
		var objective string
		fs.StringVar(&j.data, "data", "", "`folder` of the reference data")
		fs.IntVar(&j.images, "images", 160, "number of images to repair")
		fs.StringVar(&j.layer, "layer", "", "the `layer` to change, from 1, or all of them, one after the other (default the last)")
		cli.DeclareObjective(fs, &objective)
		fs.Float64Var(&j.options.Bound, "bound", repair.DefaultBound, "the largest change of a single parameter")
		fs.DurationVar(&j.options.TimeLimit, "time-limit", 0, "give up on a layer after this `time`, such as 60s")
		fs.IntVar(&j.options.Workers, "workers", 0, "number of goroutines (default one per processor)")
		return func(operands []string) (int, error) {
			norm, err := repair.ParseNorm(objective)
			switch {
			case err != nil:
				return 0, cli.Usagef("%w", err)
			case j.data == "":
				return 0, cli.Usagef("--data is missing")
			case j.images < 1:
				return 0, cli.Usagef("--images %d: must be at least 1", j.images)
			case !(j.options.Bound > 0):
				return 0, cli.Usagef("--bound %v: must be above 0", j.options.Bound)
			case j.options.TimeLimit < 0 || j.options.Workers < 0:
				return 0, cli.Usagef("--time-limit and --workers must not be negative")
			}
			j.options.Norm = norm
			return cli.ExitYes, errors.Join(cli.WantOperands(operands), j.run(inv))
		}
	},
}

// squeezenetJob is one run of the benchmark.
type squeezenetJob struct {
	data, layer string
	images      int
	options     repair.Options

	net     *nn.Network
	wrong   *spec.Spec
	correct []float64 // for each photograph, 0 if the network gets it wrong
}

func (j *squeezenetJob) run(inv *cli.Invocation) error {
	inv.Progress.Watch(inv.Stderr)
	if err := j.load(inv); err != nil {
		return err
	}
	layers, err := j.layers()
	if err != nil {
		return err
	}
	loaded := inv.Total().Total
	inv.GiveMemory(&j.options)
	for _, k := range layers {
		if err := j.repair(inv, k, loaded); err != nil {
			return err
		}
	}
	return nil
}

// layers are the numbers of those to repair.
func (j *squeezenetJob) layers() ([]int, error) {
	n := len(j.net.Layers())
	switch j.layer {
	case "":
		return []int{n}, nil
	case "all":
		all := make([]int, n)
		for k := range all {
			all[k] = n - k
		}
		return all, nil
	}
	k, err := strconv.Atoi(j.layer)
	if err != nil || k < 1 || k > n {
		return nil, cli.Usagef("--layer %q: want a number from 1 to %d, or all", j.layer, n)
	}
	return []int{k}, nil
}

// load reads the network and the first photographs that it gets wrong.
func (j *squeezenetJob) load(inv *cli.Invocation) (err error) {
	if j.net, err = onnx.ReadFile(filepath.Join(j.data, "data", "squeezenet", "SqueezeNet_fp16.onnx"), onnx.ReadOptions{}); err != nil {
		return err
	}
	arrays, err := dataset.ReadNPZ(j.photographs(), "correct")
	if err != nil {
		return err
	}
	j.correct = arrays["correct"].Data
	photographs, err := j.open(inv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, photographs.Close()) }()
	j.wrong = &spec.Spec{Margin: squeezenetMargin}
	for i := 0; len(j.wrong.Items) < j.images; i++ {
		p, err := photographs.Next(1)
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

// photographs is the file of them.
func (j *squeezenetJob) photographs() string {
	return filepath.Join(j.data, "data", "imagenet_samples", "crops.npz")
}

// open opens the photographs: they are read one by one, for all of them would take more
// memory than the repair.
func (j *squeezenetJob) open(inv *cli.Invocation) (*dataset.Stream, error) {
	path := j.photographs()
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

// correctOnes are the photographs that are to stay right, for [metrics.Measure].
type correctOnes struct {
	from    *dataset.Stream
	correct []float64
	at      int
}

// points are those of the next n photographs, at least one.
func (c *correctOnes) points(n int) (*dataset.Points, error) {
	for {
		p, err := c.from.Next(n)
		if err != nil {
			return nil, err
		}
		kept := &dataset.Points{Dim: p.Dim}
		for i, l := range p.Labels {
			if c.correct[c.at+i] != 0 {
				kept.Rows, kept.Data, kept.Labels = kept.Rows+1, append(kept.Data, p.Row(i)...), append(kept.Labels, l)
			}
		}
		if c.at += p.Rows; kept.Rows > 0 {
			return kept, nil
		}
	}
}

// Next implements [metrics.Source].
func (c *correctOnes) Next(n int) (*metrics.Batch, error) {
	p, err := c.points(n)
	if err != nil {
		return nil, err
	}
	x := nn.Matrix{Rows: p.Rows, Cols: p.Dim, Stride: p.Dim, Data: p.Data}
	return metrics.FromLabels(x, p.Labels, spec.Argmax).Next(p.Rows)
}

// repair repairs one layer and prints what came of it.
func (j *squeezenetJob) repair(inv *cli.Invocation, k int, loaded float64) error {
	opt := j.options
	opt.Layer, opt.DType, opt.Progress = k, nn.Float64, inv.RepairProgress()
	r, err := repair.Run(inv.Ctx, j.net, j.wrong, opt)
	if err != nil {
		return err
	}
	if err := inv.Ctx.Err(); err != nil {
		return err
	}
	inv.Progress.Clear()
	var efficacy, drawdown *answer.Score
	start := time.Now()
	if r.Network != nil {
		points := metrics.FromSpec(j.wrong, 0, 1)
		on, err := metrics.Measure(inv.Ctx, j.net, r.Network, points, metrics.Options{})
		if err != nil {
			return err
		}
		photographs, err := j.open(inv)
		if err != nil {
			return err
		}
		off, err := metrics.Measure(inv.Ctx, j.net, r.Network, &correctOnes{from: photographs, correct: j.correct}, metrics.Options{})
		if err := errors.Join(err, photographs.Close()); err != nil {
			return err
		}
		efficacy, drawdown = answer.ScoreOf(on, (*metrics.Score).Efficacy), answer.ScoreOf(off, (*metrics.Score).Drawdown)
	}
	measured := time.Since(start).Seconds()
	r.Time.Load = loaded
	f := answer.FiguresOf(j.net, j.wrong, r)
	f.Worst, f.Farkas = nil, nil // images, and rows of as many numbers as the layer has
	return inv.WriteJSON(struct {
		cli.Header
		Task   string `json:"task"`
		Images int    `json:"images"`
		answer.Figures
		Efficacy *answer.Score  `json:"efficacy,omitempty"`
		Drawdown *answer.Score  `json:"drawdown,omitempty"`
		Measured float64        `json:"seconds_measuring"`
		Seconds  repair.Seconds `json:"seconds"`
		Peak     int64          `json:"peak_memory_bytes"`
	}{inv.Header(), "squeezenet", j.images, f, efficacy, drawdown, measured, r.Time, cli.PeakMemory()})
}
