package final

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Bounds is a box that contains the outputs of a file for all outputs of its network in a
// box, rounded outward: a sigmoid is monotone, a share grows with its own number and
// shrinks with the others, and the index of the largest number is one that no other
// surpasses throughout.
func Bounds(e *nn.End, z set.Box) set.Box {
	if e == nil || z.Empty() {
		if z.Empty() && e != nil {
			return set.EmptyBox(e.OutDim())
		}
		return z
	}
	b := set.Box{Lo: make([]float64, e.OutDim()), Hi: make([]float64, e.OutDim())}
	for g := range e.Outer * e.Inner {
		switch e.Kind {
		case nn.EndSigmoid:
			b.Lo[g], b.Hi[g] = share(e, []float64{z.Lo[g], 0}, 0, false), share(e, []float64{z.Hi[g], 0}, 0, true)
		case nn.EndArgMax:
			b.Lo[g], b.Hi[g] = answersWithin(e, z, g)
		default:
			for k := range e.Axis {
				low, high := make([]float64, e.Axis), make([]float64, e.Axis)
				for j := range e.Axis {
					m := e.Member(g, j)
					low[j], high[j] = z.Hi[m], z.Lo[m]
					if j == k {
						low[j], high[j] = z.Lo[m], z.Hi[m]
					}
				}
				m := e.Member(g, k)
				b.Lo[m], b.Hi[m] = share(e, low, k, false), share(e, high, k, true)
			}
		}
	}
	return b
}

// answersWithin are the smallest and the largest index that may be that of the largest number.
func answersWithin(e *nn.End, z set.Box, g int) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for k := range e.Axis {
		possible := true
		for j := range e.Axis {
			first := j < k != e.Last // wins a tie
			a, b := z.Lo[e.Member(g, j)], z.Hi[e.Member(g, k)]
			if j != k && (a > b || a == b && first) {
				possible = false
			}
		}
		if possible {
			lo, hi = min(lo, float64(k)), max(hi, float64(k))
		}
	}
	return lo, hi
}

// share is a bound on exp(z_k) / sum exp(z_j), or on its logarithm.
func share(e *nn.End, z []float64, k int, up bool) float64 {
	logs := e.Kind == nn.EndLogSoftmax
	sum := field.Int(1)
	for j, v := range z {
		switch {
		case j == k || math.IsInf(z[k], 1) && !math.IsInf(v, 1) || math.IsInf(v, -1) && !math.IsInf(z[k], -1): // adds nothing
		case math.IsInf(v, 0) || math.IsInf(z[k], 0) || math.IsNaN(v) || math.IsNaN(z[k]):
			return ends(logs, up)
		default:
			d := field.Sub(field.Float(v), field.Float(z[k]))
			sum = field.Add(sum, field.Exp(d))
		}
	}
	if sum.Hi.IsInf() && !up {
		return ends(logs, false)
	}
	if logs {
		return -field.Log64(sum, !up)
	}
	p := field.Quo(field.Int(1), interval.Interval{Lo: sum.Lo, Hi: sum.Hi})
	if up {
		v, accuracy := p.Hi.Float64()
		if accuracy == big.Below {
			v = math.Nextafter(v, 2)
		}
		return min(v, 1)
	}
	v, accuracy := p.Lo.Float64()
	if accuracy == big.Above {
		v = math.Nextafter(v, -1)
	}
	return max(v, 0)
}

// ends are the ends of all values.
func ends(logs, up bool) float64 {
	switch {
	case logs && up:
		return 0
	case logs:
		return math.Inf(-1)
	case up:
		return 1
	}
	return 0
}
