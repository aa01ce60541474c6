package polar

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/netmend/netmend/internal/within"
	"github.com/netmend/netmend/nn"
)

// reading is the work that memory is asked for.
const reading = "reading it"

// maxLayers bounds the hidden layers that a file may declare.
const maxLayers = 10000

// activations makes the activation for a name in lower case; nil stands for
// none.
var activations = map[string]func() nn.Activation{
	"affine":  nil,
	"relu":    func() nn.Activation { return nn.ReLU() },
	"tanh":    func() nn.Activation { return nn.Tanh() },
	"sigmoid": func() nn.Activation { return nn.Sigmoid() },
}

// Read reads a network in POLAR's text format; name stands for the file in
// error messages, which have the form file:line: what was found, what was
// wanted.
//
// Names of activation functions may be in any case; those that are not supported
// are listed all at once. Sizes that are not positive integers, numbers that are
// NaN, infinite or beyond float64, an early end and text after the scale are
// errors. Memory grows with what the file delivers, not with the sizes that it
// declares. The network has no node for an offset of 0 with a scale of 1.
func Read(r io.Reader, name string) (*nn.Network, error) {
	return ReadContext(context.Background(), r, name)
}

// ReadContext is [Read], and fails with the cause of ctx if that is over first.
func ReadContext(ctx context.Context, r io.Reader, name string) (*nn.Network, error) {
	p := parser{ctx: ctx, scanner: scanner{source: bufio.NewReader(within.Reader(ctx, r)), name: name, line: 1}}
	nodes, inputs, err := p.file()
	if err != nil {
		return nil, err
	}
	n, err := nn.New(nodes, []int{inputs}, nn.Meta{Format: "polar", DType: nn.Float64})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}

// parser reads one file.
type parser struct {
	scanner
	ctx   context.Context
	nodes []nn.Node
}

// file reads the whole file and returns the nodes and the number of inputs.
func (p *parser) file() ([]nn.Node, int, error) {
	sizes, err := p.sizes()
	if err != nil {
		return nil, 0, err
	}
	names, err := p.names(len(sizes) - 1)
	if err != nil {
		return nil, 0, err
	}
	for i, function := range names {
		params, err := p.layer(i+1, sizes[i], sizes[i+1])
		if err != nil {
			return nil, 0, err
		}
		p.add(fmt.Sprintf("dense_%d", i+1), &nn.Dense{Params: params})
		if newActivation := activations[function]; newActivation != nil {
			p.add(fmt.Sprintf("%s_%d", function, i+1), newActivation())
		}
	}
	if err := p.output(sizes[len(sizes)-1]); err != nil {
		return nil, 0, err
	}
	switch text, err := p.word(); {
	case err == nil:
		return nil, 0, p.errorf("found %s after the scale, want the end of the file", quoteShort(text))
	case !errors.Is(err, io.EOF):
		return nil, 0, err
	}
	return p.nodes, sizes[0], nil
}

func (p *parser) add(name string, op nn.Op) {
	p.nodes = append(p.nodes, nn.Node{Name: name, Inputs: []int{len(p.nodes) - 1}, Op: op})
}

// sizes reads the sizes of the input, the hidden layers and the output.
func (p *parser) sizes() ([]int, error) {
	inputs, err := p.size("the number of inputs", 1)
	if err != nil {
		return nil, err
	}
	outputs, err := p.size("the number of outputs", 1)
	if err != nil {
		return nil, err
	}
	hidden, err := p.size("the number of hidden layers", 0)
	if err != nil {
		return nil, err
	}
	if hidden > maxLayers {
		return nil, p.errorf("found %d hidden layers, want at most %d", hidden, maxLayers)
	}
	sizes := []int{inputs}
	for i := range hidden {
		size, err := p.size(fmt.Sprintf("the size of hidden layer %d of %d", i+1, hidden), 1)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, size)
	}
	return append(sizes, outputs), nil
}

// names reads the activation functions of the given number of layers, in lower case.
func (p *parser) names(count int) ([]string, error) {
	var names, unsupported []string
	for i := range count {
		text, err := p.want(fmt.Sprintf("the activation function of layer %d of %d", i+1, count))
		if err != nil {
			return nil, err
		}
		function := strings.ToLower(text)
		if _, ok := activations[function]; !ok {
			unsupported = append(unsupported, fmt.Sprintf("%s in line %d", quoteShort(text), p.line))
		}
		names = append(names, function)
	}
	if unsupported != nil {
		return nil, fmt.Errorf("%s: activation functions that are not supported: %s; want ReLU, tanh, sigmoid or Affine",
			p.name, strings.Join(unsupported, ", "))
	}
	return names, nil
}

// layer reads the parameters of layer number, counted from 1.
func (p *parser) layer(number, in, out int) (nn.Params, error) {
	var weights, biases []float64
	for i := range out {
		for j := range in {
			w, err := p.number(fmt.Sprintf("layer %d, neuron %d of %d, weight %d of %d", number, i+1, out, j+1, in))
			if err != nil {
				return nn.Params{}, err
			}
			if weights, err = within.Grow(p.ctx, weights, 1, reading); err != nil {
				all := len(weights)
				for i := range p.nodes {
					if d, ok := p.nodes[i].Op.(*nn.Dense); ok {
						all += len(d.Params.Weight.Data)
					}
				}
				return nn.Params{}, p.errorf("%w", within.NumbersRefused(p.ctx, p.source, all, reading, err))
			}
			weights = append(weights, w)
		}
		b, err := p.number(fmt.Sprintf("layer %d, neuron %d of %d, bias", number, i+1, out))
		if err != nil {
			return nn.Params{}, err
		}
		biases = append(biases, b)
	}
	return nn.Params{Weight: nn.Matrix{Rows: out, Cols: in, Stride: in, Data: weights}, Bias: biases}, nil
}

// output reads the offset and the scale of the given number of outputs.
func (p *parser) output(outputs int) error {
	offset, err := p.number("the offset of the output")
	if err != nil {
		return err
	}
	scale, err := p.number("the scale of the output")
	if err != nil {
		return err
	}
	if offset == 0 && scale == 1 {
		return nil
	}
	p.add("output_scale", &nn.Scale{
		Factor: slices.Repeat([]float64{scale}, outputs),
		Shift:  slices.Repeat([]float64{0 - float64(offset*scale)}, outputs),
	})
	return nil
}
