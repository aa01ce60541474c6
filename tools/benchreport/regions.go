package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netmend/netmend/tools/internal/report"
)

// prop3Box is the input box of property 3 of ACAS Xu.
const prop3Box = "-0.303531156:-0.298552812,-0.009549297:0.009549297,0.493380324:0.5,0.3:0.5,0.3:0.5"

// regionCase enumerates linear regions.
type regionCase struct {
	name string
	args []string
	// slices says that the case is a repair whose time for regions counts, and
	// that takes its workers by flag; the others take them from GOMAXPROCS.
	slices bool
}

func regionCases(data string) []regionCase {
	box := func(net string) regionCase {
		return regionCase{name: "ACAS Xu " + net + ", box of property 3 (5-D)", args: []string{
			"regions", filepath.Join(data, "data", acasNetwork(net)), "--input=" + prop3Box, "--json", "--count", "--arithmetic", "float64",
		}}
	}
	return []regionCase{
		box("1_1"), box("2_9"),
		{name: "ACAS Xu 2_9, ten slices (2-D)", args: []string{"bench", "slices", "--data", data}, slices: true},
	}
}

// regionFigures are what a run says of the enumeration.
type regionFigures struct {
	regions      int
	seconds, cpu float64
}

// rate is the number of regions a second, zero without a time.
func (f regionFigures) rate() float64 {
	if f.seconds <= 0 {
		return 0
	}
	return float64(f.regions) / f.seconds
}

// regionTable enumerates each case's regions with one worker and with two.
func regionTable(netmend, data string, runs int) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. Median of %d runs.\n\n", report.Machine(), runs)
	b.WriteString("| case | regions | seconds, 1 worker | **regions a second** | a CPU second | seconds, 2 workers | **regions a second** | a CPU second | ratio |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, c := range regionCases(data) {
		var byWorkers [2]regionFigures
		for i := range byWorkers {
			progress(fmt.Sprintf("%s, workers %d", c.name, i+1))
			var err error
			if byWorkers[i], err = medianRegions(netmend, c, i+1, runs); err != nil {
				return "", fmt.Errorf("%s: %w", c.name, err)
			}
		}
		row, err := regionRow(c.name, byWorkers[0], byWorkers[1])
		if err != nil {
			return "", fmt.Errorf("%s: %w", c.name, err)
		}
		b.WriteString(row)
	}
	return b.String(), nil
}

// medianRegions returns the run with the median time.
func medianRegions(netmend string, c regionCase, workers, runs int) (regionFigures, error) {
	all := make([]regionFigures, runs)
	for i := range all {
		var err error
		if all[i], err = onceRegions(netmend, c, workers); err != nil {
			return regionFigures{}, err
		}
	}
	slices.SortFunc(all, func(a, b regionFigures) int { return cmp.Compare(a.seconds, b.seconds) })
	return all[runs/2], nil
}

func onceRegions(netmend string, c regionCase, workers int) (regionFigures, error) {
	var answer struct {
		Regions int `json:"regions"`
		Seconds struct {
			Regions float64 `json:"regions"`
			Total   float64 `json:"total"`
		} `json:"seconds"`
	}
	args := c.args
	if c.slices {
		args = append(slices.Clone(args), "--workers", fmt.Sprint(workers))
	}
	cpu, err := ask(netmend, []string{fmt.Sprintf("GOMAXPROCS=%d", workers)}, args, &answer)
	if err != nil {
		return regionFigures{}, err
	}
	if answer.Regions == 0 {
		return regionFigures{}, errors.New("the JSON object has no regions")
	}
	if c.slices {
		// The processor time is that of the whole repair.
		return regionFigures{answer.Regions, answer.Seconds.Regions, 0}, nil
	}
	return regionFigures{answer.Regions, answer.Seconds.Total, cpu}, nil
}

// regionRow writes one line of the table. The enumeration does not depend on the
// number of workers, so different counts are an error.
func regionRow(name string, one, two regionFigures) (string, error) {
	if one.regions != two.regions {
		return "", fmt.Errorf("%d regions with one worker, %d with two", one.regions, two.regions)
	}
	perCPU := func(f regionFigures) string {
		if f.cpu == 0 {
			return ""
		}
		return fmt.Sprintf("%.0f", float64(f.regions)/f.cpu)
	}
	ratio := ""
	if one.rate() > 0 {
		ratio = fmt.Sprintf("%.2f", two.rate()/one.rate())
	}
	return fmt.Sprintf("| %s | %d | %s | **%.0f** | %s | %s | **%.0f** | %s | %s |\n", name, one.regions,
		seconds(one.seconds), one.rate(), perCPU(one), seconds(two.seconds), two.rate(), perCPU(two), ratio), nil
}
