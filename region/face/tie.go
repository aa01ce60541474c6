package face

// Tie is a unit whose input lies on a breakpoint, or may.
type Tie struct {
	// Unit is its index in a pattern, from the first unit of the [Rule] on.
	Unit int32
	// Piece is the upper of the two pieces that meet at the breakpoint, which is number
	// Piece - 1.
	Piece uint8
}

// compare orders ties.
func (t Tie) compare(other Tie) int {
	if t.Unit != other.Unit {
		return int(t.Unit - other.Unit)
	}
	return int(t.Piece) - int(other.Piece)
}

// Common appends the ties that both lists have, each in order, as [Rule.Near] makes them:
// those of the face between the two places.
func Common(dst, a, b []Tie) []Tie {
	for len(a) > 0 && len(b) > 0 {
		switch c := a[0].compare(b[0]); {
		case c < 0:
			a = a[1:]
		case c > 0:
			b = b[1:]
		default:
			dst = append(dst, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return dst
}

// IsUpper reports whether a pattern, from the rule's first unit on, has the upper piece of all
// ties.
func IsUpper[P ~string | ~[]uint8](pattern P, ties []Tie) bool {
	for _, t := range ties {
		if pattern[t.Unit] != t.Piece {
			return false
		}
	}
	return true
}
