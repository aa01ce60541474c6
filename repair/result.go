package repair

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair/conflict"
	"github.com/netmend/netmend/repair/internal/row"
	"github.com/netmend/netmend/spec"
)

// Status is the answer of a repair.
type Status string

const (
	// Repaired: the stored network meets the requirement with the margin asked for, and package
	// proof has accepted that.
	Repaired Status = "repaired"
	// Found: float64 found a repair, or that there is none (Result.Found), and package
	// proof was not asked, or did not decide it; Reason says why.
	Found Status = "found in float64, not proven"
	// Infeasible: no change of the layer within the bound meets the requirement, and package
	// proof has accepted the multipliers that prove it.
	Infeasible Status = "infeasible"
	// Unknown: neither was shown; Reason says why.
	Unknown Status = "unknown"
)

// Result of a repair of one layer.
type Result struct {
	Status Status
	// Found is what float64 found, [Repaired] or [Infeasible], for Status Found.
	Found Status
	// Reason for Unknown and Found; for Repaired, why DType is not the one asked for.
	Reason string
	// unstored reports whether what is missing is a network stored in DType.
	unstored bool
	// Proof is the exact check of Network, nil if there was none.
	Proof *proof.Result

	Layer  int
	Norm   Norm
	Margin float64 // asked for
	Bound  float64 // on each |D_i|
	// BoundBinds reports whether some |D_i| is at the bound, so that a larger
	// one might allow a smaller objective.
	BoundBinds bool

	// Network is the repaired network as stored, rounded to DType; nil unless
	// repaired.
	Network *nn.Network
	DType   nn.DType
	// Change is the stored value parameters minus the old ones.
	Change *nn.Params

	// Objective of the stored change in Norm, and the proven lower bound for
	// every change that meets the recorded rows.
	Objective, LowerBound float64
	// LowerBoundFound is the bound that float64 finds, not proven. With Status Repaired it is
	// larger than LowerBound if the network or its layer is too large for exact rows, or if
	// these prove less.
	LowerBoundFound float64
	// L1 is sum |D_i|, Linf max |D_i|, L2 the square root of sum D_i^2, of the
	// stored change; Changed counts the D_i that are not 0.
	L1, Linf, L2 float64
	Changed      int

	// Drawdown is what Options.Drawdown measured, nil for nothing.
	Drawdown *float64

	Check CheckResult

	// Rows and Contradiction are what package proof accepted for Infeasible: the sum of
	// the rows' right-hand sides, with multipliers, and the bound times that of their
	// coefficients' sizes, exactly.
	Rows          []cert.Row
	Contradiction *big.Rat
	// Conflict are the rows as requirements of the items, the largest multipliers first.
	Conflict []conflict.Row
	// Farkas are the multipliers for Infeasible.
	Farkas []FarkasRow
	// Dual are the rows with multipliers that prove LowerBound or, for Infeasible, that there
	// is no change, given by where they come from, as a certificate needs them.
	Dual []DualRow

	Size Size
	Time Seconds
}

// refuted records a proof that there is no repair, of a bound specification.
func (r *Result) refuted(s *spec.Spec, outputs int, rows []cert.Row, value *big.Rat) {
	r.Status, r.Rows, r.Contradiction = Infeasible, rows, value
	r.Conflict = conflict.Rows(s, outputs, r.Margin, rows)
}

// Size of a repair.
type Size struct {
	// Regions are linear regions before cutting between allowed classes,
	// Cells after. A point is neither.
	Regions, Cells int
	// KeyPoints counts (cell, vertex) pairs, points, and the additional
	// patterns of faces; Distinct those left after merging; FacePoints the
	// additional ones.
	KeyPoints, Distinct, FacePoints int
	// Rows = key points times half-spaces, before merging.
	Rows int
	// Rounds of row generation, rows generated, active at the end, pivots.
	Rounds, Generated, ActiveRows, Pivots int
	// Proofs counts the exact checks of stored networks, Learned the key points that were added
	// for the violations that they found.
	Proofs, Learned int
}

// closedGap is the relative gap up to which a change counts as the smallest: what
// the margins cost that storing it asks for.
const closedGap = 1e-6

// Smallest reports whether the objective is the smallest, up to a gap of one millionth.
func (r *Result) Smallest() bool {
	return r.Network != nil && r.Objective-r.LowerBound <= closedGap*r.Objective
}

// Seconds by phase.
type Seconds struct {
	Load    float64 `json:"load"`
	Regions float64 `json:"regions"`
	Pricing float64 `json:"pricing"`
	Master  float64 `json:"master"`
	Check   float64 `json:"check"`
	Proof   float64 `json:"proof"`
	Total   float64 `json:"total"`
}

// CheckResult is what evaluating the network as stored on every key point, with
// the key point's activation pattern, showed.
type CheckResult struct {
	// MarginReached is the minimum of b - a . y over all key points and
	// half-spaces; RoundingBound is how much less it can be in exact
	// arithmetic at these key points.
	MarginReached, RoundingBound float64
	// RoundingFrom is the first layer that RoundingBound covers, given the values that float64
	// computes before it; 0 means the whole network, from the input. In large convolutional
	// networks the last three layers are covered, or, if the repaired layer is one of these,
	// that layer and those after it.
	RoundingFrom int
	// Scale is the largest output in size at the key points, at least 1.
	Scale float64
	// Worst names where the minimum is attained: the item of the specification
	// and the point.
	Worst Place
	// Cells, KeyPoints and Rows that were checked, before merging.
	Cells, KeyPoints, Rows int
	// Violations counts rows that miss the margin by more than the rounding
	// bound.
	Violations int
	// Execution is what was shown about the network as executed, if asked for.
	Execution *ExecutionResult
}

const (
	// spareRounding: a shortfall of this many rounding bounds still counts as
	// rounding.
	spareRounding = 1.5
	// coarsest is the largest shortfall and the largest rounding bound of which
	// "up to rounding" still says something.
	coarsest = 1e-6
)

// Meets reports whether the margin is reached with more than the rounding bound
// to spare. A figure that is not finite proves nothing.
func (c *CheckResult) Meets(margin float64) bool {
	return c.Violations == 0 && c.MarginReached-c.RoundingBound >= margin && !math.IsInf(c.MarginReached, 0)
}

// MeetsUpToRounding reports whether the margin is missed by a few roundings at most, as
// happens if the requirement leaves no room.
func (c *CheckResult) MeetsUpToRounding(margin float64) bool {
	allowed := min(coarsest, max(spareRounding*c.RoundingBound, spareRounding*thinTolerance*max(1, c.Scale)))
	return c.Violations == 0 && !math.IsInf(c.MarginReached, 0) && c.RoundingBound <= coarsest && margin-c.MarginReached <= allowed
}

// Place is a point of the specification.
type Place struct {
	Item  string    `json:"item"`
	Point []float64 `json:"point,omitempty"`

	index int // of the item
}

// FarkasRow is one row of a proof that no repair exists: the requirement's
// half-space at a key point, weighted by Multiplier > 0. The row of a dense layer
// is G^T D H <= RHS, H ending in 1 for the bias. That of a convolution, a sum over
// positions, has the coefficients Blocks, those of one output channel after the
// other, for the output channels in Channels, and 0 for the others.
type FarkasRow struct {
	Multiplier float64
	Place      Place
	G, H       []float64
	Channels   []int32
	Blocks     []float64
	RHS        float64
}

func (r *FarkasRow) coefficients() *row.Row {
	return &row.Row{G: r.G, H: r.H, Channels: r.Channels, Blocks: r.Blocks}
}
