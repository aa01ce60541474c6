package preimage

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/enclose"
	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// inverse encloses {z in among : f(z) in y} in one interval, rounded outward.
func inverse(f nn.Activation, y, among set.Interval) (set.Interval, error) {
	if y.Empty() || among.Empty() {
		return set.EmptyInterval(), nil
	}
	switch f := f.(type) {
	case *nn.Piecewise:
		z := set.EmptyInterval()
		for k := range f.Pieces() {
			z = z.Hull(inversePiece(f, k, y).Intersect(among))
		}
		return z, nil
	case *nn.Smooth:
		switch f.Kind() {
		case nn.KindTanh:
			return inverseMonotone(y, -1, 1, atanh).Intersect(among), nil
		case nn.KindSigmoid:
			return inverseMonotone(y, 0, 1, logit).Intersect(among), nil
		}
		g, err := enclose.Of(f)
		if err != nil {
			return set.Interval{}, err
		}
		z := set.EmptyInterval()
		for _, part := range g.Preimage(y, among) {
			z = z.Hull(part)
		}
		return z, nil
	}
	return set.Interval{}, fmt.Errorf("no bounds are known for the inverse of %s", f.Kind())
}

// inversePiece is equation (9) for a piece that is not constant, equation (10)
// for one that is.
func inversePiece(f *nn.Piecewise, k int, y set.Interval) set.Interval {
	domain, slope, offset := pieceDomain(f, k), f.Slope[k], f.Offset[k]
	if slope == 0 {
		if y.Contains(offset) {
			return domain
		}
		return set.EmptyInterval()
	}
	return y.Sub(set.Interval{Lo: offset, Hi: offset}).Mul(reciprocal(slope)).Intersect(domain)
}

// reciprocal encloses 1/a: a point where that is a float64.
func reciprocal(a float64) set.Interval {
	r := 1 / a
	if math.FMA(r, a, -1) == 0 {
		return set.Interval{Lo: r, Hi: r}
	}
	return set.Interval{Lo: math.Nextafter(r, math.Inf(-1)), Hi: math.Nextafter(r, math.Inf(1))}
}

// inverseMonotone encloses the preimage of y under a function that grows from
// least to most, without reaching them. of returns a value of its inverse and a
// bound on its error.
func inverseMonotone(y set.Interval, least, most float64, of func(y float64) (z, e float64)) set.Interval {
	if y.Hi <= least || y.Lo >= most {
		return set.EmptyInterval()
	}
	z := set.Line()
	if y.Lo > least {
		v, e := of(y.Lo)
		z.Lo = math.Nextafter(v-e, math.Inf(-1))
	}
	if y.Hi < most {
		v, e := of(y.Hi)
		z.Hi = math.Nextafter(v+e, math.Inf(1))
	}
	return z
}

func atanh(y float64) (z, e float64) {
	z = portable.Atanh(y)
	return z, float64(smoothUlps * 0x1p-53 * math.Abs(z))
}

// logit is log(y / (1 - y)), as a difference whose errors are known.
func logit(y float64) (z, e float64) {
	a, b := portable.Log(y), portable.Log1p(-y)
	return a - b, float64(smoothUlps * 0x1p-53 * (math.Abs(a) + math.Abs(b)))
}
