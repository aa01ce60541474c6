package repair

import "fmt"

// Rank is the criterion by which [Auto] prefers one repaired layer to another.
type Rank string

const (
	// RankNorm prefers the smallest objective.
	RankNorm Rank = "norm"
	// RankDrawdown prefers the smallest drawdown that Options.Drawdown measures, and among
	// equal ones the smallest objective.
	RankDrawdown Rank = "drawdown"
	// RankLater prefers later layers, the paper's advice (Section 7.1): their change affects
	// the least of what the network has learned.
	RankLater Rank = "later"
)

// ParseRank reads "norm", "drawdown" or "later".
func ParseRank(s string) (Rank, error) {
	switch r := Rank(s); r {
	case RankNorm, RankDrawdown, RankLater:
		return r, nil
	}
	return "", fmt.Errorf("rank %q: want norm, drawdown or later", s)
}

// better orders results: proven ones by the rank, those found likewise, then unknown,
// then infeasible.
func (r Rank) better(a, b *Result) bool {
	if sa, sb := statusRank(a), statusRank(b); sa != sb {
		return sa < sb
	}
	if statusRank(a) > 1 {
		return false // nothing was found
	}
	switch {
	case r == RankLater:
		return a.Layer > b.Layer
	case r == RankDrawdown && a.Drawdown != nil && b.Drawdown != nil && *a.Drawdown != *b.Drawdown:
		return *a.Drawdown < *b.Drawdown
	}
	return a.Objective < b.Objective
}

func statusRank(r *Result) int {
	switch {
	case r.Status == Repaired:
		return 0
	case r.Status == Found && r.Found == Repaired:
		return 1
	case r.Status == Unknown:
		return 2
	case r.Status == Found:
		return 3
	}
	return 4
}
