package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/eran"
	"github.com/netmend/netmend/nn/nnet"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/nn/polar"
)

// networkFlags say how network files are read, where the file leaves it open.
type networkFlags struct {
	raw, normalised, linearOutput bool
	slice                         bool
	behind                        bool // what is asked is about the numbers behind a final sigmoid
	inputs                        bool // inputs are asked for, by piecewise-affine pieces if possible
	output                        string
}

func (f *networkFlags) declare(fs *pflag.FlagSet) {
	fs.BoolVar(&f.raw, "raw", false, "NNet files: inputs and outputs in raw units, the header's normalisation applied")
	fs.BoolVar(&f.normalised, "normalised", false, "NNet files: inputs and outputs in normalised units, as the layers see them")
	fs.BoolVar(&f.linearOutput, "linear-output", false, "ERAN files: drop the activation after the last layer")
	fs.BoolVar(&f.slice, "onnx-slice", false, "ONNX files: read one slice of the first axis of fixed size, if every slice is treated separately and in the same way")
	fs.StringVar(&f.output, "onnx-output", "", "ONNX files with several outputs: the `name` of the one to use")
}

// kind of a network file, by its extension; ONNX files may be compressed.
func kind(path string) string {
	path = strings.ToLower(path)
	if plain := strings.TrimSuffix(path, ".gz"); filepath.Ext(plain) == ".onnx" {
		return "onnx"
	}
	switch filepath.Ext(path) {
	case ".nnet":
		return "nnet"
	case ".eran", ".tf":
		return "eran"
	case ".network":
		return "polar"
	}
	return ""
}

// validate reports flags that contradict each other or concern none of the files.
func (f *networkFlags) validate(paths ...string) error {
	var kinds []string
	for _, p := range paths {
		k := kind(p)
		if k == "" {
			return fmt.Errorf("%s: unknown kind of network file, want .onnx, .nnet, .eran, .tf or .network", p)
		}
		kinds = append(kinds, k)
	}
	nnetFile := slices.Contains(kinds, "nnet")
	switch {
	case f.raw && f.normalised:
		return cli.Usagef("--raw and --normalised contradict each other")
	case nnetFile && !f.raw && !f.normalised:
		return cli.Usagef("%s: give --raw or --normalised: units are never guessed", paths[slices.Index(kinds, "nnet")])
	case !nnetFile && (f.raw || f.normalised):
		return cli.Usagef("--raw and --normalised are for NNet files; other files have their units fixed")
	case f.linearOutput && !slices.Contains(kinds, "eran"):
		return cli.Usagef("--linear-output is for ERAN files")
	case f.output != "" && !slices.Contains(kinds, "onnx"):
		return cli.Usagef("--onnx-output is for ONNX files")
	case f.slice && !slices.Contains(kinds, "onnx"):
		return cli.Usagef("--onnx-slice is for ONNX files")
	}
	return nil
}

// load reads the network at path and prints the reader's notices.
func (f *networkFlags) load(inv *cli.Invocation, path string) (*nn.Network, error) {
	net, err := f.read(inv.Ctx, inv.Reads(path))
	if err != nil {
		return nil, cli.Named(path, err)
	}
	if f.behind || f.inputs && net.SmoothNode() >= 0 {
		net = net.WithSigmoid()
	}
	if inv.Command.Name != "info" {
		if err := inv.Needs(leastEvaluation(net), "evaluating "+path); err != nil {
			return nil, err
		}
	}
	if !inv.JSON {
		for _, n := range net.Meta.Notices {
			inv.Note("%s: %s", path, n)
		}
	}
	return net, nil
}

// leastEvaluation is what evaluating a network at a point takes beside it: two of its
// values, and what its parameters are arranged to.
func leastEvaluation(net *nn.Network) int64 {
	largest := net.InDim()
	for i := range net.Nodes {
		largest = max(largest, net.Dim(i))
	}
	numbers := 2 * int64(largest)
	for _, i := range net.Layers() {
		p := net.Nodes[i].Op.(nn.Layer).Channel(nn.ValueChannel)
		numbers += int64(len(p.Weight.Data)) + int64(len(p.Bias))
	}
	const number = 8
	return number * numbers
}

func (f *networkFlags) read(ctx context.Context, path string) (*nn.Network, error) {
	if kind(path) == "onnx" {
		return onnx.ReadFileContext(ctx, path, onnx.ReadOptions{Output: f.output, Slice: f.slice})
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if kind(path) == "nnet" {
		units := nnet.Normalised
		if f.raw {
			units = nnet.Raw
		}
		return nnet.ReadContext(ctx, file, path, nnet.Options{Units: units})
	}
	if kind(path) == "polar" {
		return polar.ReadContext(ctx, file, path)
	}
	return eran.ReadContext(ctx, file, path, eran.Options{LinearOutput: f.linearOutput})
}

// checkUnits compares the units of points with those of the network that they
// are for. Neither is ever converted or guessed. Where the file carries no
// normalisation, "normalised" points are what the network takes.
func checkUnits(of, units string, net *nn.Network) error {
	own := net.Meta.Units
	switch {
	case units == own || own == "" && units == string(nnet.Normalised):
		return nil
	case units == "":
		return fmt.Errorf(`%s: does not say its units, and the network takes %s ones: add "units": %q`, of, own, own)
	case own == "":
		return fmt.Errorf("%s: is in %s units, but the network's file carries no normalisation to apply", of, units)
	}
	return fmt.Errorf("%s: is in %s units, but the network takes %s ones", of, units, own)
}

// decoupledText is "decoupled, layer 2 repaired", or "" for an ordinary
// network.
func decoupledText(net *nn.Network) string {
	if !net.Decoupled() {
		return ""
	}
	return "decoupled, " + layersText(net.RepairedLayers()) + " repaired"
}

// layersText is "layer 2" or "layers 2 and 3".
func layersText(layers []int) string {
	words := make([]string, len(layers))
	for i, k := range layers {
		words[i] = fmt.Sprint(k)
	}
	if len(words) == 1 {
		return "layer " + words[0]
	}
	return "layers " + cli.List(words)
}
