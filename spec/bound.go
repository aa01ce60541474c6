package spec

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/set"
)

// Bound requires Lower <= y[Output] <= Upper; an infinite one is open. Unlike a
// half-space it does not depend on how many outputs the network has, so that
// "bounds" in a file need not say it.
type Bound struct {
	Output       int
	Lower, Upper float64
}

// halfSpaces are the one or two half-spaces y[Output] <= Upper and
// -y[Output] <= -Lower with that many outputs.
func (b Bound) halfSpaces(outputs int) []set.HalfSpace {
	var hs []set.HalfSpace
	side := func(sign, offset float64) {
		if !math.IsInf(offset, 1) {
			normal := make([]float64, outputs)
			normal[b.Output] = sign
			hs = append(hs, set.HalfSpace{Normal: normal, Offset: offset})
		}
	}
	side(1, b.Upper)
	side(-1, -b.Lower)
	return hs
}

// check reports a bound that no network with that many outputs can have, that
// nothing satisfies, or that is open on both sides.
func (b Bound) check(outputs int) error {
	switch {
	case b.Output < 0 || b.Output >= outputs:
		return fmt.Errorf("bound on output %d: the network has outputs 0 to %d", b.Output, outputs-1)
	case !(b.Lower <= b.Upper) || math.IsInf(b.Lower, 1) || math.IsInf(b.Upper, -1):
		return fmt.Errorf("output %d between %v and %v: nothing lies there", b.Output, b.Lower, b.Upper)
	case math.IsInf(b.Lower, -1) && math.IsInf(b.Upper, 1):
		return fmt.Errorf("bound on output %d is open on both sides", b.Output)
	}
	return nil
}
