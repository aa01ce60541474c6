package lp

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestSystem has random systems of small integers, among them many whose closure has
// points and that have none themselves: each has a point or multipliers, and they are
// right.
func TestSystem(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	points, proofs, strict := 0, 0, 0
	for range 3000 {
		n, m := 1+r.IntN(3), 1+r.IntN(5)
		s := &System{}
		for range n {
			lo := int64(r.IntN(5) - 2)
			s.Lower, s.Upper = append(s.Lower, big.NewRat(lo, 3)), append(s.Upper, big.NewRat(lo+int64(r.IntN(3)), 3))
		}
		for range m {
			var row []*big.Rat
			for range n {
				row = append(row, big.NewRat(int64(r.IntN(5)-2), 1+int64(r.IntN(2))))
			}
			s.Rows, s.Right = append(s.Rows, row), append(s.Right, big.NewRat(int64(r.IntN(5)-3), 3))
			s.Strict = append(s.Strict, r.IntN(2) == 0)
		}
		x, y := s.Solve(nil)
		switch {
		case x != nil:
			points++
			for i, row := range s.Rows {
				if c := dotRat(row, x).Cmp(s.Right[i]); c > 0 || c == 0 && s.Strict[i] {
					t.Fatalf("the point %v is not in half-space %d", x, i)
				}
			}
			for j, v := range x {
				if v.Cmp(s.Lower[j]) < 0 || v.Cmp(s.Upper[j]) > 0 {
					t.Fatalf("the point %v is not in the box", x)
				}
			}
		default:
			proofs++
			least, normal, used := new(big.Rat), make([]*big.Rat, n), false
			for j := range normal {
				normal[j] = new(big.Rat)
			}
			for i, v := range y {
				if v.Sign() < 0 {
					t.Fatalf("multiplier %v", v)
				}
				used = used || v.Sign() > 0 && s.Strict[i]
				least.Sub(least, new(big.Rat).Mul(v, s.Right[i]))
				for j, a := range s.Rows[i] {
					normal[j].Add(normal[j], new(big.Rat).Mul(v, a))
				}
			}
			for j, a := range normal {
				at := s.Lower[j]
				if a.Sign() < 0 {
					at = s.Upper[j]
				}
				least.Add(least, new(big.Rat).Mul(a, at))
			}
			if least.Sign() < 0 || least.Sign() == 0 && !used {
				t.Fatalf("multipliers %v prove nothing", y)
			}
			if least.Sign() == 0 {
				strict++
			}
		}
	}
	if points < 300 || proofs < 300 || strict < 100 {
		t.Errorf("%d points, %d proofs, %d of them by strictness", points, proofs, strict)
	}
}
