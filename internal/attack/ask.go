package attack

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"

	"github.com/netmend/netmend/internal/oracle"
)

// linear is a random linear function of the outputs: one output, a difference, or any
// small integers.
func linear(rng *rand.Rand, outputs int) []float64 {
	a := make([]float64, outputs)
	for {
		switch rng.IntN(3) {
		case 0:
			a[rng.IntN(outputs)] = float64(1 - 2*rng.IntN(2))
		case 1:
			a[rng.IntN(outputs)]++
			a[rng.IntN(outputs)]--
		default:
			for j := range a {
				a[j] = float64(rng.IntN(5) - 2)
			}
		}
		for _, v := range a {
			if v != 0 {
				return a
			}
		}
	}
}

// threshold is a number for a linear function on regions: its supremum, exactly where
// that is a float64, or a number near it, or somewhere within the range.
func threshold(rng *rand.Rand, regions []oracle.Region, a []float64) float64 {
	sup, _ := oracle.Sup(regions, oracle.Floats(a))
	minus := make([]float64, len(a))
	for j := range a {
		minus[j] = -a[j]
	}
	inf, _ := oracle.Sup(regions, oracle.Floats(minus))
	inf = new(big.Rat).Neg(inf)
	low, _ := inf.Float64()
	high, _ := sup.Float64()
	size := high - low
	if size == 0 {
		size = 1
	}
	switch rng.IntN(6) {
	case 0, 1:
		return high
	case 2:
		return low
	case 3:
		return high + float64(size/8)
	case 4:
		return low + float64(size*float64(rng.IntN(8))/8)
	}
	return high - float64(size/1024)
}

// half is A y <= B or A y < B of float64s.
type half struct {
	a      []float64
	b      float64
	strict bool
}

func (h half) exact() oracle.HalfSpace {
	return oracle.HalfSpace{A: oracle.Floats(h.a), B: oracle.Float(h.b), Strict: h.strict}
}

// decimal is the half-space with its threshold as it is written.
func (h half) decimal() oracle.HalfSpace {
	return oracle.HalfSpace{A: oracle.Floats(h.a), B: decimal(h.b), Strict: h.strict}
}

// vnnlib is the half-space as a formula.
func (h half) vnnlib() string {
	var terms []string
	for j, v := range h.a {
		if v != 0 {
			terms = append(terms, fmt.Sprintf("(* %s Y_%d)", plain(v), j))
		}
	}
	left := terms[0]
	if len(terms) > 1 {
		left = "(+ " + strings.Join(terms, " ") + ")"
	}
	op := "<="
	if h.strict {
		op = "<"
	}
	return fmt.Sprintf("(%s %s %s)", op, left, plain(h.b))
}

// expression is the half-space in the notation of --output.
func (h half) expression() string {
	var b strings.Builder
	for j, v := range h.a {
		if v != 0 {
			fmt.Fprintf(&b, " + %s*y%d", text(v), j)
		}
	}
	op := " <= "
	if h.strict {
		op = " < "
	}
	s := strings.ReplaceAll(strings.TrimPrefix(b.String(), " + "), "+ -", "- ")
	return s + op + text(h.b)
}

// halves is a union of intersections.
type halves [][]half

func (u halves) union(read func(half) oracle.HalfSpace) oracle.Union {
	var all oracle.Union
	for _, part := range u {
		var p []oracle.HalfSpace
		for _, h := range part {
			p = append(p, read(h))
		}
		all = append(all, p)
	}
	return all
}

// newHalves is a random set of outputs with thresholds for the regions: one or two
// parts of one or two half-spaces, sometimes an equality.
func newHalves(rng *rand.Rand, regions []oracle.Region, outputs int, strict bool) halves {
	var u halves
	for range 1 + rng.IntN(2) {
		var part []half
		for range 1 + rng.IntN(2) {
			a := linear(rng, outputs)
			b := threshold(rng, regions, a)
			minus := make([]float64, outputs)
			for j := range a {
				minus[j] = -a[j]
			}
			switch {
			case rng.IntN(8) == 0:
				part = append(part, half{a, b, false}, half{minus, -b, false})
			case rng.IntN(4) == 0:
				part = append(part, half{a, b, strict && rng.IntN(2) == 0})
			default: // at least the threshold: a violation that is met at most just
				part = append(part, half{minus, -b, strict && rng.IntN(4) == 0})
			}
		}
		u = append(u, part)
	}
	return u
}

func (u halves) join(each func(half) string, and, or func([]string) string) string {
	var parts []string
	for _, part := range u {
		var hs []string
		for _, h := range part {
			hs = append(hs, each(h))
		}
		parts = append(parts, and(hs))
	}
	return or(parts)
}

// vnnlib is the union as a formula.
func (u halves) vnnlib() string {
	wrap := func(op string) func([]string) string {
		return func(s []string) string { return "(" + op + " " + strings.Join(s, " ") + ")" }
	}
	return u.join(half.vnnlib, wrap("and"), wrap("or"))
}

func (u halves) expression() string {
	join := func(op string) func([]string) string {
		return func(s []string) string { return "(" + strings.Join(s, op) + ")" }
	}
	return u.join(half.expression, join(" and "), join(" or "))
}
