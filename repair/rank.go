package repair

import "fmt"

// Rank is what [Auto] prefers one repaired layer to another by.
type Rank string

const (
	// RankNorm prefers the smallest objective.
	RankNorm Rank = "norm"
	// RankDrawdown prefers the smallest drawdown that Options.Drawdown measures,
	// and of equal ones the smallest objective.
	RankDrawdown Rank = "drawdown"
	// RankLater prefers later layers, the paper's advice (Section 7.1): their
	// change touches least of what the network has learned.
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

// better orders results: repaired ones by the rank, then unknown, then infeasible.
func (r Rank) better(a, b *Result) bool {
	if sa, sb := statusRank(a.Status), statusRank(b.Status); sa != sb {
		return sa < sb
	}
	if statusRank(a.Status) != 0 {
		return false
	}
	switch {
	case r == RankLater:
		return a.Layer > b.Layer
	case r == RankDrawdown && a.Drawdown != nil && b.Drawdown != nil && *a.Drawdown != *b.Drawdown:
		return *a.Drawdown < *b.Drawdown
	}
	return a.Objective < b.Objective
}

func statusRank(s Status) int {
	switch s {
	case Repaired, RepairedUpToRounding:
		return 0
	case Unknown:
		return 1
	}
	return 2
}
