package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netmend/netmend/tools/internal/report"
)

// engineInputs and engineUnits are the sizes of the random networks that both engines for linear
// regions go through.
var (
	engineInputs = []int{2, 4, 6, 7, 8, 10, 12, 16, 20}
	engineUnits  = [][]int{{8}, {16}, {8, 8}}
)

// engineLimit is the time after which a run is given up, and mostCorners the most inputs that the
// engine with corners takes.
const (
	engineLimit = "20s"
	mostCorners = 12
)

// engineTable counts the linear regions of random networks in a box that give a larger first
// output, by both engines, with proof and without.
func engineTable(netmend, _ string, runs int) (string, error) {
	folder, err := os.MkdirTemp("", "engines")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. Median of %d runs, processor seconds of the process.\n\n", report.Machine(), runs)
	b.WriteString("| units | inputs | polyhedra | corners, float64 | half-spaces, float64 | corners, proven | half-spaces, proven |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for _, units := range engineUnits {
		for _, inputs := range engineInputs {
			path := filepath.Join(folder, "net.eran")
			if err := os.WriteFile(path, []byte(randomNetwork(inputs, units)), 0o644); err != nil {
				return "", err
			}
			row, err := engineRow(netmend, path, inputs, units, runs)
			if err != nil {
				return "", err
			}
			b.WriteString(row)
		}
	}
	return b.String(), nil
}

// engineRow measures one network.
func engineRow(netmend, path string, inputs int, units []int, runs int) (string, error) {
	name := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(units)), " + "), "[]")
	progress(fmt.Sprintf("engines, %s units, %d inputs", name, inputs))
	box := strings.TrimSuffix(strings.Repeat("-1:1,", inputs), ",")
	count, cells := 0, []string{}
	for _, arithmetic := range []string{"float64", "exact"} {
		for _, engine := range []string{"polytopes", "polyhedra"} {
			if engine == "polytopes" && inputs > mostCorners {
				cells = append(cells, "")
				continue
			}
			args := []string{"preimage", path, "--input=" + box, "--output", "y0 >= y1", "--engine", engine, "--arithmetic", arithmetic, "--timeout", engineLimit, "--workers", "1", "--json"}
			found, cpu, err := medianEngine(netmend, args, runs)
			switch {
			case err != nil:
				return "", err
			case cpu < 0:
				cells = append(cells, "over "+engineLimit)
				continue
			case arithmetic == "exact":
				count = found
			}
			cells = append(cells, fmt.Sprintf("%.2f", cpu))
		}
	}
	return fmt.Sprintf("| %s | %d | %d | %s |\n", name, inputs, count, strings.Join(cells, " | ")), nil
}

// medianEngine is the run with the median time; cpu is below 0 if the time allowed is over.
func medianEngine(netmend string, args []string, runs int) (count int, cpu float64, err error) {
	type figures struct {
		count int
		cpu   float64
	}
	var all []figures
	for range runs {
		var answer struct {
			Count *int   `json:"count"`
			Limit string `json:"limit"`
		}
		cpu, err := ask(netmend, []string{"GOMAXPROCS=1"}, args, &answer)
		switch {
		case err != nil:
			return 0, 0, err
		case answer.Limit != "":
			return 0, -1, nil
		case answer.Count == nil:
			return 0, 0, fmt.Errorf("no count in the JSON object of %v", args)
		}
		all = append(all, figures{*answer.Count, cpu})
	}
	slices.SortFunc(all, func(a, b figures) int { return cmp.Compare(a.cpu, b.cpu) })
	f := all[runs/2]
	return f.count, f.cpu, nil
}

// randomNetwork is a network with layers of ReLUs and two outputs, in the ERAN text format.
func randomNetwork(inputs int, units []int) string {
	r := rand.New(rand.NewPCG(uint64(inputs), uint64(len(units))))
	var b strings.Builder
	for i, out := range append(slices.Clone(units), 2) {
		kind := "ReLU"
		if i == len(units) {
			kind = "Affine"
		}
		rows, bias := make([]string, out), make([]string, out)
		for k := range rows {
			row := make([]string, inputs)
			for j := range row {
				row[j] = fmt.Sprint(r.NormFloat64())
			}
			rows[k], bias[k] = "["+strings.Join(row, ", ")+"]", fmt.Sprint(r.NormFloat64()/2)
		}
		fmt.Fprintf(&b, "%s\n[%s]\n[%s]\n", kind, strings.Join(rows, ", "), strings.Join(bias, ", "))
		inputs = out
	}
	return b.String()
}
