package preimage

// Side says how a computed set relates to the true one.
type Side uint8

const (
	// Exact: the set itself, up to the rounding of its numbers.
	Exact Side = iota
	// Under: a subset. What is in it is in the true set; nothing is known about the rest.
	Under
	// Over: a superset. What is outside it is outside the true set.
	Over
)

// String returns "exact", "under" or "over".
func (s Side) String() string {
	switch s {
	case Under:
		return "under"
	case Over:
		return "over"
	}
	return "exact"
}
