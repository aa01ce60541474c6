package face

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/nn"
)

// matrix is an affine map, exactly.
type matrix struct {
	in, out int
	weight  []float64 // out x in
	bias    []float64

	// The same in integers, made when first needed.
	m, b   []big.Int
	me, be int
}

// maxEntries is the size of a matrix up to which exact arithmetic is tried.
const maxEntries = 1 << 22

// matrixOf is an affine node in the activation channel, over the concatenation of its
// inputs; nil if it is too large, or its parameters are not float64 numbers.
func matrixOf(net *nn.Network, i int) *matrix {
	op, ok := net.Nodes[i].Op.(nn.Affine)
	if !ok {
		return nil
	}
	m := &matrix{out: net.Dim(i)}
	for _, j := range net.Nodes[i].Inputs {
		m.in += net.Dim(j)
	}
	if m.in == 0 || m.out > maxEntries/m.in {
		return nil
	}
	quotient := false
	switch op := op.(type) {
	case *nn.Dense:
		p := op.Channel(nn.ActivationChannel)
		for u := range m.out {
			m.weight = append(m.weight, p.Weight.Row(u)...)
		}
		m.bias = p.Bias
		return m.checked()
	case *nn.Scale, *nn.Sum, *nn.Take, *nn.Concat, *nn.Conv, *nn.ConvTranspose:
	case *nn.AveragePool:
		quotient = true
	case *nn.Reduce:
		if quotient = true; !isPower(op.Divisor) {
			return nil
		}
	default:
		return nil
	}
	// The images of the unit vectors, sums with one term that is not 0, are exact.
	var unit []nn.Matrix
	for _, j := range net.Nodes[i].Inputs {
		unit = append(unit, nn.NewMatrix(1, net.Dim(j)))
	}
	image := nn.NewMatrix(1, m.out)
	op.Forward(image, unit, nn.ActivationChannel, true, 1)
	m.bias = append([]float64(nil), image.Row(0)...)
	m.weight = make([]float64, m.out*m.in)
	at := 0
	for _, v := range unit {
		for k := range v.Cols {
			v.Row(0)[k] = 1
			op.Forward(image, unit, nn.ActivationChannel, false, 1)
			v.Row(0)[k] = 0
			for u, a := range image.Row(0) {
				if quotient && !isPower(a) {
					return nil // 1 / n is not a float64
				}
				m.weight[u*m.in+at+k] = a
			}
		}
		at += v.Cols
	}
	return m.checked()
}

// isPower reports whether a number is 0 or a power of two.
func isPower(x float64) bool {
	f, _ := math.Frexp(math.Abs(x))
	return f == 0 || f == 0.5
}

func (m *matrix) checked() *matrix {
	if !m.finite() {
		return nil
	}
	return m
}

func (m *matrix) finite() bool {
	for _, list := range [][]float64{m.weight, m.bias} {
		for _, v := range list {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
	}
	return true
}

// apply is the map of values: in float64 where nothing rounds, otherwise with math/big.
func (m *matrix) apply(in *values) values {
	out := values{n: m.out, corners: in.corners}
	if in.f != nil {
		out.f = make([]float64, m.out*in.corners)
		if m.applyFloats(out.f, in) {
			return out
		}
		out.f = nil
	}
	if m.m == nil {
		m.m, m.me = integers(m.weight)
		m.b, m.be = integers(m.bias)
	}
	x := *in
	x.widen()
	out.m = make([]big.Int, m.out*in.corners)
	e := min(m.me+x.e, m.be)
	out.e = e
	var t big.Int
	for k := range in.corners {
		v := x.m[k*m.in : (k+1)*m.in]
		for u := range m.out {
			sum := &out.m[k*m.out+u]
			for i, w := range m.weight[u*m.in : (u+1)*m.in] {
				if w != 0 && v[i].Sign() != 0 {
					sum.Add(sum, t.Mul(&m.m[u*m.in+i], &v[i]))
				}
			}
			if sum.Sign() != 0 {
				sum.Lsh(sum, uint(m.me+x.e-e))
			}
			if m.b[u].Sign() != 0 {
				sum.Add(sum, t.Lsh(&m.b[u], uint(m.be-e)))
			}
		}
	}
	return out
}

func (m *matrix) applyFloats(dst []float64, in *values) bool {
	for k := range in.corners {
		for u := range m.out {
			v, ok := exactDot(m.weight[u*m.in:(u+1)*m.in], in.f[k*m.in:(k+1)*m.in], m.bias[u])
			if !ok {
				return false
			}
			dst[k*m.out+u] = v
		}
	}
	return true
}
