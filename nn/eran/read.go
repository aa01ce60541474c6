package eran

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/netmend/netmend/internal/within"
	"github.com/netmend/netmend/nn"
)

// Options says how [Read] interprets a file.
type Options struct {
	// LinearOutput drops the activation after the last layer.
	LinearOutput bool
}

// Read reads a network in ERAN's text format; name stands for the file in error
// messages, which have the form file:line: what was found, what was wanted.
//
// Labels that are not supported are listed all at once, with their lines, after
// the whole file was read. Rows of different lengths, sizes that do not fit
// between weights, biases and neighbouring layers, numbers that are NaN,
// infinite or beyond float64, and an early end are errors. Where an activation
// after the last layer was dropped, or a last ReLU was kept, the network's
// notices say so.
func Read(r io.Reader, name string, o Options) (*nn.Network, error) {
	return ReadContext(context.Background(), r, name, o)
}

// ReadContext is [Read], and fails with the cause of ctx if that is over first.
func ReadContext(ctx context.Context, r io.Reader, name string, o Options) (*nn.Network, error) {
	p := parser{ctx: ctx, scan: newScanner(within.Reader(ctx, r), name)}
	if err := p.layers(); err != nil {
		return nil, err
	}
	nodes, notices := assemble(p.read, o)
	n, err := nn.New(nodes, []int{p.read[0].params.Weight.Cols}, nn.Meta{
		Format:  "eran",
		DType:   nn.Float64,
		Notices: notices,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}

// activations makes the activation for a label in lower case; nil stands for
// none.
var activations = map[string]func() nn.Activation{
	"affine":   nil,
	"relu":     func() nn.Activation { return nn.ReLU() },
	"hardtanh": func() nn.Activation { return nn.HardTanh() },
	"tanh":     func() nn.Activation { return nn.Tanh() },
	"sigmoid":  func() nn.Activation { return nn.Sigmoid() },
}

// layer is one layer of a file.
type layer struct {
	label  string
	params nn.Params
}

// assemble chains the layers.
func assemble(layers []layer, o Options) (nodes []nn.Node, notices []string) {
	add := func(kind string, number int, op nn.Op) {
		nodes = append(nodes, nn.Node{
			Name:   fmt.Sprintf("%s_%d", kind, number),
			Inputs: []int{len(nodes) - 1},
			Op:     op,
		})
	}
	for i, l := range layers {
		add("dense", i+1, &nn.Dense{Params: l.params})
		label := strings.ToLower(l.label)
		makeActivation := activations[label]
		if makeActivation == nil {
			continue
		}
		last := i == len(layers)-1
		if last && o.LinearOutput {
			notices = append(notices, fmt.Sprintf("the %s after the last layer was dropped: the output is linear", l.label))
			continue
		}
		if last && label == "relu" {
			notices = append(notices, "the last layer is followed by a ReLU, as its label says; many files have that label although their network's output is linear")
		}
		add(label, i+1, makeActivation())
	}
	return nodes, notices
}
