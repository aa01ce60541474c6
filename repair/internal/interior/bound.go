package interior

import "math"

// roundoff is the unit roundoff of float64, doubled for good measure.
const roundoff = 0x1p-52

// shrinkings of the multipliers are tried by bisection to make the most of them.
const shrinkings = 50

// LowerBound is the dual bound of y >= 0, or of a multiple of it where that is
// better, on the program in which every right-hand side is larger by loosen:
//
//	-b^T y + min over 0 <= t <= bound of t (winf - sum max(0, |q_i| - 1)),  q = A^T y,
//
// the sum over the free changes, less a bound on the rounding of this formula.
// It holds for every y >= 0, so no flaw of the method can make it wrong.
func (p *Program) LowerBound(y []float64, winf, loosen float64) float64 {
	q, size := p.columns(y)
	best := p.boundOf(q, size, y, 1, winf, loosen)
	lo, hi := 0.0, 1.0
	for range shrinkings {
		// Where the multipliers ask for more than winf allows, every unit of t
		// beyond costs the bound: the largest multiple that does not is tried.
		mid := float64((lo + hi) / 2)
		over := 0.0
		for i, v := range q {
			over += max(0, float64(mid*(math.Abs(v)+p.columnError(size[i], len(y))))-1)
		}
		if over > winf {
			hi = mid
		} else {
			lo = mid
		}
	}
	if lo > 0 && hi < 1 {
		best = max(best, p.boundOf(q, size, y, lo, winf, loosen))
	}
	return best
}

// columns are A^T y and |A|^T y, by slot.
func (p *Program) columns(y []float64) (q, size []float64) {
	n := len(p.channels) * p.in
	q, size = make([]float64, n), make([]float64, n)
	p.transposed(q, y)
	p.magnitudes(size, y)
	return q, size
}

func (p *Program) columnError(size float64, rows int) float64 {
	return float64(float64(rows+4) * roundoff * size)
}

// boundOf is the bound of f y.
func (p *Program) boundOf(q, size, y []float64, f, winf, loosen float64) float64 {
	value, terms := p.rightSides(y, loosen)
	value, terms = float64(f*value), float64(f*terms)
	over, overError := 0.0, 0.0
	for i, v := range q {
		e := float64(f * p.columnError(size[i], len(y)))
		if a := float64(f * math.Abs(v)); a+e > 1 {
			over += max(0, a-1)
			overError += e
		}
	}
	sums := float64(float64(len(y)+len(q)+4) * roundoff)
	excess := float64(over*(1+sums)) + overError - winf
	return value - float64(p.bound*max(0, excess)) - float64(sums*(terms+float64(p.bound*(over+winf))))
}

// rightSides is -b^T y when every right-hand side is larger by loosen, and the
// size of the terms it is summed from.
func (p *Program) rightSides(y []float64, loosen float64) (value, terms float64) {
	for k, v := range y {
		value -= float64(v * (p.b[k] + loosen))
		terms += math.Abs(v*p.b[k]) + float64(v*loosen)
	}
	return value, terms
}

// SmallestBound is the t that multipliers y prove to be needed when every
// right-hand side is larger by loosen: -b^T y / |A^T y|_1 over the free changes,
// since y^T A x >= -t |A^T y|_1 for |x_i| <= t. 0 if they prove nothing.
func (p *Program) SmallestBound(y []float64, loosen float64) float64 {
	q, size := p.columns(y)
	value, terms := p.rightSides(y, loosen)
	sum := 0.0
	relative := float64(float64(len(y)+len(q)+4) * roundoff)
	for i, v := range q {
		sum += math.Abs(v) + float64(relative*size[i])
	}
	if sum == 0 {
		return 0
	}
	return max(0, (value-float64(relative*terms))/(sum*(1+relative)))
}
