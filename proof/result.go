package proof

import (
	"context"
	"errors"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Status is the answer of an exact check.
type Status string

const (
	// StatusHolds: the requirement holds at every point of its sets.
	StatusHolds Status = "holds"
	// StatusViolated: it does not, and Violations says where.
	StatusViolated Status = "violated"
	// StatusUnknown: neither was decided; Reason says why.
	StatusUnknown Status = "unknown"
)

// Options of a check. The zero value is one goroutine per processor, the
// specification's margin and the default limits.
type Options struct {
	// Margin replaces the specification's if not nil.
	Margin *float64
	// Workers is the number of goroutines; 0 means one per processor. The result
	// does not depend on it.
	Workers int
	// MaxViolations is how many violations are reported with their places; all
	// are counted. 0 means DefaultViolations.
	MaxViolations int
	// Choice is a network with the pieces of the one that is checked, as the original of a
	// repair, or nil. Of several allowed classes, the one that it prefers (among equal ones,
	// the first listed) must then beat those that are not allowed, instead of any of them: that
	// is what rows of a certificate mean. A result may then be violated although the
	// requirement holds.
	Choice *nn.Network
	// Kept is what is kept from the work of earlier checks, and is added to; it may be nil.
	Kept *Kept
	// Progress is told how many pieces were checked, from one goroutine at a
	// time; may be nil.
	Progress func(pieces int)
	// Execution checks what a certificate claims of executions in floating point, of the
	// repaired network and the specification, bound; an error says why the claim is not shown.
	// Exact arithmetic says nothing about executions: if Execution is nil, a certificate with
	// such a claim ends as ErrUnknown.
	Execution func(ctx context.Context, net *nn.Network, bound *spec.Spec, claim *cert.Execution) error
}

// DefaultViolations is how many violations are reported by default.
const DefaultViolations = 1000

// Place is a vertex of a piece of the network and a half-space of the
// requirement there.
type Place struct {
	// Item of the specification.
	Item int
	// Triangle of a polygon's fan: k for its vertices 0, k+1 and k+2.
	Triangle int
	// Point is the vertex, up to rounding.
	Point []float64
	// Corners of the simplex, and the vertex's exact weights, which sum to 1: the
	// vertex is Σ Weights[k] Corners[k].
	Corners [][]float64
	Weights []*big.Rat
	// Inward are the weights of a point in the relative interior of the piece, so that the
	// points on the way there have its pattern; nil if Executed. For a violation, Piece are the
	// piece's vertices, up to rounding, before it is cut where allowed classes tie.
	Inward []*big.Rat
	Piece  [][]float64
	// Pattern of the piece.
	Pattern nn.Pattern
	// Executed reports whether the vertex itself has that pattern; otherwise points of the
	// piece arbitrarily close to it have.
	Executed bool
	// Strict reports whether equality violates the half-space, at points that execute:
	// classes and strict half-spaces at margin 0.
	Strict bool
	// HalfSpace counts the item's half-spaces, then the disallowed classes in
	// order; Class is the allowed class chosen, -1 where there is no choice.
	HalfSpace, Class int
	// Amount is a . y - b exactly (an upper bound if the network is smooth, see [Check]): with
	// a margin m, the half-space is violated by Amount + m if that is positive, or if it is 0
	// and the place of a strict half-space is Executed.
	Amount *big.Rat
}

// Size counts the work of a check.
type Size struct {
	// Pieces are the cells of all dimensions, Faces those of fewer dimensions
	// than their set, Rows the half-spaces at vertices.
	Pieces, Faces, Rows int
	// Signs is how many signs were decided, and Exact how many of them took exact arithmetic.
	Signs, Exact int
}

// Result of a check.
type Result struct {
	Status Status
	Reason string // for StatusUnknown
	Margin float64
	// Enclosed reports whether values were enclosed, at points (see [Check]): then
	// amounts are upper bounds.
	Enclosed bool
	// Worst is the place of the largest a . y - b, so that the margin reached is
	// exactly -Worst.Amount; nil if nothing was decided.
	Worst *Place
	// Violations in the order of the items, and how many there are in all.
	Violations []Place
	Count      int
	// Ties counts those of Count that are violated only by equality: outputs tie where a class
	// is required, or an output lies on a strict bound.
	Ties int
	Size Size
}

// MarginReached is the smallest b - a . y, exactly; nil if nothing was
// decided.
func (r *Result) MarginReached() *big.Rat {
	if r.Worst == nil {
		return nil
	}
	return new(big.Rat).Neg(r.Worst.Amount)
}

// Violated is the amount by which a place misses the margin: positive for the places in
// Violations, but 0 for those that are violated by equality.
func (r *Result) Violated(p *Place) *big.Rat {
	m := new(big.Rat).SetFloat64(r.Margin)
	return m.Add(m, p.Amount)
}

// ErrUnknown is wrapped by errors that mean that a claim was neither confirmed nor
// refuted: the network has operations that the checker does not know, or the
// work is beyond its limit.
var ErrUnknown = errors.New("not decided")

// Is makes an unsupported operation an ErrUnknown.
func (e *unsupportedError) Is(target error) bool { return target == ErrUnknown }

func (e *unsupportedError) Unwrap() error { return e.error }
