package bench

import (
	"context"
	"errors"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/experiment"
)

var benchPhotographsCommand = &cli.Command{
	Name:    "bench photographs",
	Summary: "Task 1: repair SqueezeNet on misclassified photographs by one of the methods, and measure it",
	Usage:   "--data DIR --method pr|ft|mft [flags]",
	Detail: `
Repairs SqueezeNet so that the first N of the photographs that it gets wrong get
their labels (an experiment like Section 7.1 of the paper), by provable repair of a
layer, fine-tuning or modified fine-tuning, and measures efficacy on these and
drawdown on the photographs that it gets right. Prints one JSON object. For provable
repair of all layers, with more figures, see netmend bench squeezenet.`,
	Example: "netmend bench photographs --data ../shared --method mft --images 40",
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var j compareJob
		var data string
		var images int
		j.declare(fs, 0.0001, 0)
		fs.StringVar(&data, "data", "", "`folder` of the reference data")
		fs.IntVar(&images, "images", 160, "number of images to repair")
		return func(operands []string) (int, error) {
			if err := cli.WantOperands(operands); err != nil {
				return 0, err
			}
			switch {
			case data == "":
				return 0, cli.Usagef("--data is missing")
			case images < 1:
				return 0, cli.Usagef("--images %d: must be at least 1", images)
			}
			return j.run(inv, "photographs", func(context.Context, uint64, int) (*experiment.Task, error) {
				s := squeezenetJob{data: data, images: images}
				if err := s.load(inv); err != nil {
					return nil, err
				}
				photographs, err := s.open(inv)
				if err != nil {
					return nil, err
				}
				kept := correctOnes{from: photographs, correct: s.correct}
				drawdown, err := kept.points(photographs.Rows)
				if err := errors.Join(err, photographs.Close()); err != nil {
					return nil, err
				}
				return &experiment.Task{
					Net: s.net, Spec: s.wrong, Margin: squeezenetMargin, Drawdown: experiment.Labelled(drawdown),
				}, nil
			})
		}
	},
}
