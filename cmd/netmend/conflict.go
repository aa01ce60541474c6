package main

import (
	"fmt"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/repair/conflict"
)

// infimumText is what to add to a lower bound on changes that rests on strict
// requirements.
const infimumText = "classes are strict, so there may be no smallest change, only changes that come arbitrarily close to that number"

// fewConflicts are listed in the text; all with --json.
const fewConflicts = 12

// conflictTexts are the requirements that exclude each other, one a line, the largest
// multipliers first.
func conflictTexts(rows []conflict.Row) []string {
	var lines []string
	for _, r := range rows[:min(len(rows), fewConflicts)] {
		line := fmt.Sprintf("%s times %s: %s", cli.Short(r.Multiplier), r.Name, r.HalfSpace)
		if len(r.Point) <= shortDim+1 {
			at := "at"
			if r.Limit {
				at = "next to"
			}
			line += fmt.Sprintf(", %s %s", at, pointText(r.Point))
		}
		lines = append(lines, line)
	}
	if n := len(rows) - fewConflicts; n > 0 {
		lines = append(lines, fmt.Sprintf("and %s more (all with --json)", cli.Thousands(n)))
	}
	return lines
}

// contradictionText is how far a proof of there being no repair is from none; 0 where
// strict requirements leave nothing to spare.
func contradictionText(v float64) string {
	if v == 0 {
		return "0, since the requirement is strict"
	}
	return cli.Short(v)
}
