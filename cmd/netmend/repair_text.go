package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/repair"
)

// print prints the outcome, as text or JSON.
func (j *repairJob) print(inv *cli.Invocation, o *repairOutcome) error {
	o.best.Time.Load, o.best.Time.Total = o.loaded, inv.Total().Total
	if inv.JSON {
		return j.printJSON(inv, o)
	}
	sets := answer.SetsOf(o.spec)
	r := o.best
	choice := o.spec.Chooses(o.net.OutDim())
	switch {
	case r.Network != nil:
		j.printRepaired(inv, o, sets, choice)
	case r.Status == repair.Infeasible, r.Status == repair.Found:
		j.printInfeasible(inv, o, sets, choice)
	default:
		inv.Printf("unknown: %s\n", r.Reason)
		inv.PrintLine("required", "%s; margin %s%s", sets, cli.Short(r.Margin), answer.InUnits(o.net))
		j.printSize(inv, r)
	}
	if o.before != nil && o.after == nil {
		inv.PrintLine("accuracy", "%s as it is", o.before)
	}
	inv.PrintLine("time", "%s", secondsText(r.Time))
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

// printInfeasible prints that no change was found, proven or not.
func (j *repairJob) printInfeasible(inv *cli.Invocation, o *repairOutcome, sets answer.Sets, choice bool) {
	r := o.best
	status := string(r.Status)
	if len(o.all) > 0 {
		inv.Printf("%s: no layer of %s can be repaired with changes up to %s%s\n", status, j.path, cli.Short(r.Bound), answer.GivenChoice(choice))
	} else {
		inv.Printf("%s: no change of layer %d of %s%s with every |change| <= %s meets the requirement%s\n", status, r.Layer, j.path, after(o.steps), cli.Short(r.Bound), answer.GivenChoice(choice))
	}
	inv.PrintLine("required", "%s; margin %s%s", sets, cli.Short(r.Margin), answer.InUnits(o.net))
	if choice {
		inv.PrintLine("classes", "not shown: whether a different choice of the allowed classes can be met")
	}
	if r.Status == repair.Infeasible {
		v, _ := r.Contradiction.Float64()
		inv.PrintLine("proof", "multipliers on %s, in exact arithmetic: a contradiction of %s", cli.Count(len(r.Rows), "row"), contradictionText(v))
		heading := "conflict"
		for _, text := range conflictTexts(r.Conflict) {
			inv.PrintLine(heading, "%s", text)
			heading = ""
		}
	} else {
		printReason(inv, r)
		inv.PrintLine("found", "Farkas multipliers on %s, in float64 (all of them with --json)", cli.Count(len(r.Farkas), "row"))
		if len(r.Farkas) > 0 {
			inv.PrintLine("", "the heaviest is %s", placeText(heaviest(r.Farkas)))
		}
	}
	j.printSize(inv, r)
}

// printReason says why something is not proven, where that was not asked for.
func printReason(inv *cli.Invocation, r *repair.Result) {
	if r.Reason != "" {
		inv.PrintLine("reason", "%s", r.Reason)
	}
}

func (j *repairJob) printRepaired(inv *cli.Invocation, o *repairOutcome, sets answer.Sets, choice bool) {
	r := o.best
	inv.Printf("%s: layer %d of %s%s\n", r.Status, r.Layer, j.path, strings.TrimSuffix(after(o.steps), ","))
	if x := r.Proof; r.Status == repair.Repaired {
		inv.PrintLine("proven", "the requirement holds %s%s, %s", sets.Where(), answer.InUnits(o.net), answer.How(x))
		if x.Worst != nil { // something is asked
			reached, _ := x.MarginReached().Float64()
			inv.PrintLine("margin", "%s asked, %s reached by the network as stored in %s", cli.Short(r.Margin), answer.AtLeast(x)+cli.Short(reached), r.DType)
			inv.PrintLine("", "smallest at %s", placeText(repair.Place{Item: o.spec.Items[x.Worst.Item].Name, Point: x.Worst.Point}))
		}
		if r.Reason != "" {
			inv.PrintLine("stored", "in %s: %s", r.DType, r.Reason)
		}
	} else {
		printReason(inv, r)
		inv.PrintLine("found", "the requirement holds %s%s, as far as float64 can tell%s", sets.Where(), answer.InUnits(o.net), cli.GivenValues(r.Check.RoundingFrom))
		inv.PrintLine("margin", "%s asked, %s reached; rounding bound %.2g (in float64, of the network as stored in %s)",
			cli.Short(r.Margin), cli.Short(r.Check.MarginReached), r.Check.RoundingBound, r.DType)
		inv.PrintLine("", "smallest at %s", placeText(r.Check.Worst))
	}
	answer.PrintExecution(inv, r.Check.Execution, r.Margin)
	inv.PrintLine("change", "%s of %s; l1 %s, linf %s, l2 %s",
		cli.Thousands(r.Changed), cli.Count(answer.ParameterCount(o.net, r.Layer), "parameter"), cli.Short(r.L1), cli.Short(r.Linf), cli.Short(r.L2))
	if changes := answer.ParameterChanges(r); j.listChanges || len(changes) <= fewChanges {
		for _, c := range changes {
			inv.PrintLine("", "%-10s %s  to %s", c.Name, signed(c.Delta), cli.Short(c.Value))
		}
	}
	for _, k := range repair.SharedWith(o.net, r.Layer) {
		inv.PrintLine("shared", "layer %d has the same weights; its own stay as they are, so the two layers no longer share them", k)
	}
	inv.PrintLine("smallest", "%s", smallestOf(r, choice))
	if r.Objective > 0 && o.spec.Strict(o.net.OutDim(), r.Margin) {
		inv.PrintLine("", "%s", infimumText)
	}
	if r.BoundBinds {
		inv.PrintLine("bound", "%s on each |change| binds: with a larger --bound the change may be smaller", cli.Short(r.Bound))
	} else {
		inv.PrintLine("bound", "%s on each |change| does not bind", cli.Short(r.Bound))
	}
	j.printSize(inv, r)
	if o.after != nil {
		inv.PrintLine("accuracy", "%s before", o.before)
		inv.PrintLine("", "%s after", o.after)
	}
	switch {
	case o.written == "":
		inv.PrintLine("file", "not written; -o FILE.onnx writes the repaired network")
	case j.sameArchitecture:
		inv.PrintLine("file", "%s (%s, the original's architecture)", o.written, r.DType)
	default:
		inv.PrintLine("file", "%s (%s, two channels in plain ONNX operators)", o.written, r.DType)
	}
}

// smallestOf says how far a change may be from the smallest.
func smallestOf(r *repair.Result, choice bool) string {
	bounds := fmt.Sprintf("%s = %s, and no repair of this layer has less than %s%s", objectiveText(r.Norm), cli.Short(r.Objective), cli.Short(r.LowerBound), answer.GivenChoice(choice))
	switch {
	case r.Status != repair.Repaired:
		return fmt.Sprintf("not proven: %s = %s, and float64 finds no repair of this layer with less than %s%s", objectiveText(r.Norm), cli.Short(r.Objective), cli.Short(r.LowerBound), answer.GivenChoice(choice))
	case r.Smallest():
		return bounds
	case r.LowerBound == 0 && r.LowerBoundFound > 0:
		return fmt.Sprintf("not proven: %s = %s, and float64 finds no repair of this layer with less than %s%s", objectiveText(r.Norm), cli.Short(r.Objective), cli.Short(r.LowerBoundFound), answer.GivenChoice(choice))
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
		inv.PrintLine("regions", "%s in %s; %s, %s", cli.Count(s.Regions, "linear region"), cli.Count(s.Cells, "cell"),
			cli.Count(s.KeyPoints, "key point"), cli.Count(s.Rows, "row"))
	} else {
		inv.PrintLine("size", "%s, %s", cli.Count(s.KeyPoints, "key point"), cli.Count(s.Rows, "row"))
	}
	inv.PrintLine("", "%s, %s generated, %d active", cli.Count(s.Rounds, "round"), cli.Count(s.Generated, "row"), s.ActiveRows)
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
	changes := answer.ParameterChanges(o.best)
	if !j.listChanges && len(changes) > fewChanges {
		changes = nil
	}
	var layers []answer.Figures
	for _, r := range o.all {
		f := answer.FiguresOf(o.net, o.spec, r)
		f.Farkas = nil // those of the best stand above
		layers = append(layers, f)
	}
	return inv.WriteJSON(struct {
		cli.Header
		Network answer.Network `json:"network"`
		Sets    answer.Sets    `json:"sets"`
		answer.Figures
		Changes []answer.ParameterChange `json:"changes,omitempty"`
		Layers  []answer.Figures         `json:"layers,omitempty"`
		Steps   []stepInfo               `json:"steps,omitempty"`
		Shared  []int                    `json:"shared_with,omitempty"`
		Before  *accuracy                `json:"accuracy_before,omitempty"`
		After   *accuracy                `json:"accuracy_after,omitempty"`
		Output  string                   `json:"output,omitempty"`
		Proof   *certificateInfo         `json:"certificate,omitempty"`
		Seconds repair.Seconds           `json:"seconds"`
		Peak    int64                    `json:"peak_memory_bytes"`
	}{
		inv.Header(), answer.NetworkOf(j.path, o.net), answer.SetsOf(o.spec), answer.FiguresOf(o.net, o.spec, o.best), changes, layers, o.stepInfos(), repair.SharedWith(o.net, o.best.Layer),
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
