package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// setCounts is what a specification consists of.
type setCounts struct {
	Points   int `json:"points"`
	Segments int `json:"segments"`
	Polygons int `json:"polygons"`
	Keep     int `json:"keep"`
}

func countSets(s *spec.Spec) setCounts {
	var c setCounts
	for i := range s.Items {
		switch it := &s.Items[i]; {
		case it.Keep:
			c.Keep++
		case it.Segment != nil:
			c.Segments++
		case it.Polygon != nil:
			c.Polygons++
		default:
			c.Points++
		}
	}
	return c
}

// String is "2 points, 3 segments and 10 points to keep".
func (c setCounts) String() string {
	var words []string
	add := func(n int, noun, after string) {
		if n > 0 {
			words = append(words, cli.Count(n, noun)+after)
		}
	}
	add(c.Points, "point", "")
	add(c.Segments, "segment", "")
	add(c.Polygons, "polygon", "")
	add(c.Keep, "point", " to keep")
	return cli.List(words)
}

// where says at which inputs a requirement holds.
func (c setCounts) where() string {
	switch {
	case c.Segments+c.Polygons == 0:
		return "at " + c.String()
	case c.Points+c.Keep == 0:
		return "on every point of " + c.String()
	}
	sets := setCounts{Segments: c.Segments, Polygons: c.Polygons}
	points := setCounts{Points: c.Points, Keep: c.Keep}
	return fmt.Sprintf("on every point of %s and at %s", sets, points)
}

// print prints the outcome, as text or JSON.
func (j *repairJob) print(inv *cli.Invocation, o *repairOutcome) error {
	o.best.Time.Load, o.best.Time.Total = o.loaded, inv.Total().Total
	if inv.JSON {
		return j.printJSON(inv, o)
	}
	sets := countSets(o.spec)
	r := o.best
	choice := o.spec.Chooses(o.net.OutDim())
	switch {
	case r.Network != nil:
		j.printRepaired(inv, o, sets, choice)
	case r.Status == repair.Infeasible, r.Status == repair.Found:
		j.printInfeasible(inv, o, sets, choice)
	default:
		inv.Printf("unknown: %s\n", r.Reason)
		printLine(inv, "required", "%s; margin %s%s", sets, cli.Short(r.Margin), inUnits(o.net))
		j.printSize(inv, r)
	}
	if o.before != nil && o.after == nil {
		printLine(inv, "accuracy", "%s as it is", o.before)
	}
	printLine(inv, "time", "%s", secondsText(r.Time))
	j.certificate.print(inv)
	if len(o.steps) > 0 {
		inv.Printf("\n")
		return printSteps(inv, o.steps)
	}
	if len(o.all) > 0 {
		inv.Printf("\n")
		return j.printLayers(inv, o)
	}
	return nil
}

// printLine prints a heading and what it says.
func printLine(inv *cli.Invocation, heading, format string, args ...any) {
	inv.Printf("  %-10s %s\n", heading, fmt.Sprintf(format, args...))
}

// printInfeasible prints that no change was found, proven or not.
func (j *repairJob) printInfeasible(inv *cli.Invocation, o *repairOutcome, sets setCounts, choice bool) {
	r := o.best
	answer := string(r.Status)
	if len(o.all) > 0 {
		inv.Printf("%s: no layer of %s can be repaired with changes up to %s%s\n", answer, j.path, cli.Short(r.Bound), givenChoice(choice))
	} else {
		inv.Printf("%s: no change of layer %d of %s%s with every |change| <= %s meets the requirement%s\n", answer, r.Layer, j.path, after(o.steps), cli.Short(r.Bound), givenChoice(choice))
	}
	printLine(inv, "required", "%s; margin %s%s", sets, cli.Short(r.Margin), inUnits(o.net))
	if choice {
		printLine(inv, "classes", "not shown: whether another choice of the allowed classes can be met")
	}
	if r.Status == repair.Infeasible {
		v, _ := r.Contradiction.Float64()
		printLine(inv, "proof", "multipliers on %s, in exact arithmetic: a contradiction of %s", cli.Count(len(r.Rows), "row"), contradictionText(v))
		heading := "conflict"
		for _, text := range conflictTexts(r.Conflict) {
			printLine(inv, heading, "%s", text)
			heading = ""
		}
	} else {
		printReason(inv, r)
		printLine(inv, "found", "Farkas multipliers on %s, in float64 (all of them with --json)", cli.Count(len(r.Farkas), "row"))
		if len(r.Farkas) > 0 {
			printLine(inv, "", "the heaviest is %s", placeText(heaviest(r.Farkas)))
		}
	}
	j.printSize(inv, r)
}

// printReason says why something is not proven, where that was not asked for.
func printReason(inv *cli.Invocation, r *repair.Result) {
	if r.Reason != "" {
		printLine(inv, "reason", "%s", r.Reason)
	}
}

func (j *repairJob) printRepaired(inv *cli.Invocation, o *repairOutcome, sets setCounts, choice bool) {
	r := o.best
	inv.Printf("%s: layer %d of %s%s\n", r.Status, r.Layer, j.path, strings.TrimSuffix(after(o.steps), ","))
	if x := r.Proof; r.Status == repair.Repaired {
		printLine(inv, "proven", "the requirement holds %s%s, %s", sets.where(), inUnits(o.net), how(x))
		if x.Worst != nil { // something is asked
			reached, _ := x.MarginReached().Float64()
			printLine(inv, "margin", "%s asked, %s reached by the network as stored in %s", cli.Short(r.Margin), atLeast(x)+cli.Short(reached), r.DType)
			printLine(inv, "", "smallest at %s", placeText(repair.Place{Item: o.spec.Items[x.Worst.Item].Name, Point: x.Worst.Point}))
		}
		if r.Reason != "" {
			printLine(inv, "stored", "in %s: %s", r.DType, r.Reason)
		}
	} else {
		printReason(inv, r)
		printLine(inv, "found", "the requirement holds %s%s, as far as float64 can tell%s", sets.where(), inUnits(o.net), cli.GivenValues(r.Check.RoundingFrom))
		printLine(inv, "margin", "%s asked, %s reached; rounding bound %.2g (in float64, of the network as stored in %s)",
			cli.Short(r.Margin), cli.Short(r.Check.MarginReached), r.Check.RoundingBound, r.DType)
		printLine(inv, "", "smallest at %s", placeText(r.Check.Worst))
	}
	printExecution(inv, r.Check.Execution, r.Margin)
	printLine(inv, "change", "%s of %s; l1 %s, linf %s, l2 %s",
		cli.Thousands(r.Changed), cli.Count(parameters(o.net, r.Layer), "parameter"), cli.Short(r.L1), cli.Short(r.Linf), cli.Short(r.L2))
	if changes := parameterChanges(r); j.listChanges || len(changes) <= fewChanges {
		for _, c := range changes {
			printLine(inv, "", "%-10s %s  to %s", c.Name, signed(c.Delta), cli.Short(c.Value))
		}
	}
	for _, k := range repair.SharedWith(o.net, r.Layer) {
		printLine(inv, "shared", "layer %d has the same weights; they stay as they are, and the two share no more", k)
	}
	printLine(inv, "smallest", "%s", smallestOf(r, choice))
	if r.Objective > 0 && o.spec.Strict(o.net.OutDim(), r.Margin) {
		printLine(inv, "", "%s", infimumText)
	}
	if r.BoundBinds {
		printLine(inv, "bound", "%s on each |change| binds: with a larger --bound the change may be smaller", cli.Short(r.Bound))
	} else {
		printLine(inv, "bound", "%s on each |change| does not bind", cli.Short(r.Bound))
	}
	j.printSize(inv, r)
	if o.after != nil {
		printLine(inv, "accuracy", "%s before", o.before)
		printLine(inv, "", "%s after", o.after)
	}
	switch {
	case o.written == "":
		printLine(inv, "file", "none written; -o FILE.onnx writes the repaired network")
	case j.sameArchitecture:
		printLine(inv, "file", "%s (%s, the original's architecture)", o.written, r.DType)
	default:
		printLine(inv, "file", "%s (%s, two channels in plain ONNX operators)", o.written, r.DType)
	}
}

// smallestOf says how far a change may be from the smallest.
func smallestOf(r *repair.Result, choice bool) string {
	bounds := fmt.Sprintf("%s = %s, and no repair of this layer has less than %s%s", objectiveText(r.Norm), cli.Short(r.Objective), cli.Short(r.LowerBound), givenChoice(choice))
	switch {
	case r.Status != repair.Repaired:
		return fmt.Sprintf("not proven: %s = %s, and float64 finds no repair of this layer with less than %s%s", objectiveText(r.Norm), cli.Short(r.Objective), cli.Short(r.LowerBound), givenChoice(choice))
	case r.Smallest():
		return bounds
	case r.LowerBound == 0 && r.LowerBoundFound > 0:
		return fmt.Sprintf("not proven: %s = %s, and float64 finds no repair of this layer with less than %s%s", objectiveText(r.Norm), cli.Short(r.Objective), cli.Short(r.LowerBoundFound), givenChoice(choice))
	case r.LowerBound == 0:
		return fmt.Sprintf("not shown: %s = %s, and there may be repairs of any size below", objectiveText(r.Norm), cli.Short(r.Objective))
	}
	if ratio := r.Objective / r.LowerBound; ratio >= 2 {
		return fmt.Sprintf("at most %.3g times the smallest: %s", ratio, bounds)
	}
	return fmt.Sprintf("at most %.2g %% above the smallest: %s", 100*(r.Objective/r.LowerBound-1), bounds)
}

// fewChanges are listed without being asked for.
const fewChanges = 8

func (j *repairJob) printSize(inv *cli.Invocation, r *repair.Result) {
	s := r.Size
	if s.KeyPoints == 0 { // nothing was searched
		return
	}
	if s.Cells > 0 {
		printLine(inv, "regions", "%s in %s; %s, %s", cli.Count(s.Regions, "linear region"), cli.Count(s.Cells, "cell"),
			cli.Count(s.KeyPoints, "key point"), cli.Count(s.Rows, "row"))
	} else {
		printLine(inv, "size", "%s, %s", cli.Count(s.KeyPoints, "key point"), cli.Count(s.Rows, "row"))
	}
	printLine(inv, "", "%s, %s generated, %d active", cli.Count(s.Rounds, "round"), cli.Count(s.Generated, "row"), s.ActiveRows)
}

// printLayers is the table of --layer auto.
func (j *repairJob) printLayers(inv *cli.Invocation, o *repairOutcome) error {
	w := tabwriter.NewWriter(inv.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	measured := ""
	if j.options.Drawdown != nil {
		measured = "drawdown\t"
	}
	fmt.Fprintf(w, "\tlayer\tstatus\t%s\tlower bound\tlinf\tchanged\t%sseconds\t\n", o.best.Norm, measured)
	for _, r := range o.all {
		mark, objective, bound, linf, changed := "", "", "", "", ""
		if r == o.best && r.Network != nil {
			mark = "best"
		}
		if r.Network != nil {
			objective, bound, linf, changed = cli.Short(r.Objective), cli.Short(r.LowerBound), cli.Short(r.Linf), cli.Thousands(r.Changed)
		}
		drawdown := ""
		switch {
		case r.Drawdown != nil:
			drawdown = fmt.Sprintf("%.2f%%\t", 100**r.Drawdown)
		case measured != "":
			drawdown = "\t"
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s%.2f\t\n", mark, r.Layer, r.Status, objective, bound, linf, changed, drawdown, r.Time.Total)
	}
	return w.Flush()
}

func (j *repairJob) printJSON(inv *cli.Invocation, o *repairOutcome) error {
	changes := parameterChanges(o.best)
	if !j.listChanges && len(changes) > fewChanges {
		changes = nil
	}
	var layers []figures
	for _, r := range o.all {
		f := figuresOf(o.net, o.spec, r)
		f.Farkas = nil // those of the best stand above
		layers = append(layers, f)
	}
	return inv.WriteJSON(struct {
		cli.Header
		Network networkInfo `json:"network"`
		Sets    setCounts   `json:"sets"`
		figures
		Changes []parameterChange `json:"changes,omitempty"`
		Layers  []figures         `json:"layers,omitempty"`
		Steps   []stepInfo        `json:"steps,omitempty"`
		Shared  []int             `json:"shared_with,omitempty"`
		Before  *accuracy         `json:"accuracy_before,omitempty"`
		After   *accuracy         `json:"accuracy_after,omitempty"`
		Output  string            `json:"output,omitempty"`
		Proof   *certificateInfo  `json:"certificate,omitempty"`
		Seconds repair.Seconds    `json:"seconds"`
		Peak    int64             `json:"peak_memory_bytes"`
	}{
		inv.Header(), describe(j.path, o.net), countSets(o.spec), figuresOf(o.net, o.spec, o.best), changes, layers, o.stepInfos(), repair.SharedWith(o.net, o.best.Layer),
		o.before, o.after, o.written, j.certificate.describe(), o.best.Time, cli.PeakMemory(),
	})
}

// heaviest is the place of the row with the largest multiplier.
func heaviest(rows []repair.FarkasRow) repair.Place {
	best := rows[0]
	for _, r := range rows {
		if r.Multiplier > best.Multiplier {
			best = r
		}
	}
	return best.Place
}

// placeText names a place for people; long points are left to --json.
func placeText(p repair.Place) string {
	if p.Point == nil || len(p.Point) > shortDim+1 {
		return p.Item
	}
	return p.Item + ", x = " + pointText(p.Point)
}

// objectiveText is the formula of an objective.
func objectiveText(n repair.Norm) string {
	switch n {
	case repair.L1:
		return "sum |change|"
	case repair.Linf:
		return "max |change|"
	case repair.L2:
		return "root of sum change^2"
	}
	return "mean |change| + max |change|"
}

func secondsText(s repair.Seconds) string {
	return fmt.Sprintf("%.3g s (load %.3g, regions %.3g, pricing %.3g, master %.3g, check %.3g, proof %.3g)",
		s.Total, s.Load, s.Regions, s.Pricing, s.Master, s.Check, s.Proof)
}
