package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
)

var infoCommand = &cli.Command{
	Name:    "info",
	Summary: "describe a network: its layers with their numbers, sizes and activations",
	Usage:   "NETWORK [flags]",
	Detail: `
NETWORK is an ONNX file (.onnx), an NNet file (.nnet) or an ERAN text file (.eran,
.tf). Layers, numbered from 1, are the parts that can be repaired. A file written by
netmend repair is recognised by its structure and shown as decoupled.`,
	Example: "netmend demo demo && netmend info demo/n1.onnx",
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var nets networkFlags
		nets.declare(fs)
		return func(operands []string) (int, error) {
			if err := cli.WantOperands(operands, "NETWORK"); err != nil {
				return 0, err
			}
			if err := nets.validate(operands...); err != nil {
				return 0, err
			}
			net, err := nets.load(inv, operands[0])
			if err != nil {
				return 0, err
			}
			return cli.ExitYes, printInfo(inv, operands[0], net)
		}
	},
}

// layerInfo is a row of the table of layers.
type layerInfo struct {
	Layer      int    `json:"layer"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Shape      []int  `json:"shape"` // of the weights
	Inputs     int    `json:"inputs"`
	Outputs    int    `json:"outputs"`
	Parameters int    `json:"parameters"`
	Activation string `json:"activation"`
	Repaired   bool   `json:"repaired"`
}

func printInfo(inv *cli.Invocation, path string, net *nn.Network) error {
	layers := layerTable(net)
	parameters := 0
	for _, l := range layers {
		parameters += l.Parameters
	}
	if inv.JSON {
		return inv.WriteJSON(struct {
			cli.Header
			Network         answer.Network `json:"network"`
			InputShape      []int          `json:"input_shape"`
			Parameters      int            `json:"parameters"`
			ActivationUnits int            `json:"activation_units"`
			PiecewiseAffine bool           `json:"piecewise_affine"`
			Layers          []layerInfo    `json:"layers"`
			Seconds         cli.Total      `json:"seconds"`
		}{inv.Header(), answer.NetworkOf(path, net), net.InputShape, parameters, net.PatternLen(), net.SmoothNode() < 0, layers, inv.Total()})
	}
	inv.Printf("%s: %s, %s", path, net.Meta.Format, net.Meta.DType)
	if d := decoupledText(net); d != "" {
		inv.Printf(", %s", d)
	}
	inv.Printf("\n")
	inv.Printf("inputs      %d, shape %s%s\n", net.InDim(), shapeText(net.InputShape), answer.InUnits(net))
	inv.Printf("outputs     %d\n", net.OutDim())
	inv.Printf("parameters  %s in %s\n", cli.Thousands(parameters), cli.Count(len(layers), "layer"))
	inv.Printf("units       %s, %s\n\n", cli.Thousands(net.PatternLen()), classText(net))
	w := tabwriter.NewWriter(inv.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "layer\tkind\tweights\tinputs\toutputs\tparameters\tactivation\t  name\n")
	for _, l := range layers {
		name := l.Name
		if l.Repaired {
			name += "  (repaired)"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%d\t%d\t%s\t  %s\n", l.Layer, l.Kind, shapeText(l.Shape), l.Inputs, l.Outputs, l.Parameters, l.Activation, name)
	}
	return w.Flush()
}

// layerTable lists the layers with what follows them.
func layerTable(net *nn.Network) []layerInfo {
	layers := []layerInfo{} // an empty list, not null, in JSON
	repaired := net.RepairedLayers()
	lastUse := make([]int, len(net.Nodes)) // by which node
	for i, node := range net.Nodes {
		for _, j := range node.Inputs {
			if j != nn.Input {
				lastUse[j] = i
			}
		}
	}
	for i, node := range net.Layers() {
		k := i + 1
		op := net.Nodes[node].Op.(nn.Layer)
		w := op.Channel(nn.ActivationChannel).Weight
		layers = append(layers, layerInfo{
			Layer: k, Kind: op.Kind(), Name: net.Nodes[node].Name, Shape: weightShape(op),
			Inputs: net.Dim(net.Nodes[node].Inputs[0]), Outputs: net.Dim(node),
			Parameters: w.Rows * (w.Cols + 1),
			Activation: activationAfter(net, lastUse, node),
			Repaired:   slices.Contains(repaired, k),
		})
	}
	return layers
}

// weightShape is the shape of a layer's weights: outputs and inputs, of a convolution
// channels, inputs for each group, and the kernel's height and width.
func weightShape(op nn.Layer) []int {
	w := op.Channel(nn.ActivationChannel).Weight
	switch c := op.(type) {
	case *nn.Conv:
		return []int{w.Rows, c.Channels / c.Groups, c.Kernel[0], c.Kernel[1]}
	case *nn.ConvTranspose:
		return []int{w.Rows, c.Inputs / c.Groups, c.Kernel[0], c.Kernel[1]}
	}
	return []int{w.Rows, w.Cols}
}

// activationAfter names the activations that act on a layer's output, directly
// or after a constant scaling.
func activationAfter(net *nn.Network, lastUse []int, node int) string {
	from, last := map[int]bool{node: true}, lastUse[node]
	var kinds []string
	for i := node + 1; i <= last; i++ {
		n := net.Nodes[i]
		if !slices.ContainsFunc(n.Inputs, func(j int) bool { return from[j] }) {
			continue
		}
		switch op := n.Op.(type) {
		case nn.Activation, nn.Selection:
			kinds = append(kinds, op.Kind())
		case *nn.Scale:
			from[i], last = true, max(last, lastUse[i])
		}
	}
	if len(kinds) == 0 {
		return "none"
	}
	return strings.Join(slices.Compact(kinds), ", ")
}

// classText says which algorithms a network admits.
func classText(net *nn.Network) string {
	if i := net.SmoothNode(); i >= 0 {
		return fmt.Sprintf("not piecewise affine (%s): points can be repaired, segments and polygons cannot", net.Nodes[i].Op.Kind())
	}
	return "piecewise affine"
}

// shapeText is "1x28x28".
func shapeText(shape []int) string {
	words := make([]string, len(shape))
	for i, d := range shape {
		words[i] = fmt.Sprint(d)
	}
	return strings.Join(words, "x")
}
