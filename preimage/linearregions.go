package preimage

import (
	"context"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// RegionsProof closes an enumeration of all linear regions of a domain. The zero value is
// ready to note cells.
type RegionsProof struct {
	found
	patterns []nn.Pattern
}

// Note remembers a cell of the enumeration, in order.
func (r *RegionsProof) Note(c *polytope.Cell) {
	r.note(cellOfPolytopes(c), nil, 0)
	r.patterns = append(r.patterns, slices.Clone(c.Pattern))
}

// ProvenRegion is a linear region of a proof: the cell of the enumeration that it is, or
// -1 where the enumeration had missed it, with its corners, rounded.
type ProvenRegion struct {
	Cell    int
	Pattern nn.Pattern
	Corners [][]float64
}

// Close proves which linear regions with an interior there are. tree is that of the
// enumeration, empty if there was none.
func (r *RegionsProof) Close(ctx context.Context, net *nn.Network, domain set.Polyhedron, tree polytope.Tree, workers int) ([]ProvenRegion, error) {
	net = net.LowerSelections()
	d, err := boundedDomain(ctx, domain)
	if err != nil {
		return nil, err
	}
	if isEmptyIn(solve.Within(ctx), domain, nil) {
		return nil, nil
	}
	e := &enumeration{net: net, domain: domain, target: set.Union{set.Whole(net.OutDim())}, members: []int{0}}
	e.result.free, e.result.constants = freeOf(d)
	p, err := e.problem(e.members)
	if err != nil {
		return nil, err
	}
	r.guide.Tree = tree
	point := len(freeDims(d)) == 0
	covering, err := certify.Cover(ctx, p, certify.CoverOptions{Faces: point, Guide: &r.guide, Workers: workers})
	if err != nil {
		return nil, err
	}
	var regions []ProvenRegion
	for i := range covering.Leaves {
		leaf := &covering.Leaves[i]
		cell := slices.IndexFunc(leaf.Cells, func(c int32) bool { return slices.Equal(r.patterns[c], leaf.Pattern) })
		if cell >= 0 {
			regions = append(regions, ProvenRegion{Cell: int(leaf.Cells[cell]), Pattern: leaf.Pattern})
			continue
		}
		region := ProvenRegion{Cell: -1, Pattern: leaf.Pattern}
		if point {
			region.Corners = [][]float64{e.result.constants}
		} else if len(leaf.Parts) > 0 {
			if corners, err := cornersOf(p, leaf.Parts[0].Rows); err == nil {
				region.Corners = corners
			}
		}
		regions = append(regions, region)
	}
	return regions, nil
}
