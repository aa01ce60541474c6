// Command benchreport runs netmend's benchmarks and writes their figures, with
// the machine, as tables into a Markdown file.
//
// Each table replaces what stands between its two marker lines of the file, so
// that the text around it stays; without markers it is appended.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netmend/netmend/tools/internal/report"
)

func main() {
	netmend := flag.String("netmend", "", "path of the netmend command")
	data := flag.String("data", "", "folder of the reference data")
	out := flag.String("out", "", "Markdown file to write the tables into")
	runs := flag.Int("runs", 5, "runs of a short case; the one with the median time is reported")
	only := flag.String("only", "", "write these tables only: "+strings.Join(sectionNames(), ", "))
	flag.Parse()
	if err := run(*netmend, *data, *out, *runs, *only); err != nil {
		fmt.Fprintln(os.Stderr, "benchreport:", err)
		os.Exit(1)
	}
}

// section is one table of the report.
type section struct {
	name  string
	begin string // the marker line before the table
	// write runs the table's benchmarks and returns it as Markdown.
	write func(netmend, data string, runs int) (string, error)
}

// sections are the tables in the order in which they are made.
var sections = []section{
	{"repair", begin, repairTable},
	{"preimages", "<!-- make bench writes preimages from here -->\n", preimageTable},
	{"regions", "<!-- make bench writes regions from here -->\n", regionTable},
	{"engines", "<!-- make bench writes engines from here -->\n", engineTable},
	{"verdicts", "<!-- make bench writes verdicts from here -->\n", verdictTable},
	{"certificates", "<!-- make bench writes certificates from here -->\n", certificateTable},
}

func sectionNames() []string {
	names := make([]string, len(sections))
	for i, s := range sections {
		names[i] = s.name
	}
	return names
}

func run(netmend, data, out string, runs int, only string) error {
	if runs < 1 || flag.NArg() > 0 {
		return errors.New("want -runs of at least 1 and no arguments")
	}
	chosen := sectionNames()
	if only != "" {
		chosen = strings.Split(only, ",")
	}
	for _, name := range chosen {
		if !slices.Contains(sectionNames(), name) {
			return fmt.Errorf("no table is called %q: want some of %s", name, strings.Join(sectionNames(), ","))
		}
	}
	for _, s := range sections {
		if !slices.Contains(chosen, s.name) {
			continue
		}
		written, err := s.write(netmend, data, runs)
		if err != nil {
			return err
		}
		// The file is written after each table, so that a failure of a later
		// one does not lose it.
		if err := report.Replace(out, s.begin, written); err != nil {
			return err
		}
	}
	return nil
}

// repairTable times the paper's repairs.
func repairTable(netmend, data string, runs int) (string, error) {
	var rows []row
	for _, c := range cases(data) {
		progress(c.name)
		f, err := median(netmend, c.args, runs)
		if err != nil {
			return "", fmt.Errorf("%s: %w", c.name, err)
		}
		rows = append(rows, row{c.name, f})
	}
	return table(report.Machine(), runs, rows), nil
}

// progress says on the standard error what is being run.
func progress(name string) { fmt.Fprintf(os.Stderr, "benchreport: %s\n", name) }

// benchCase is one benchmark: a name for the table and the command's arguments.
type benchCase struct {
	name string
	args []string
}

// cases are the experiments whose figures the project states.
func cases(data string) []benchCase {
	lines := func(n int) string {
		return filepath.Join(data, "reference", "repair", fmt.Sprintf("mnist_fog_lines_%d.npz", n))
	}
	mnist := func(name string, n int, flags ...string) benchCase {
		return benchCase{name, append([]string{"bench", "lines", "--data", data, "--lines", lines(n)}, flags...)}
	}
	acas := func(name string, flags ...string) benchCase {
		return benchCase{name, append([]string{"bench", "slices", "--data", data}, flags...)}
	}
	return []benchCase{
		mnist("MNIST, 10 lines, layer 3, mix", 10, "--layer", "3"),
		mnist("MNIST, 100 lines, layer 3, mix", 100, "--layer", "3"),
		mnist("MNIST, 10 lines, layer 2, mix", 10, "--layer", "2"),
		mnist("MNIST, 100 lines, layer 2, mix", 100, "--layer", "2"),
		mnist("MNIST, 10 lines, layer 3, l1", 10, "--layer", "3", "--objective", "l1"),
		mnist("MNIST, 10 lines, layer 3, linf", 10, "--layer", "3", "--objective", "linf"),
		mnist("MNIST, 10 lines, layer 3, l2", 10, "--layer", "3", "--objective", "l2"),
		acas("ACAS Xu, 10 slices, layer 7, mix"),
		acas("ACAS Xu, 10 slices, layer 7, mix, margin 0.05", "--margin", "0.05"),
		acas("ACAS Xu, 10 slices, layer 7, bound 2e-5", "--bound", "2e-5"),
		acas("ACAS Xu, 10 slices, layer 6, mix", "--layer", "6"),
	}
}

// figures are the fields of the benchmarks' JSON object that the table shows.
type figures struct {
	Status          string   `json:"status"`
	Cells           int      `json:"cells"`
	Rows            int      `json:"rows"`
	Rounds          int      `json:"rounds"`
	ActiveRows      int      `json:"active_rows"`
	Objective       *float64 `json:"objective"`
	LowerBound      *float64 `json:"lower_bound"`
	PeakMemoryBytes int64    `json:"peak_memory_bytes"`
	Seconds         struct {
		Regions float64 `json:"regions"`
		Pricing float64 `json:"pricing"`
		Master  float64 `json:"master"`
		Check   float64 `json:"check"`
		Proof   float64 `json:"proof"`
		Total   float64 `json:"total"`
	} `json:"seconds"`
}

// median runs the command and returns the run with the median total time.
func median(netmend string, args []string, runs int) (figures, error) {
	all := make([]figures, runs)
	for i := range all {
		var err error
		if all[i], err = once(netmend, args); err != nil {
			return figures{}, err
		}
	}
	slices.SortFunc(all, func(a, b figures) int { return cmp.Compare(a.Seconds.Total, b.Seconds.Total) })
	return all[runs/2], nil
}

// once runs a benchmark of repairs.
func once(netmend string, args []string) (figures, error) {
	var f figures
	if _, err := ask(netmend, nil, args, &f); err != nil {
		return figures{}, err
	}
	if f.Status == "" {
		return figures{}, errors.New("the JSON object has no status")
	}
	return f, nil
}
