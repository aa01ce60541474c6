package verify

// Verdict is the answer.
type Verdict uint8

const (
	// Unknown: neither was shown; see [Result.Reason].
	Unknown Verdict = iota
	// Holds: no input violates the property.
	Holds
	// Violated: the witness does.
	Violated
)

// String returns "unknown", "holds" or "violated".
func (v Verdict) String() string {
	switch v {
	case Holds:
		return "holds"
	case Violated:
		return "violated"
	}
	return "unknown"
}

// Result is an answer with its ground.
type Result struct {
	Verdict Verdict
	// Reason says why the verdict is Unknown, or what Holds is limited to; "" for
	// none.
	Reason string
	// UpToRounding tells, with Holds, that somewhere the property is missed by no
	// more than the rounding bound of an evaluation. Only [Spec] answers so.
	UpToRounding bool
	// Witness is a violation, with Violated.
	Witness *Witness
	// Complete tells that every case was searched to its end.
	Complete bool
	// Cases is the number of input sets, and Searched how many of them needed the
	// enumeration of linear regions.
	Cases, Searched int
	// Cells is the number of cells found to meet the violation, or not to be told
	// from it; of [Spec] that of all linear regions on segments and polygons.
	Cells int
	// Borderline is how many of these have no point that certainly violates.
	Borderline int
}

// Witness is an input on which the network violates the property.
type Witness struct {
	// Input lies in the input set exactly, and Output is what the network
	// computes there, rounded to float64.
	Input, Output []float64
	// Case is the index of the case, or of the specification's item, and Term
	// that of the conjunction of output half-spaces that is fulfilled.
	Case, Term int
	// Margin is the smallest slack of the violation's half-spaces, offset -
	// normal . output, with normals as the property has them: how far inside the
	// violation the output lies.
	Margin float64
	// RoundingBound is how much smaller Margin may be in exact arithmetic: less
	// than Margin, and 0 where Exact.
	RoundingBound float64
	// Exact tells that the evaluation was repeated without rounding.
	Exact bool
}
