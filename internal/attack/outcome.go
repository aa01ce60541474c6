package attack

import (
	"fmt"
	"sort"
	"strings"
)

// Outcome says what an answer is worth.
type Outcome int

// The outcomes.
const (
	// Right: a claim, and it is true.
	Right Outcome = iota
	// False: a claim, and it is not true.
	False
	// Unknown: no claim, where one was possible.
	Unknown
	// Excused: no claim, where none can be expected: the repair has no room, so that no
	// stored network need exist.
	Excused
)

// Answer is one answer of a command.
type Answer struct {
	Seed          uint64
	Command, Kind string
	Outcome       Outcome
	// Detail says what is false, or why nothing is known.
	Detail string
	// Args is the command line.
	Args []string
	// Above is, of a repair that is right, by which factor its objective is above the
	// infimum, and Bound by which its lower bound is; 0 if that is not known.
	Above, Bound float64
}

// Far reports whether a repair that is right, or its lower bound, is far from the infimum.
func (a *Answer) Far() bool { return a.Above != 0 && (a.Above > 1.01 || a.Bound < 0.99) }

// Smallest says how close repairs are to the smallest ones, and names the cases of those
// that are far from them.
func Smallest(answers []Answer) string {
	count, above, below := 0, 0, 0
	var far []uint64
	most, least := 1.0, 1.0
	for _, a := range answers {
		if a.Above == 0 {
			continue
		}
		count++
		if a.Above > 1+1e-6 {
			above++
		}
		if a.Bound < 1-1e-6 {
			below++
		}
		if a.Far() {
			far = append(far, a.Seed)
		}
		most, least = max(most, a.Above), min(least, a.Bound)
	}
	return fmt.Sprintf("%d repairs: %d more than 1e-6 above the infimum, at most %.4g times it; %d lower bounds more than 1e-6 below it, at least %.4g times it; far from it: cases %v",
		count, above, most, below, least, far)
}

// Table counts answers by command and kind of set.
type Table map[[2]string]*[4]int

// Add counts an answer.
func (t Table) Add(a Answer) {
	key := [2]string{a.Command, a.Kind}
	if t[key] == nil {
		t[key] = new([4]int)
	}
	t[key][a.Outcome]++
}

// Total is the sum of all rows.
func (t Table) Total() (sum [4]int) {
	for _, c := range t {
		for i, n := range c {
			sum[i] += n
		}
	}
	return sum
}

// String is the table, one row a command and kind, with sums.
func (t Table) String() string {
	var keys [][2]string
	sums := Table{}
	for k, c := range t {
		keys = append(keys, k)
		all := [2]string{k[0], "all"}
		if sums[all] == nil {
			sums[all] = new([4]int)
		}
		for i, n := range c {
			sums[all][i] += n
		}
	}
	for k := range sums {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return strings.Join(keys[i][:], " ") < strings.Join(keys[j][:], " ") })
	var b strings.Builder
	fmt.Fprintf(&b, "%-22s %-28s %7s %7s %7s %7s\n", "command", "set", "right", "false", "unknown", "excused")
	line := func(k [2]string, c *[4]int) {
		fmt.Fprintf(&b, "%-22s %-28s %7d %7d %7d %7d\n", k[0], k[1], c[Right], c[False], c[Unknown], c[Excused])
	}
	for _, k := range keys {
		if c := t[k]; c != nil {
			line(k, c)
		} else {
			line(k, sums[k])
		}
	}
	total := t.Total()
	line([2]string{"all", ""}, &total)
	return b.String()
}

// String names the outcome.
func (o Outcome) String() string { return [...]string{"right", "false", "unknown", "excused"}[o] }

// String is the answer's outcome and what it is about, without the command line.
func (a Answer) String() string {
	far := ""
	if a.Far() {
		far = fmt.Sprintf("%.6g times the smallest, with a lower bound of %.6g times", a.Above, a.Bound)
	}
	return fmt.Sprintf("%s: %s, %s: %s%s", a.Outcome, a.Command, a.Kind, a.Detail, far)
}
