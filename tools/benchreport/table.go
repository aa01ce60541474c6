package main

import (
	"fmt"
	"path"
	"strings"
)

// begin is the line before the table of repairs.
const begin = "<!-- make bench writes from here -->\n"

// row is one line of the table.
type row struct {
	name string
	figures
}

// table writes the rows as Markdown, below the machine that they are from.
func table(machine string, runs int, rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. Median of %d runs by total time. Times in seconds, memory as the peak of the process.\n\n", machine, runs)
	b.WriteString("| case | status | objective | lower bound | cells | rows | active | rounds | regions | pricing | master | check | proof | **total** | memory |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, r := range rows {
		s := r.Seconds
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %d | %d | %d | %d | %.3f | %.3f | %.3f | %.3f | %.3f | **%.3f** | %.0f MB |\n",
			r.name, r.Status, number(r.Objective), number(r.LowerBound), r.Cells, r.Rows, r.ActiveRows, r.Rounds,
			s.Regions, s.Pricing, s.Master, s.Check, s.Proof, s.Total, float64(r.PeakMemoryBytes)/1e6)
	}
	return b.String()
}

// number writes a figure that an infeasible case does not have.
func number(x *float64) string {
	if x == nil {
		return ""
	}
	return fmt.Sprintf("%.9g", *x)
}

// byProperty keeps a tally for each property, in the order in which they come.
type byProperty[T any] struct {
	names   []string
	tallies map[string]*T
}

// of is the tally of the property in the file.
func (p *byProperty[T]) of(file string) *T {
	name := strings.TrimSuffix(path.Base(file), ".vnnlib")
	if p.tallies[name] == nil {
		if p.tallies == nil {
			p.tallies = map[string]*T{}
		}
		p.names = append(p.names, name)
		p.tallies[name] = new(T)
	}
	return p.tallies[name]
}
