package main

import (
	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/metrics"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair"
)

// float64Figures is the check in float64 in JSON objects.
type float64Figures struct {
	Found         string       `json:"found,omitempty"`
	MarginReached cli.Finite   `json:"margin_reached"`
	RoundingBound cli.Finite   `json:"rounding_bound"`
	RoundingFrom  int          `json:"rounding_from_layer,omitempty"`
	Worst         repair.Place `json:"worst"`
	Violations    int          `json:"violations"`
	Cells         int          `json:"cells"`
	KeyPoints     int          `json:"key_points"`
	Rows          int          `json:"rows"`
}

// float64Figures describes the check in float64; nil if there was none.
func (o *checkOutcome) float64Figures() *float64Figures {
	c := o.recheck.Float64
	if c == nil {
		return nil
	}
	return &float64Figures{
		string(o.recheck.Found), cli.Finite(c.MarginReached), cli.Finite(c.RoundingBound), c.RoundingFrom,
		c.Worst, c.Violations, c.Cells, c.KeyPoints, c.Rows,
	}
}

// execution is what was shown of executions; nil if that was not asked.
func (o *checkOutcome) execution() *repair.ExecutionResult {
	if o.recheck.Float64 == nil {
		return nil
	}
	return o.recheck.Float64.Execution
}

// arithmetic is what decided about the requirement, or found something; empty for
// nothing.
func (o *checkOutcome) arithmetic() string {
	switch o.recheck.Verdict {
	case repair.RecheckHolds, repair.RecheckViolated:
		return cli.ProvenBy(o.recheck.Exact != nil && o.recheck.Exact.Enclosed)
	case repair.RecheckNotProven:
		return cli.ArithmeticFloat64
	}
	return ""
}

func (j *checkJob) print(inv *cli.Invocation, o *checkOutcome, loaded float64) error {
	if inv.JSON {
		r := o.recheck
		differences := []string{} // an empty list, not null
		for _, d := range r.Comparison.Differences {
			differences = append(differences, d.String())
		}
		return inv.WriteJSON(struct {
			cli.Header
			Network     answer.Network    `json:"network"`
			Original    answer.Network    `json:"original"`
			Sets        answer.Sets       `json:"sets"`
			Status      string            `json:"status"`
			Requirement string            `json:"requirement"`
			Arithmetic  string            `json:"arithmetic,omitempty"`
			Reason      string            `json:"reason,omitempty"`
			Choice      bool              `json:"choice_of_classes"`
			Margin      float64           `json:"margin"`
			Exact       *exactFigures     `json:"exact,omitempty"`
			Float64     *float64Figures   `json:"float64,omitempty"`
			Execution   *answer.Execution `json:"execution,omitempty"`
			Rounded     string            `json:"original_rounded_to,omitempty"`
			Differences []string          `json:"activation_differences"`
			Changes     []layerChange     `json:"value_changes"`
			Before      *accuracy         `json:"accuracy_before,omitempty"`
			After       *accuracy         `json:"accuracy_after,omitempty"`
			Seconds     checkSeconds      `json:"seconds"`
			Peak        int64             `json:"peak_memory_bytes"`
		}{
			inv.Header(), answer.NetworkOf(j.path, o.repaired), answer.NetworkOf(j.original, o.original), answer.SetsOf(o.spec),
			string(r.Answer()), string(r.Verdict), o.arithmetic(), r.Reason, o.choice, r.Margin, o.exactFigures(), o.float64Figures(), answer.ExecutionOf(o.execution()),
			r.Comparison.RoundedTo, differences, o.changes, o.before, o.after,
			checkSeconds{loaded, inv.Total().Total},
			cli.PeakMemory(),
		})
	}
	j.printText(inv, o)
	return nil
}

// checkSeconds are the times of a check.
type checkSeconds struct {
	Load  float64 `json:"load"`
	Total float64 `json:"total"`
}

func (j *checkJob) printText(inv *cli.Invocation, o *checkOutcome) {
	j.printAnswer(inv, o)
	r := o.recheck
	if r.Reason != "" {
		inv.PrintLine("reason", "%s", r.Reason)
	}
	decided := r.Exact != nil && (r.Verdict == repair.RecheckHolds || r.Verdict == repair.RecheckViolated || r.Float64 == nil || o.execution() != nil)
	if decided {
		o.printExact(inv, r.Exact)
	} else if r.Float64 != nil {
		o.printFloat64(inv)
	}
	answer.PrintExecution(inv, o.execution(), r.Margin)
	if o.choice {
		inv.PrintLine("classes", "of the allowed ones, the one that this network prefers is checked in each region")
	}
	o.printDifferences(inv)
	if o.before != nil {
		inv.PrintLine("accuracy", "%s before", o.before)
		inv.PrintLine("", "%s after", o.after)
	}
	inv.PrintLine("time", "%.3g s", inv.Total().Total)
}

// printAnswer prints the answer and what it claims.
func (j *checkJob) printAnswer(inv *cli.Invocation, o *checkOutcome) {
	r, sets := o.recheck, answer.SetsOf(o.spec)
	meets := "meets the requirement"
	if r.Found == repair.RecheckViolated {
		meets = "does not meet the requirement"
	}
	switch answered := r.Answer(); {
	case answered == repair.RecheckViolated:
		inv.Printf("violated: %s does not meet the requirement\n", j.path)
		inv.PrintLine("violated", "%s of %s, %s", cli.Count(r.Exact.Count, "row"), cli.Thousands(r.Exact.Size.Rows), answer.How(r.Exact))
	case answered == repair.RecheckRejected && r.Verdict == repair.RecheckHolds:
		inv.Printf("rejected: %s meets the requirement, but is not a repair of %s\n", j.path, j.original)
	case answered == repair.RecheckRejected:
		inv.Printf("rejected: %s is not a repair of %s\n", j.path, j.original)
	case r.Verdict == repair.RecheckHolds:
		inv.Printf("holds: %s meets the requirement\n", j.path)
		inv.PrintLine("proven", "the requirement holds, %s, %s%s", answer.How(r.Exact), sets.Where(), answer.InUnits(o.repaired))
	case r.Verdict == repair.RecheckNotProven:
		inv.Printf("%s: %s %s\n", cli.NotProven, j.path, meets)
	default:
		inv.Printf("unknown: whether %s meets the requirement\n", j.path)
	}
}

// printFloat64 says what float64 found, where that is all there is.
func (o *checkOutcome) printFloat64(inv *cli.Invocation) {
	c, margin := o.recheck.Float64, o.recheck.Margin
	if o.recheck.Found == repair.RecheckHolds {
		inv.PrintLine("found", "the requirement holds %s%s, as far as float64 can tell%s", answer.SetsOf(o.spec).Where(), answer.InUnits(o.repaired), cli.GivenValues(c.RoundingFrom))
	}
	inv.PrintLine("margin", "%s asked, %s reached; checked in float64, rounding bound %.2g", cli.Short(margin), cli.Short(c.MarginReached), c.RoundingBound)
	inv.PrintLine("", "smallest at %s", placeText(c.Worst))
	inv.PrintLine("checked", "%s, %s, %s; regions enumerated again, faces included", cli.Count(c.Cells, "cell"), cli.Count(c.KeyPoints, "key point"), cli.Count(c.Rows, "row"))
}

// printDifferences says how the networks differ.
func (o *checkOutcome) printDifferences(inv *cli.Invocation) {
	c := o.recheck.Comparison
	switch {
	case c.RoundedTo != "":
		inv.PrintLine("activation", "channel equal to the original network rounded to %s: the linear regions are the same", c.RoundedTo)
	case len(c.Differences) == 0:
		inv.PrintLine("activation", "channel equal to the original network: the linear regions are the same")
	}
	for _, d := range c.Differences {
		inv.PrintLine("activation", "%s", d)
	}
	if len(o.changes) == 0 {
		inv.PrintLine("values", "no layer's parameters changed")
	}
	for _, ch := range o.changes {
		inv.PrintLine("values", "layer %d: %s changed; l1 %s, linf %s, l2 %s", ch.Layer, cli.Count(ch.Changed, "parameter"), cli.Short(float64(ch.L1)), cli.Short(float64(ch.Linf)), cli.Short(float64(ch.L2)))
	}
}

// layerChange is how much a layer's value parameters differ.
type layerChange struct {
	Layer   int        `json:"layer"`
	Changed int        `json:"changed"`
	L1      cli.Finite `json:"l1"`
	Linf    cli.Finite `json:"linf"`
	L2      cli.Finite `json:"l2"`
}

// valueChanges lists the layers whose value parameters differ; none for networks
// that do not have the same layers.
func valueChanges(original, repaired *nn.Network) []layerChange {
	changes := []layerChange{} // an empty list, not null, in JSON
	all, err := metrics.Changes(original, repaired)
	if err != nil {
		return changes
	}
	for _, c := range all {
		if c.L0 > 0 {
			changes = append(changes, layerChange{c.Layer, c.L0, cli.Finite(c.L1), cli.Finite(c.Linf), cli.Finite(c.L2)})
		}
	}
	return changes
}
