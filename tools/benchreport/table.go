package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// The lines around the table of repairs; every table ends with the same one.
const (
	begin = "<!-- make bench writes from here -->\n"
	end   = "<!-- to here -->\n"
)

// row is one line of the table.
type row struct {
	name string
	figures
}

// table writes the rows as Markdown, below the machine that they are from.
func table(machine string, runs int, rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. Median of %d runs by total time. Times in seconds, memory as the peak of the process.\n\n", machine, runs)
	b.WriteString("| case | status | objective | lower bound | cells | rows | active | rounds | regions | pricing | master | check | **total** | memory |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, r := range rows {
		s := r.Seconds
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %d | %d | %d | %d | %.3f | %.3f | %.3f | %.3f | **%.3f** | %.0f MB |\n",
			r.name, r.Status, number(r.Objective), number(r.LowerBound), r.Cells, r.Rows, r.ActiveRows, r.Rounds,
			s.Regions, s.Pricing, s.Master, s.Check, s.Total, float64(r.PeakMemoryBytes)/1e6)
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

// splice puts the table between the marker line begin of text and the next end,
// or appends both markers with the table.
func splice(text []byte, begin, table string) ([]byte, error) {
	before, rest, found := bytes.Cut(text, []byte(begin))
	if !found {
		if len(text) > 0 {
			text = append(text, '\n')
		}
		return append(text, begin+table+end...), nil
	}
	_, after, found := bytes.Cut(rest, []byte(end))
	if !found {
		return nil, fmt.Errorf("the marker line %q has no end", strings.TrimSpace(begin))
	}
	return bytes.Join([][]byte{before, []byte(begin + table + end), after}, nil), nil
}

// machine describes where the figures come from.
func machine() string {
	cpu := "unknown processor"
	info, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(info)) {
			key, value, _ := strings.Cut(line, ":")
			if strings.TrimSpace(key) == "model name" {
				cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores, %s/%s, %s", cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}
