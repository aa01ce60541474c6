package main

import (
	"github.com/netmend/netmend/repair"
)

func (j *checkJob) print(inv *invocation, o *checkOutcome, loaded float64) error {
	c := o.result
	if inv.json {
		return inv.writeJSON(struct {
			header
			Network       networkInfo    `json:"network"`
			Original      networkInfo    `json:"original"`
			Sets          setCounts      `json:"sets"`
			Status        string         `json:"status"`
			UpToRounding  bool           `json:"up_to_rounding"`
			Reason        string         `json:"reason,omitempty"`
			Choice        bool           `json:"choice_of_classes"`
			Margin        float64        `json:"margin"`
			MarginReached finite         `json:"margin_reached"`
			RoundingBound finite         `json:"rounding_bound"`
			RoundingFrom  int            `json:"rounding_from_layer,omitempty"`
			Worst         repair.Place   `json:"worst"`
			Violations    int            `json:"violations"`
			Cells         int            `json:"cells"`
			KeyPoints     int            `json:"key_points"`
			Rows          int            `json:"rows"`
			Execution     *executionInfo `json:"execution,omitempty"`
			Rounded       string         `json:"original_rounded_to,omitempty"`
			Differences   []string       `json:"activation_differences"`
			Changes       []layerChange  `json:"value_changes"`
			Exact         *exactFigures  `json:"exact,omitempty"`
			Before        *accuracy      `json:"accuracy_before,omitempty"`
			After         *accuracy      `json:"accuracy_after,omitempty"`
			Seconds       checkSeconds   `json:"seconds"`
			Peak          int64          `json:"peak_memory_bytes"`
		}{
			inv.header(), describe(j.path, o.repaired), describe(j.original, o.original), countSets(o.spec),
			o.status(), o.verdict == metUpToRounding, o.reason(), o.choice, o.margin, finite(c.MarginReached), finite(c.RoundingBound), c.RoundingFrom, c.Worst, c.Violations,
			c.Cells, c.KeyPoints, c.Rows, executionOf(c.Execution), o.rounded, append([]string{}, o.differences...), o.changes, o.exactFigures(), o.before, o.after,
			checkSeconds{loaded, inv.total().Total},
			peakMemory(),
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

func (j *checkJob) printText(inv *invocation, o *checkOutcome) {
	c, sets := o.result, countSets(o.spec)
	switch o.status() {
	case checkViolated:
		inv.printf("violated: %s does not meet the requirement\n", j.path)
		if o.exact != nil {
			inv.line("violated", "%s of %s, in exact arithmetic", count(o.exact.Count, "row"), thousands(o.exact.Size.Rows))
		} else {
			inv.line("violated", "%s of %s", count(c.Violations, "row"), thousands(c.Rows))
		}
	case checkRejected:
		if o.verdict == undecided {
			inv.printf("rejected: %s is no repair of %s\n", j.path, j.original)
		} else {
			inv.printf("rejected: %s meets the requirement, but is no repair of %s\n", j.path, j.original)
		}
	case checkUnknown:
		inv.printf("unknown: whether %s meets the requirement\n", j.path)
	default:
		inv.printf("holds: %s meets the requirement\n", j.path)
		upTo, given := o.verdict.upTo(), givenValues(c.RoundingFrom)
		if o.exact != nil {
			upTo, given = ", in exact arithmetic,", ""
		}
		inv.line("proven", "the requirement holds%s %s%s%s", upTo, sets.where(), inUnits(o.repaired), given)
	}
	if o.verdict == undecided || o.executions != "" {
		inv.line("reason", "%s", o.reason())
	}
	inv.line("margin", "%s asked, %s reached; checked in float64, rounding bound %.2g", short(o.margin), short(c.MarginReached), c.RoundingBound)
	inv.line("", "smallest at %s", placeText(c.Worst))
	inv.printExecution(c.Execution, o.margin)
	if o.exact != nil {
		o.printExact(inv)
	}
	if o.choice {
		inv.line("classes", "of the allowed ones, checked per region is the one that this network prefers there")
	}
	inv.line("checked", "%s, %s, %s; regions enumerated again, faces included", count(c.Cells, "cell"), count(c.KeyPoints, "key point"), count(c.Rows, "row"))
	switch {
	case o.rounded != "":
		inv.line("activation", "channel equal to the original network rounded to %s: the linear regions are the same", o.rounded)
	case len(o.differences) == 0:
		inv.line("activation", "channel equal to the original network: the linear regions are the same")
	}
	for _, d := range o.differences {
		inv.line("activation", "%s", d)
	}
	if len(o.changes) == 0 {
		inv.line("values", "no layer's parameters changed")
	}
	for _, ch := range o.changes {
		inv.line("values", "layer %d: %s changed; l1 %s, linf %s, l2 %s", ch.Layer, count(ch.Changed, "parameter"), short(float64(ch.L1)), short(float64(ch.Linf)), short(float64(ch.L2)))
	}
	if o.before != nil {
		inv.line("accuracy", "%s before", o.before)
		inv.line("", "%s after", o.after)
	}
	inv.line("time", "%.3g s", inv.total().Total)
}
