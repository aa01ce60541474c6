package answer

import (
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/metrics"
)

// intervalInfo is an estimate with its interval in JSON.
type intervalInfo struct {
	Value cli.Finite `json:"value"`
	Low   cli.Finite `json:"low"`
	High  cli.Finite `json:"high"`
}

func describeInterval(i metrics.Interval) intervalInfo {
	return intervalInfo{cli.Finite(i.Value), cli.Finite(i.Low), cli.Finite(i.High)}
}

// Score is a measure in JSON.
type Score struct {
	File string `json:"file,omitempty"`
	intervalInfo
	Points         int          `json:"points"`
	Sampled        bool         `json:"sampled"`
	Before         int          `json:"right_before"`
	After          int          `json:"right_after"`
	Fixed          int          `json:"fixed"`
	Broken         int          `json:"broken"`
	AccuracyBefore intervalInfo `json:"accuracy_before"`
	AccuracyAfter  intervalInfo `json:"accuracy_after"`
}

// ScoreOf describes a score, of which value is what the measure is about;
// nil if there is none.
func ScoreOf(s *metrics.Score, value func(*metrics.Score) metrics.Interval) *Score {
	if s == nil {
		return nil
	}
	return &Score{
		intervalInfo: describeInterval(value(s)), Points: s.Points,
		Before: s.Before, After: s.After, Fixed: s.Fixed, Broken: s.Broken,
		AccuracyBefore: describeInterval(s.AccuracyBefore), AccuracyAfter: describeInterval(s.AccuracyAfter),
	}
}

// Change is the change of a layer, or of all, in JSON.
type Change struct {
	Layer      int        `json:"layer,omitempty"`
	Parameters int        `json:"parameters"`
	Changed    int        `json:"changed"`
	L1         cli.Finite `json:"l1"`
	Linf       cli.Finite `json:"linf"`
	L2         cli.Finite `json:"l2"`
}

// ChangeOf describes a change.
func ChangeOf(c metrics.Change) Change {
	return Change{c.Layer, c.Parameters, c.L0, cli.Finite(c.L1), cli.Finite(c.Linf), cli.Finite(c.L2)}
}
