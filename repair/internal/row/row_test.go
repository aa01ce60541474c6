package row

import (
	"math"
	"math/rand/v2"
	"testing"
)

// dense writes all out x in coefficients.
func dense(r *Row, out, in int) []float64 {
	x := make([]float64, out*in)
	r.AddTo(x, 1)
	return x
}

// TestForms compares a row of rank one with the same row as blocks, in every
// product with either form of another.
func TestForms(t *testing.T) {
	const out, in = 4, 3
	r := rand.New(rand.NewPCG(1, 2))
	both := func() [2]*Row {
		a, b := &Row{G: make([]float64, out), H: make([]float64, in)}, &Row{}
		for i := range a.H {
			a.H[i] = r.NormFloat64()
		}
		for j := range a.G {
			if r.IntN(3) == 0 {
				continue // a channel without coefficients
			}
			a.G[j] = r.NormFloat64()
			b.Channels = append(b.Channels, int32(j))
			for _, h := range a.H {
				b.Blocks = append(b.Blocks, float64(a.G[j]*h))
			}
		}
		return [2]*Row{a, b}
	}
	for range 200 {
		p, q := both(), both()
		free := make([]bool, out*in)
		for i := range free {
			free[i] = r.IntN(2) == 0
		}
		for _, mask := range [][]bool{nil, free} {
			want := 0.0
			x, y := dense(p[0], out, in), dense(q[0], out, in)
			for i := range x {
				if mask == nil || mask[i] {
					want += float64(x[i] * y[i])
				}
			}
			for _, a := range p {
				for _, b := range q {
					if got := Dot(a, b, mask); math.Abs(got-want) > 1e-12 {
						t.Fatalf("%+v . %+v = %v, want %v", a, b, got, want)
					}
				}
			}
		}
		sum := 0.0
		for _, v := range dense(p[1], out, in) {
			sum += math.Abs(v)
		}
		sizes := make([]float64, out*in)
		p[0].AddSizes(sizes, 2)
		total := 0.0
		for _, v := range sizes {
			total += v
		}
		if a, b := p[0].SumAbs(), p[1].SumAbs(); math.Abs(a-sum) > 1e-12 || math.Abs(b-sum) > 1e-12 || math.Abs(total-float64(2*sum)) > 1e-12 {
			t.Fatalf("sums of absolute values %v, %v, %v, want %v", a, b, total/2, sum)
		}
		if a, b := p[0].Size(), p[1].Size(); math.Abs(a-b) > 1e-12 {
			t.Fatalf("lengths %v and %v", a, b)
		}
	}
}
