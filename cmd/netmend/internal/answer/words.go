package answer

import (
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/set"
)

// Polyhedra is "1 polyhedron" or "2 polyhedra".
func Polyhedra(n int) string {
	if n == 1 {
		return "1 polyhedron"
	}
	return cli.Thousands(n) + " polyhedra"
}

// AtLeast is what to say before the margin that a check reached.
func AtLeast(x *proof.Result) string {
	if x.Enclosed {
		return "at least "
	}
	return ""
}

// How an exact check decided.
func How(x *proof.Result) string {
	if x.Enclosed {
		return "by enclosures of all rounding errors"
	}
	return "in exact arithmetic"
}

// Range is an interval in JSON; null for an empty box.
type Range [2]cli.Finite

// RangesOf are the intervals of a box.
func RangesOf(b set.Box) []Range {
	var rs []Range
	for i := range b.Lo {
		rs = append(rs, Range{cli.Finite(b.Lo[i]), cli.Finite(b.Hi[i])})
	}
	return rs
}
