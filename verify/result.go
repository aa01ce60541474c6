package verify

import (
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/proof"
)

// Verdict is the answer.
type Verdict uint8

const (
	// Unknown: neither was shown; see [Result.Reason].
	Unknown Verdict = iota
	// Holds: no input violates the property.
	Holds
	// Violated: the witness does.
	Violated
	// Unproven: float64 found the answer [Result.Found], which nothing has proven.
	Unproven
)

// String returns "unknown", "holds", "violated" or "found in float64, not proven".
func (v Verdict) String() string {
	return [...]string{"unknown", "holds", "violated", "found in float64, not proven"}[v]
}

// Ground is what decided an answer.
type Ground uint8

const (
	// Undecided: nothing did.
	Undecided Ground = iota
	// Proof: package proof accepted it.
	Proof
	// Outward: bounds that are rounded outward, for questions that package proof does not
	// decide.
	Outward
	// Engine: an engine that computes in float64, with tolerances.
	Engine
)

// String returns the arithmetic: "", "exact", "outward" or "float64".
func (g Ground) String() string {
	return [...]string{"", "exact", "outward", "float64"}[g]
}

// Result is an answer and the reason for it.
type Result struct {
	Verdict Verdict
	// By is what decided the verdict: Proof or Outward with Holds, Proof with Violated.
	By Ground
	// Found is what float64 found, Holds or Violated, with Unproven.
	Found Verdict
	// Reason says why the verdict is Unknown or Unproven, or what Holds is limited to; "" if
	// there is nothing to say.
	Reason string
	// Witness is a violation, with Violated, proven or not.
	Witness *Witness
	// Proof has the split trees that prove that a property holds, if there are any: states of
	// package proof took their steps. With [Options.Certificate] package proof accepted them as
	// they are written, too.
	Proof *cert.PropertyHolds
	// Closer reports whether the answer rests on polyhedra that approximate the question about
	// the file's outputs more closely than the property stated before the end does.
	Closer bool
	// Unbounded reports whether the proof is about an input set that is unbounded: package proof
	// has accepted it, but a certificate cannot name it, and Proof is nil.
	Unbounded bool
	// Complete reports whether every case was searched to its end.
	Complete bool
	// TimedOut reports whether the verdict is Unknown because the time allowed is over. Decided
	// is in how many cases the search came to its end and found no violation; that is proven
	// only if the verdict is [Holds].
	TimedOut bool
	Decided  int
	// Cases is the number of input sets, and Searched how many of them needed the
	// enumeration of linear regions in float64.
	Cases, Searched int
	// Cells is the number of cells looked at: of split trees, of pieces in the exact check of a
	// specification, and, in float64, of cells that meet the violation or may meet it.
	Cells int
	// Borderline is how many cells of the enumeration in float64 have no point that certainly
	// violates the property.
	Borderline int
}

// Witness is an input on which the network violates the property.
type Witness struct {
	// Input and Output are the witness and what the network computes there, rounded to
	// float64.
	Input, Output []float64
	// ExactInput is the witness itself, if it is not Input.
	ExactInput []*big.Rat
	// Weights are the exact weights of a specification's witness in the corners of its segment,
	// or of its triangle of a polygon's fan.
	Weights []*big.Rat
	// Case is the index of the case, or of the specification's item, and Term that of the
	// conjunction of output half-spaces that is satisfied.
	Case, Term int
	// Margin is the smallest slack of the violation's half-spaces, offset -
	// normal . output, with normals as the property has them: how far inside the
	// violation the output lies.
	Margin float64
	// RoundingBound is how much smaller Margin may be in exact arithmetic: less
	// than Margin, and 0 where Exact.
	RoundingBound float64
	// Exact reports whether package proof accepted the witness.
	Exact bool
	// Proof is the witness of a property as package proof accepted it.
	Proof *cert.PropertyViolated
	// Place is where package proof found a specification violated most: a vertex of a linear
	// region, exactly. If the vertex itself does not execute the region's pieces, the points of
	// the region close to it violate the specification, and the witness is one of them.
	Place *proof.Place

	doubt string // why package proof did not accept it
}
