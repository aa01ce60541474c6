package proof

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// SpecDigest is the digest of a specification's content: the SHA-256 of what
// [spec.Write] writes of it, names of items left out.
func SpecDigest(s *spec.Spec) (string, error) {
	plain := *s
	plain.Items = append([]spec.Item(nil), s.Items...)
	for i := range plain.Items {
		plain.Items[i].Name = ""
	}
	h := sha256.New()
	if err := spec.Write(h, &plain); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// NetworkDigest is the digest of a network's content, as docs/CERTIFICATES.md
// describes it: its nodes, their inputs and every constant of both channels.
// Names, shapes and the source's format do not count. It fails with an ErrUnknown
// for operations that have no such encoding.
func NetworkDigest(net *nn.Network) (string, error) {
	e := encoder{sha256.New()}
	e.text("netmend network 1")
	e.count(net.InDim())
	e.count(len(net.Nodes))
	for i, n := range net.Nodes {
		e.count(len(n.Inputs))
		for _, j := range n.Inputs {
			e.count(j)
		}
		switch op := n.Op.(type) {
		case *nn.Dense:
			e.text("dense")
			e.layer(op)
		case *nn.Conv:
			e.text("conv")
			e.window(&op.Window)
			e.count(op.Groups)
			e.layer(op)
		case *nn.ConvTranspose:
			e.text("transposed conv")
			e.window(&op.Window)
			e.counts(op.Inputs, op.Groups)
			e.layer(op)
		case *nn.MaxPool:
			e.text("max pool")
			e.window(&op.Window)
		case *nn.AveragePool:
			e.text("average pool")
			e.window(&op.Window)
			e.flag(op.CountPadding)
			e.counts(op.Beyond[:]...)
		case *nn.Max:
			e.text("max")
			e.counts(op.Inputs, op.Dim)
		case *nn.Sum:
			e.text("sum")
			e.numbers(op.Coefficients)
		case *nn.Take:
			e.text("take")
			e.counts(op.In, len(op.From))
			for _, j := range op.From {
				e.count(int(j))
			}
			e.numbers([]float64{op.Fill})
		case *nn.Concat:
			e.text("concat")
			e.counts(op.Dims...)
		case *nn.Reduce:
			e.text("reduce")
			e.counts(op.Outer, op.Axis, op.Inner)
			e.numbers([]float64{op.Divisor})
		case *nn.Scale:
			e.text("scale")
			e.numbers(op.Factor)
			e.numbers(op.Shift)
		case *nn.Piecewise:
			e.text("piecewise")
			e.numbers(op.Breaks)
			e.numbers(op.Slope)
			e.numbers(op.Offset)
		case *nn.Smooth:
			e.text(op.Kind())
			e.numbers(op.Parameters())
		default:
			return "", &unsupportedError{fmt.Errorf("node %d: a %s has no digest", i, op.Kind())}
		}
	}
	return hex.EncodeToString(e.Sum(nil)), nil
}

// encoder hashes an encoding in which nothing can be taken for something else.
type encoder struct{ hash.Hash }

func (e encoder) count(n int) { _ = binary.Write(e, binary.LittleEndian, int64(n)) }

func (e encoder) counts(n ...int) {
	for _, v := range n {
		e.count(v)
	}
}

func (e encoder) flag(b bool) {
	if b {
		e.count(1)
	} else {
		e.count(0)
	}
}

func (e encoder) window(w *nn.Window) {
	e.count(w.Channels)
	for _, p := range [][2]int{w.In, w.Kernel, w.Stride, w.Dilation, w.Before, w.After} {
		e.counts(p[:]...)
	}
}

// layer encodes the parameters of both channels, also where they are the same.
func (e encoder) layer(op nn.Layer) {
	e.params(op.Channel(nn.ActivationChannel))
	e.params(op.Channel(nn.ValueChannel))
}

func (e encoder) text(s string) {
	e.count(len(s))
	e.Write([]byte(s))
}

func (e encoder) numbers(v []float64) {
	e.count(len(v))
	b := make([]byte, 0, 8*len(v))
	for _, x := range v {
		// 0 and -0 are one number.
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x+0))
	}
	e.Write(b)
}

func (e encoder) params(p *nn.Params) {
	e.count(p.Weight.Rows)
	e.count(p.Weight.Cols)
	for j := range p.Weight.Rows {
		e.numbers(p.Weight.Row(j))
	}
	e.numbers(p.Bias)
}
