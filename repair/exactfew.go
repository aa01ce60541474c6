package repair

import (
	"context"
	"math"
	"math/big"
	"slices"
)

const (
	// fewParameters are those in which a repair is looked for where there are more than
	// maxExactParameters, and no more than manyParameters.
	fewParameters, manyParameters = 64, 1 << 16
	// fewRows are the violations that they are chosen by.
	fewRows = 200
	// fewRounds and fewWork bound the search in them, in place of maxExactRounds and
	// exactWork.
	fewRounds, fewWork = 10, 1 << 22
)

func (s *exactSearch) rounds() int {
	if s.partial {
		return fewRounds
	}
	return maxExactRounds
}

func (s *exactSearch) work() int {
	if s.partial {
		return fewWork
	}
	return exactWork
}

// few restricts the free parameters to some that the requirements depend on most, each
// measured against the largest in its row, and some whose coefficients are the simplest,
// which equations are the easiest to meet with. What is found in them is a repair; that there is
// none in them says nothing of all, unless the multipliers prove it for all. It is false if the rows are none, or too large.
func (s *exactSearch) few(ctx context.Context) (bool, error) {
	check, _, err := s.check(ctx, s.before)
	if check == nil || err != nil {
		return false, err
	}
	score, odd := make([]float64, len(s.before)), make([]int, len(s.before))
	for i := range check.Violations[:min(len(check.Violations), fewRows)] {
		place := check.Violations[i].Row()
		row, err := s.maker.Exact(&place)
		if err != nil || ctx.Err() != nil {
			continue
		}
		m, _ := row.Coefficients()
		most := 0
		for _, k := range s.free {
			if m != nil {
				most = max(most, m[k].BitLen())
			}
		}
		for _, k := range s.free {
			if m == nil || m[k].Sign() == 0 {
				continue
			}
			share, _ := new(big.Float).SetMantExp(new(big.Float).SetInt(&m[k]), -most).Float64()
			score[k] += math.Abs(share)
			odd[k] += m[k].BitLen() - int(m[k].TrailingZeroBits())
		}
	}
	slices.SortStableFunc(s.free, func(a, b int) int {
		switch {
		case score[a] > score[b]:
			return -1
		case score[a] < score[b]:
			return 1
		}
		return 0
	})
	if score[s.free[0]] == 0 {
		return false, nil
	}
	chosen := slices.Clone(s.free[:fewParameters/2])
	rest := slices.DeleteFunc(slices.Clone(s.free[fewParameters/2:]), func(k int) bool { return score[k] == 0 })
	slices.SortStableFunc(rest, func(a, b int) int { return odd[a] - odd[b] })
	s.free = append(chosen, rest[:min(len(rest), fewParameters-len(chosen))]...)
	slices.Sort(s.free)
	return true, nil
}
