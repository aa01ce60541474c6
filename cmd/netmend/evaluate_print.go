package main

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"text/tabwriter"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/metrics"
)

// print shows the measures as a table, as CSV or as JSON.
func (e *comparison) print(inv *cli.Invocation, changes []metrics.Change, seconds map[string]float64) error {
	switch {
	case inv.JSON:
		return e.printJSON(inv, changes, seconds)
	case e.csv:
		return e.printCSV(inv, changes)
	}
	return e.printTable(inv, changes)
}

func (e *comparison) printTable(inv *cli.Invocation, changes []metrics.Change) error {
	w := tabwriter.NewWriter(inv.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	measured := false
	for i := range e.sets {
		s := &e.sets[i]
		if s.score == nil {
			continue
		}
		if !measured {
			fmt.Fprintf(w, "measure\tvalue\t%g %% interval\tpoints\tright before\tafter\tfixed\tbroken\tseconds\t\n", 100*e.confidence)
		}
		measured = true
		value, ends := percentages(s.value(s.score))
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.2f\t\n", s.measure, value, ends, cli.Thousands(s.score.Points),
			cli.Thousands(s.score.Before), cli.Thousands(s.score.After), cli.Thousands(s.score.Fixed), cli.Thousands(s.score.Broken), s.score.Seconds)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if changes != nil {
		if measured {
			inv.Printf("\n")
		}
		if err := e.printChanges(inv, changes); err != nil {
			return err
		}
	}
	for _, s := range e.sets {
		if s.sampled {
			inv.Printf("\n%s holds segments or polygons: %s were drawn from them. netmend check decides them whole.\n", s.path, cli.Count(e.samples, "point"))
		}
	}
	return nil
}

// printChanges prints a line for each layer that changed and one for all.
func (e *comparison) printChanges(inv *cli.Invocation, changes []metrics.Change) error {
	w := tabwriter.NewWriter(inv.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "layer\tparameters\tchanged\tsum |D|\tmax |D|\t|D|_2\t\n")
	for _, c := range append(changes, metrics.Total(changes)) {
		name := strconv.Itoa(c.Layer)
		switch {
		case c.Layer == 0:
			name = "all"
		case c.L0 == 0:
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t\n", name, cli.Thousands(c.Parameters), cli.Thousands(c.L0), brief(c.L1), brief(c.Linf), brief(c.L2))
	}
	return w.Flush()
}

// brief prints a number with the digits that a table has room for.
func brief(v float64) string { return strconv.FormatFloat(v+0, 'g', tableDigits, 64) }

// printCSV prints a line for each measure and each norm of the change.
func (e *comparison) printCSV(inv *cli.Invocation, changes []metrics.Change) error {
	w := csv.NewWriter(inv.Stdout)
	lines := [][]string{{"quantity", "value", "low", "high", "points", "right_before", "right_after", "fixed", "broken", "seconds"}}
	number := func(v float64) string { return strconv.FormatFloat(v+0, 'g', -1, 64) }
	for i := range e.sets {
		s := &e.sets[i]
		if s.score == nil {
			continue
		}
		v, c := s.value(s.score), s.score
		lines = append(lines, []string{
			s.measure, number(v.Value), number(v.Low), number(v.High), strconv.Itoa(c.Points),
			strconv.Itoa(c.Before), strconv.Itoa(c.After), strconv.Itoa(c.Fixed), strconv.Itoa(c.Broken), number(c.Seconds),
		})
	}
	t := metrics.Total(changes)
	for _, q := range []struct {
		name  string
		value float64
	}{{"parameters", float64(t.Parameters)}, {"changed", float64(t.L0)}, {"l1", t.L1}, {"linf", t.Linf}, {"l2", t.L2}} {
		if changes != nil {
			lines = append(lines, []string{q.name, number(q.value), "", "", "", "", "", "", "", ""})
		}
	}
	return w.WriteAll(lines)
}

func (s *pointSet) info() *answer.Score {
	info := answer.ScoreOf(s.score, s.value)
	if info != nil {
		info.File, info.Sampled = s.path, s.sampled
	}
	return info
}

func (e *comparison) printJSON(inv *cli.Invocation, changes []metrics.Change, seconds map[string]float64) error {
	var all *answer.Change
	layers := []answer.Change{}
	if changes != nil {
		t := answer.ChangeOf(metrics.Total(changes))
		all = &t
	}
	for _, c := range changes {
		if c.L0 > 0 {
			layers = append(layers, answer.ChangeOf(c))
		}
	}
	return inv.WriteJSON(struct {
		cli.Header
		Original       answer.Network     `json:"original"`
		Repaired       answer.Network     `json:"repaired"`
		Confidence     float64            `json:"confidence"`
		Efficacy       *answer.Score      `json:"efficacy,omitempty"`
		Drawdown       *answer.Score      `json:"drawdown,omitempty"`
		Generalisation *answer.Score      `json:"generalisation,omitempty"`
		Change         *answer.Change     `json:"change,omitempty"`
		Changes        []answer.Change    `json:"changes"`
		Seconds        map[string]float64 `json:"seconds"`
		Peak           int64              `json:"peak_memory_bytes"`
	}{
		inv.Header(), answer.NetworkOf(e.original, e.originalNet), answer.NetworkOf(e.repaired, e.repairedNet), e.confidence,
		e.sets[0].info(), e.sets[1].info(), e.sets[2].info(), all, layers, seconds, cli.PeakMemory(),
	})
}
