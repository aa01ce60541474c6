package main

import (
	"fmt"
	"strconv"
	"strings"
)

// What Task 3 is run with: the slices drawn for the two sets, the points that
// gradient descent sees, as many as the paper's key points with repeats, and its
// cap.
const (
	drawnSlices  = 25
	slicesPoints = 182588
	slicesEpochs = 20
)

// task3 is the ACAS Xu experiment.
func task3(r *runner) (string, error) {
	type row struct {
		name, paper string
		args        []string
	}
	rows := []row{
		{"PR, layer 7", "repaired; D 0, G 94.7, 21 s", []string{"--method", "pr", "--layer", "7"}},
		{"PR, layer 6", "no repair exists", []string{"--method", "pr", "--layer", "6", "--timeout", "60s", "--json"}},
		{"FT", "3 wrong before, 181 after; D 11.9, G 95.8; 1000 epochs, 4690 s", []string{"--method", "ft"}},
	}
	for layer := 7; layer >= 1; layer-- {
		paper := "10 to 50 wrong after; D < 1, G < 10; < 3 s"
		if layer >= 6 {
			paper = "10 to 50 wrong after; D < 1, G 100; < 3 s"
		}
		rows = append(rows, row{fmt.Sprintf("MFT, layer %d", layer), paper, []string{"--method", "mft", "--layer", strconv.Itoa(layer)}})
	}
	var b strings.Builder
	header := false
	for _, w := range rows {
		args := append([]string{
			"bench", "slices", "--data", r.data, "--drawn", strconv.Itoa(drawnSlices),
			"--samples", strconv.Itoa(slicesPoints), "--epochs", strconv.Itoa(slicesEpochs),
		}, w.args...)
		var got measured
		a, err := r.ask(&got, args...)
		if err != nil {
			return "", err
		}
		if got.Generalisation != nil && !header {
			header = true
			fmt.Fprintf(&b, "Both sets have %s points, from %d slices with violations (paper: 5,466, from 12).\n\n", thousands(got.Generalisation.Points), drawnSlices)
			b.WriteString("| method | ended | wrong of the sampled repair set, before | after | D % | G % | time | max abs change | memory | paper |\n|---|---|--:|--:|--:|--:|--:|--:|--:|---|\n")
		}
		if got.Efficacy == nil {
			fmt.Fprintf(&b, "| %s | %s | | | | | %s | | %.0f MB | %s |\n", w.name, ended(got), seconds(got.Seconds.Repair), float64(a.Peak)/1e6, w.paper)
			continue
		}
		s := several{got}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %.3g | %.0f MB | %s |\n",
			w.name, ended(got), thousands(got.Efficacy.Points-got.Efficacy.Before), thousands(got.Efficacy.Points-got.Efficacy.After),
			s.cell(drawdown), s.cell(generalisation), seconds(got.Seconds.Repair), got.Change.Linf, float64(a.Peak)/1e6, w.paper)
	}
	return b.String(), nil
}
