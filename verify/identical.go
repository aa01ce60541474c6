package verify

import (
	"slices"

	"github.com/netmend/netmend/nn"
)

// mattering are those of the units that vanish throughout a cell whose piece matters:
// not those of maxima whose candidates are identical there (see [nn.Identities]).
func (c *specChecker) mattering(item int, pattern nn.Pattern, zero []int32) []int32 {
	if len(zero) == 0 {
		return nil
	}
	if c.identities == nil {
		if c.identities = nn.NewIdentities(c.net); c.identities == nil {
			return zero
		}
	}
	pieces := slices.Clone(pattern)
	for _, u := range zero {
		pieces[u] = nn.UnknownPiece
	}
	it := &c.spec.Items[item]
	var points [][]float64
	if it.Segment != nil {
		points = [][]float64{it.Segment.From, it.Segment.To}
	} else {
		points = it.Polygon.Vertices
	}
	hull, err := nn.MatrixOf(points)
	if err != nil {
		return zero
	}
	c.identities.Find(hull, pieces)
	var left []int32
	for _, u := range zero {
		if node, unit := c.net.UnitAt(int(u)); !c.identities.Idle(node, unit, pattern[u]) {
			left = append(left, u)
		}
	}
	return left
}
