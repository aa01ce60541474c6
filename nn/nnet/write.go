package nnet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/netmend/netmend/nn"
)

// FileOf returns the NNet file of a network: its layers, without comments and
// with an empty header, which [File.Write] fills with the identity. Its layers
// share memory with n.
//
// The network must be dense layers with a ReLU after each but the last, not
// decoupled; anything else is an error that names the node. A network read in
// [Raw] units has scalings around its layers and is refused too: read it in
// [Normalised] units, and copy the header from its file.
func FileOf(n *nn.Network) (*File, error) {
	f := &File{}
	for i, node := range n.Nodes {
		refuse := func(reason string) error {
			return fmt.Errorf("nnet: node %d (%s %q): %s", i, node.Op.Kind(), node.Name, reason)
		}
		if !slices.Equal(node.Inputs, []int{i - 1}) {
			return nil, refuse("its input is not the node before it")
		}
		if i%2 == 1 {
			if node.Op.Kind() != nn.KindReLU {
				return nil, refuse("the format has a ReLU after every layer but the last")
			}
			continue
		}
		dense, ok := node.Op.(*nn.Dense)
		if !ok {
			return nil, refuse("the format has dense layers with ReLU between them alone")
		}
		if dense.Decoupled() {
			return nil, refuse("the layer has separate value parameters, for which the format has no place")
		}
		f.Layers = append(f.Layers, dense.Params)
	}
	if len(n.Nodes)%2 == 0 {
		return nil, errors.New("nnet: the network ends with a ReLU, after which the format wants a layer")
	}
	return f, nil
}

// Write writes the file. Numbers have as many digits as it takes to read the
// same float64 again. Where Mins, Maxes, Means or Ranges are nil, they are
// written as the widest float32 bounds (which readers in either precision
// take), zeros and ones.
//
// It fails, before it writes anything, where the sizes of layers or header do
// not fit or a number is NaN or infinite (bounds may be infinite).
func (f *File) Write(w io.Writer) error {
	if err := f.checkLayers(); err != nil {
		return err
	}
	n := f.inputs()
	or := func(values []float64, length int, otherwise float64) []float64 {
		if values == nil {
			return slices.Repeat([]float64{otherwise}, length)
		}
		return values
	}
	g := *f
	g.Mins, g.Maxes = or(f.Mins, n, -math.MaxFloat32), or(f.Maxes, n, math.MaxFloat32)
	g.Means, g.Ranges = or(f.Means, n+1, 0), or(f.Ranges, n+1, 1)
	for _, bounds := range [][]float64{g.Mins, g.Maxes} {
		if len(bounds) != n || slices.ContainsFunc(bounds, math.IsNaN) {
			return fmt.Errorf("nnet: bounds %v, want %d numbers", bounds, n)
		}
	}
	if err := g.checkNormalisation(); err != nil {
		return fmt.Errorf("nnet: %w", err)
	}
	return g.write(w)
}

// write writes a checked file with its whole header.
func (f *File) write(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, comment := range f.Comments {
		for line := range strings.SplitSeq(comment, "\n") {
			fmt.Fprintf(b, "// %s\n", strings.TrimSpace(line))
		}
	}
	sizes := []float64{float64(f.inputs())}
	for _, layer := range f.Layers {
		sizes = append(sizes, float64(layer.Weight.Rows))
	}
	writeNumbers(b, float64(len(f.Layers)), sizes[0], sizes[len(sizes)-1], slices.Max(sizes))
	writeNumbers(b, sizes...)
	writeNumbers(b, 0)
	for _, line := range [][]float64{f.Mins, f.Maxes, f.Means, f.Ranges} {
		writeNumbers(b, line...)
	}
	for _, layer := range f.Layers {
		for i := range layer.Weight.Rows {
			writeNumbers(b, layer.Weight.Row(i)...)
		}
		for _, v := range layer.Bias {
			writeNumbers(b, v)
		}
	}
	return b.Flush() // reports the first error of all writes
}

// writeNumbers writes one line; the format has a comma after each number.
func writeNumbers(b *bufio.Writer, values ...float64) {
	var line []byte
	for _, v := range values {
		line = append(strconv.AppendFloat(line, v, 'g', -1, 64), ',')
	}
	_, _ = b.Write(append(line, '\n')) // Flush reports the error
}

// checkLayers reports layers whose sizes do not fit or that are not finite.
func (f *File) checkLayers() error {
	if len(f.Layers) == 0 {
		return errors.New("nnet: no layers")
	}
	in := f.inputs()
	for i := range f.Layers {
		layer := &nn.Dense{Params: f.Layers[i]}
		out, err := layer.OutDim([]int{in})
		if err == nil && (in == 0 || out == 0) {
			err = fmt.Errorf("%d inputs and %d outputs, want at least one of each", in, out)
		}
		if err == nil {
			err = layer.CheckFinite()
		}
		if err != nil {
			return fmt.Errorf("nnet: layer %d: %w", i+1, err)
		}
		in = out
	}
	return nil
}
