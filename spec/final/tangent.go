package final

import (
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// weightUnits is what the weights of a tangent add up to.
const weightUnits = 1 << 20

// Tangent is a half-space that every output has which has the share: that of the log of
// the sum of exponentials at z, outputs of the network,
//
//	sum w_j (y_j - y_k) <= log odds + sum w_j log w_j,
//
// with weights w_j near the shares of the others at z, which add up to 1. Its offset is
// rounded up. Of a share that is to be at most so large it is the other side of that, which
// implies it.
func Tangent(s *spec.Share, z []float64) set.HalfSpace {
	return tangentWith(s, tangentUnits(s, z), len(z))
}

// Toward is the tangent with the weight on one of the others alone: y_j - y_k <= log odds,
// or of a share that is to be at most so large >=.
func Toward(s *spec.Share, j, outputs int) set.HalfSpace {
	units := make([]int64, len(s.Others))
	units[slices.Index(s.Others, j)] = weightUnits
	return tangentWith(s, units, outputs)
}

func tangentWith(s *spec.Share, units []int64, outputs int) set.HalfSpace {
	odds := quantity{}
	if s.Log != nil {
		odds.Interval = field.Sub(field.Exp(field.Rat(s.Log)), field.Int(1))
	} else {
		odds = rational(s.Odds)
	}
	h := set.HalfSpace{Normal: make([]float64, outputs)}
	h.Normal[s.Output] = -1
	offset := new(big.Rat)
	for i, j := range s.Others {
		if units[i] == 0 {
			continue
		}
		w := big.NewRat(units[i], weightUnits)
		h.Normal[j], _ = w.Float64()
		l := new(big.Rat).SetFloat64(odds.times(units[i], weightUnits).log(true))
		offset.Add(offset, l.Mul(l, w))
	}
	if h.Offset, _ = offset.Float64(); new(big.Rat).SetFloat64(h.Offset).Cmp(offset) < 0 {
		h.Offset = math.Nextafter(h.Offset, math.Inf(1))
	}
	if s.Most {
		for i := range h.Normal {
			h.Normal[i] = -h.Normal[i]
		}
		h.Offset = -h.Offset
	}
	return h
}

// tangentUnits are the shares of the others at z in units, which add up to weightUnits.
func tangentUnits(s *spec.Share, z []float64) []int64 {
	top, best := math.Inf(-1), 0
	for i, j := range s.Others {
		if z[j] > top {
			top, best = z[j], i
		}
	}
	e, sum := make([]float64, len(s.Others)), 0.0
	for i, j := range s.Others {
		e[i] = portable.Exp(z[j] - top)
		sum += e[i]
	}
	units, left := make([]int64, len(e)), int64(weightUnits)
	for i := range e {
		if i != best {
			units[i] = int64(float64(e[i] / sum * weightUnits))
			left -= units[i]
		}
	}
	units[best] = left
	return units
}
