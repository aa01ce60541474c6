package proof

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
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
// Names, shapes and the source's format do not count.
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
			e.params(op.Channel(nn.ActivationChannel))
			e.params(op.Channel(nn.ValueChannel))
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
			// Convolutions and the like: the fields of their types in package nn.
			text, err := json.Marshal(op)
			if err != nil {
				return "", fmt.Errorf("node %d: a %s has no digest: %w", i, op.Kind(), err)
			}
			e.text(op.Kind())
			e.text(string(text))
		}
	}
	return hex.EncodeToString(e.Sum(nil)), nil
}

// encoder hashes an encoding in which nothing can be taken for something else.
type encoder struct{ hash.Hash }

func (e encoder) count(n int) { _ = binary.Write(e, binary.LittleEndian, int64(n)) }

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
