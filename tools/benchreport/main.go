// Command benchreport runs netmend's benchmarks several times each and writes
// their figures, with the machine, as a table into a Markdown file.
//
// The table replaces what stands between the two marker lines of the file, so
// that the text around it stays; without markers it is appended.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

func main() {
	netmend := flag.String("netmend", "", "path of the netmend command")
	data := flag.String("data", "", "folder of the reference data")
	out := flag.String("out", "", "Markdown file to write the table into")
	runs := flag.Int("runs", 5, "runs a case; the one with the median total time is reported")
	flag.Parse()
	if err := run(*netmend, *data, *out, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "benchreport:", err)
		os.Exit(1)
	}
}

func run(netmend, data, out string, runs int) error {
	if runs < 1 || flag.NArg() > 0 {
		return errors.New("want -runs of at least 1 and no arguments")
	}
	var rows []row
	for _, c := range cases(data) {
		fmt.Fprintf(os.Stderr, "benchreport: %s\n", c.name)
		f, err := median(netmend, c.args, runs)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		rows = append(rows, row{c.name, f})
	}
	text, err := os.ReadFile(out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err = splice(text, table(machine(), runs, rows))
	if err != nil {
		return fmt.Errorf("%s: %w", out, err)
	}
	return os.WriteFile(out, text, 0o644)
}

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
		return benchCase{name, append([]string{"bench", "mnist-lines", "--data", data, "--lines", lines(n)}, flags...)}
	}
	acas := func(name string, flags ...string) benchCase {
		return benchCase{name, append([]string{"bench", "acas-slices", "--data", data}, flags...)}
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

// once runs the command. An exit status of 1 is an answer, "infeasible", and
// comes with figures too.
func once(netmend string, args []string) (figures, error) {
	const answeredNo = 1
	cmd := exec.Command(netmend, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != answeredNo || len(stdout) == 0) {
		return figures{}, fmt.Errorf("%w\n%s", err, &stderr)
	}
	var f figures
	if err := json.Unmarshal(stdout, &f); err != nil {
		return figures{}, err
	}
	if f.Status == "" {
		return figures{}, errors.New("the JSON object has no status")
	}
	return f, nil
}
