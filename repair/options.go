package repair

import (
	"errors"
	"fmt"
	"time"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
)

// Norm is the measure of the change D that a repair minimises.
type Norm string

const (
	// L1 is sum |D_i|.
	L1 Norm = "l1"
	// Linf is max |D_i|, and among the changes with the smallest one, sum |D_i|.
	Linf Norm = "linf"
	// Mix is L1Weight times the mean of |D_i| over all parameters of the layer
	// plus LinfWeight times max |D_i|, as in the paper's artefact.
	Mix Norm = "mix"
	// L2 is the square root of sum D_i^2.
	L2 Norm = "l2"
)

// ParseNorm reads "l1", "linf", "mix" or "l2".
func ParseNorm(s string) (Norm, error) {
	switch n := Norm(s); n {
	case L1, Linf, Mix, L2:
		return n, nil
	}
	return "", fmt.Errorf("objective %q: want l1, linf, mix or l2", s)
}

// Arithmetic decides what is called proven.
type Arithmetic string

const (
	// Exact: package proof checks the stored network, or the multipliers that show that there
	// is no repair, and violations that it finds are repaired.
	Exact Arithmetic = "exact"
	// Float64: only float64, with bounds on its rounding, which is faster. The answer is
	// [Found].
	Float64 Arithmetic = "float64"
)

// ParseArithmetic reads "exact" or "float64".
func ParseArithmetic(s string) (Arithmetic, error) {
	switch a := Arithmetic(s); a {
	case Exact, Float64:
		return a, nil
	}
	return "", fmt.Errorf("arithmetic %q: want exact or float64", s)
}

// DefaultMaxBytes is how many bytes a repair may take by default.
const DefaultMaxBytes = 4 << 30

// DefaultBound is the default bound on each |D_i|, that of the paper's artefact.
const DefaultBound = 3

// Options say which change to look for. The zero value means: layer chosen automatically,
// mix, the specification's margin, bound 3, all parameters.
type Options struct {
	// Layer to change, from 1; 0 tries every layer (see [Auto]).
	Layer int
	// Rank is what [Auto] prefers layers by; "" is [RankNorm].
	Rank Rank
	// Drawdown, if not nil, measures a repaired network for [Auto]: the smaller,
	// the better. It is called by several goroutines.
	Drawdown func(*nn.Network) (float64, error)
	// Norm to minimise; "" is Mix.
	Norm Norm
	// L1Weight and LinfWeight weigh the two parts of Mix; both 0 means 1 and 1.
	L1Weight, LinfWeight float64
	// Margin replaces the specification's if not nil.
	Margin *float64
	// Bound on each |D_i|; 0 means [DefaultBound].
	Bound float64
	// Free are the parameters that may change.
	Free Free
	// DType in which the repaired parameters are stored. The zero value is float64; use the
	// source's, net.Meta.DType, to write a file of the same type.
	DType nn.DType
	// Wider says that if no network stored in DType is found, one stored in float64 will do.
	// Without it, the reason says whether there is one.
	Wider bool
	// Executed asks for a repair that holds for the network as executed in DType
	// too, for all inputs within [ExecutionUlps] of the specification and with the
	// margin asked for: see [ExecutionResult].
	Executed bool
	// Arithmetic that decides; "" is [Exact].
	Arithmetic Arithmetic
	// Workers is the number of goroutines; 0 means one per processor. The result
	// does not depend on it.
	Workers int
	// MaxBytes is about how many bytes the repair of one layer may take: evaluations
	// are cut into batches that fit, and linearisations are rebuilt where they do
	// not. 0 means [DefaultMaxBytes].
	MaxBytes int64
	// MaxTime ends the search for one layer with status Unknown; 0 means none.
	MaxTime time.Duration
	// Progress is told how far the work is, from one goroutine at a time; may
	// be nil.
	Progress func(Progress)
}

// Progress is a snapshot of a running repair.
type Progress struct {
	// Phase is "regions", "key points", "executions", "solve" or "check".
	Phase string
	Layer int
	// Cells found so far.
	Cells int
	// Round of row generation, rows in the master program, the largest
	// violation left, the present objective and proven lower bound.
	Round, Rows                      int
	Violation, Objective, LowerBound float64
}

// withDefaults fills in what was left out and checks the rest.
func (o Options) withDefaults() (Options, error) {
	if o.Norm == "" {
		o.Norm = Mix
	}
	if _, err := ParseNorm(string(o.Norm)); err != nil {
		return o, err
	}
	if o.Arithmetic == "" {
		o.Arithmetic = Exact
	}
	if _, err := ParseArithmetic(string(o.Arithmetic)); err != nil {
		return o, err
	}
	if o.Rank == "" {
		o.Rank = RankNorm
	}
	if _, err := ParseRank(string(o.Rank)); err != nil {
		return o, err
	}
	if o.Rank == RankDrawdown && o.Drawdown == nil {
		return o, errors.New("rank drawdown: nothing measures it")
	}
	if o.L1Weight == 0 && o.LinfWeight == 0 {
		o.L1Weight, o.LinfWeight = 1, 1
	}
	if !(o.L1Weight >= 0 && o.LinfWeight >= 0) {
		return o, fmt.Errorf("weights %v and %v of the objective: want numbers >= 0", o.L1Weight, o.LinfWeight)
	}
	if o.Bound == 0 {
		o.Bound = DefaultBound
	}
	if !(o.Bound > 0 && o.Bound < 1e15) {
		return o, fmt.Errorf("bound %v: want a finite number > 0", o.Bound)
	}
	if o.Margin != nil && !(*o.Margin >= 0 && *o.Margin < 1e15) {
		return o, fmt.Errorf("margin %v: want a finite number >= 0", *o.Margin)
	}
	o.Workers = parallel.Workers(o.Workers)
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	return o, nil
}
