package preimage

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// Proof says what is proven about a [Result]: that every input of the domain with an output
// in the target lies in the linear region (or the cell of several) that some piece is a part
// of. Sets without an interior do not count unless faces were asked for. Pieces are exactly
// what their pattern and member say; the numbers of their half-spaces are rounded.
type Proof struct {
	// Accepted reports whether package proof/tree accepted it.
	Accepted bool
	// Missing says why there is no proof, if one was asked for.
	Missing error
	// Thin counts the parts that were found to have no interior, and left out; with
	// faces those found to be empty.
	Thin int
	// Added counts the pieces that the enumeration in float64 had missed, and Dropped those of
	// its pieces that turned out not to be pieces.
	Added, Dropped int
}

// Add makes p the proof of two results together.
func (p *Proof) Add(q Proof) {
	p.Accepted = p.Accepted && q.Accepted
	if p.Missing == nil {
		p.Missing = q.Missing
	}
	p.Thin += q.Thin
	p.Added += q.Added
	p.Dropped += q.Dropped
}

// found is what an enumeration found, for the proof: by cell of the guide.
type found struct {
	guide  certify.Guide
	piece  []int32 // the number of the piece, or -1
	volume []float64
	member []int
}

// note remembers a cell and the piece that it gave; number is that of the piece.
func (f *found) note(c *cell, p *Piece, number int) {
	f.guide.Points = append(f.guide.Points, c.inner)
	f.guide.Terms = append(f.guide.Terms, max(c.term, 0))
	if p == nil {
		f.piece, f.volume, f.member = append(f.piece, -1), append(f.volume, 0), append(f.member, -1)
		return
	}
	f.piece, f.volume, f.member = append(f.piece, int32(number)), append(f.volume, p.Volume), append(f.member, p.Member)
}

// unlist takes it back that the last cell stands for the part of its linear region in its
// member: as float64 has it, a strict half-space ties there, so that what it gave is nothing,
// or another member's part.
func (f *found) unlist() { f.guide.Terms[len(f.guide.Terms)-1] = -1 }

// problem asks for the inputs of the domain with outputs in some members of the target.
func (e *enumeration) problem(members []int) (*tree.Problem, error) {
	box := set.WholeBox(e.domain.Dim)
	p := &tree.Problem{Net: e.net}
	for _, h := range e.domain.Rows {
		if j, single := onlyCoordinate(h.Normal); !single || !bound(&box, j, h) {
			p.Cuts = append(p.Cuts, h)
		}
	}
	if !box.Bounded() {
		hull, err := solve.BoundingBox(e.domain)
		if err != nil {
			return nil, err
		}
		for j, lo := range box.Lo {
			const room = 1e-6 // far more than rounding
			width := float64(room * (math.Abs(hull.Lo[j]) + math.Abs(hull.Hi[j]) + 1))
			if math.IsInf(width, 1) { // a half-line
				width = float64(room * (min(math.Abs(hull.Lo[j]), math.Abs(hull.Hi[j])) + 1))
			}
			if math.IsInf(lo, -1) {
				box.Lo[j] = hull.Lo[j] - width
			}
			if math.IsInf(box.Hi[j], 1) {
				box.Hi[j] = hull.Hi[j] + width
			}
		}
	}
	p.Lo, p.Hi = box.Lo, box.Hi
	target := e.target
	if e.claim != nil {
		target = e.claim
	}
	for _, m := range members {
		p.Terms = append(p.Terms, target[m].Rows)
	}
	return p, nil
}

// prove closes the result of the enumeration, which f is about: what was missed is added,
// and what is not a piece taken away. Without a proof the result stays as it is.
func (e *enumeration) prove(ctx context.Context, f *found, opt RegionsOptions) error {
	r := &e.result
	if r.Limit != nil && r.Limit != ErrResolution {
		r.Proof.Missing = r.Limit
		return nil
	}
	p, err := e.problem(e.members)
	if err != nil {
		return err
	}
	options := e.coverOptions(opt)
	options.Guide = &f.guide
	covering, err := certify.Cover(ctx, p, options)
	if err != nil {
		if ctx.Err() != nil && context.Cause(ctx) != ErrTime {
			return err
		}
		r.Proof.Missing = err
		return nil
	}
	r.Proof = Proof{Accepted: true, Thin: covering.Thin}
	r.Ties, e.measures, e.full = covering.Ties, options.Volumes, !covering.Partial

	if e.faces {
		e.reconcileFaces(p, covering)
	} else {
		e.reconcile(p, covering, f)
	}
	if errors.Is(r.Limit, ErrResolution) {
		r.Limit, r.Side = nil, Exact
	}
	e.round(covering, opt)
	if e.measures {
		e.measure(p, covering)
	}
	return nil
}

// direction is [certify.CoverOptions.Rounded] for a side.
func direction(s Side) int {
	switch s {
	case Over:
		return 1
	case Under:
		return -1
	}
	return 0
}

// round replaces the pieces by rounded ones, where that is asked for.
func (e *enumeration) round(covering *certify.Covering, opt RegionsOptions) {
	if opt.Rounded == Exact {
		return
	}
	r := &e.result
	r.Side, r.Pieces, r.Count = opt.Rounded, nil, 0
	for i := range covering.Leaves {
		leaf := &covering.Leaves[i]
		for _, part := range leaf.Rounded {
			r.Count++
			if e.discard {
				continue
			}
			piece := Piece{Set: e.domain.With(part.Halfs...), Pattern: leaf.Pattern, Member: e.members[part.Term]}
			if leaf.Within >= 0 {
				piece.Pattern, piece.Known = nil, leaf.Pattern
			}
			r.Pieces = append(r.Pieces, piece)
		}
	}
}

// reconcile compares pieces with a covering.
func (e *enumeration) reconcile(p *tree.Problem, covering *certify.Covering, f *found) {
	r := &e.result
	confirmed := make([]bool, len(f.piece))
	for i := range covering.Leaves {
		leaf := &covering.Leaves[i]
		for _, cell := range leaf.Cells {
			k := f.piece[cell]
			if k >= 0 && !e.discard && r.Pieces[k].Pattern != nil && leaf.Within < 0 && !slices.Equal(r.Pieces[k].Pattern, leaf.Pattern) {
				// The point of another region than the piece's, whose own is reported for itself,
				// where it has an interior: the piece stands for the region of the point.
				e.shifted = true
				r.Pieces[k].Pattern = leaf.Pattern
			}
			confirmed[cell] = true
			if k >= 0 && !e.discard && r.Pieces[k].Pattern == nil {
				r.Pieces[k].Known = joint(r.Pieces[k].Known, leaf.Pattern)
			}
		}
	}
	drop := make(map[int32]bool)
	for cell, ok := range confirmed {
		if k := f.piece[cell]; k >= 0 && !ok {
			drop[k] = true
			r.Count--
			r.Volume -= f.volume[cell]
			if r.Shares != nil {
				s := &r.Shares[f.member[cell]]
				s.Count--
				s.Volume -= f.volume[cell]
			}
			r.Proof.Dropped++
		}
	}
	if len(drop) > 0 && !e.discard {
		var kept []Piece
		for k := range r.Pieces {
			if !drop[int32(k)] {
				kept = append(kept, r.Pieces[k])
			}
		}
		r.Pieces = kept
	}
	for i := range covering.Leaves {
		leaf := &covering.Leaves[i]
		for _, part := range leaf.Parts {
			e.addPart(p, leaf.Pattern, part)
		}
	}
	if !covering.Partial && r.DomainVolume > 0 {
		r.Volume = r.DomainVolume // all of it, which the sum of parts misses by rounding
	}
}

// joint is what two patterns of parts of a set have in common.
func joint(a, b nn.Pattern) nn.Pattern {
	if a == nil {
		return b
	}
	c := slices.Clone(a)
	for i, k := range b {
		if c[i] != k {
			c[i] = tree.Several
		}
	}
	return c
}

// addPart adds a part that the enumeration had missed.
func (e *enumeration) addPart(p *tree.Problem, pattern nn.Pattern, part certify.CoverPart) {
	r := &e.result
	piece := Piece{Pattern: pattern, Member: e.members[part.Term], Set: e.rounded(p, part.Rows)}
	switch {
	case e.measures:
		piece.Volume = float64(middle(part.Share) * middle(boxVolume(p)))
	case r.DomainVolume > 0 && varying(p) <= maxVolumeDim:
		piece.Volume = volumeOf(p, part.Rows)
	}
	e.add(piece, 0)
	r.Proof.Added++
}

// isFar reports whether a domain is so small or so large against the distance from 0, or
// against 1, that what float64 rounds on the way through the network matters in it.
func isFar(d polytope.Domain) bool {
	const far = 0x1p20
	for _, j := range freeDims(d) {
		size := max(math.Abs(d.Lo[j]), math.Abs(d.Hi[j]))
		if size > far || d.Hi[j]-d.Lo[j] < max(size, 1)/far {
			return true
		}
	}
	return false
}

// fewUnits is the number of units up to which exact arithmetic alone is fast.
const fewUnits = 100

// reconcileFaces compares the pieces of an enumeration with faces with a covering: by
// pattern and member.
func (e *enumeration) reconcileFaces(p *tree.Problem, covering *certify.Covering) {
	r := &e.result
	type key struct {
		pattern string
		member  int
	}
	listed := make(map[key][]int)
	for k, piece := range r.Pieces {
		at := key{string(piece.Pattern), piece.Member}
		listed[at] = append(listed[at], k)
	}
	keep := make([]bool, len(r.Pieces))
	var missing []func()
	for i := range covering.Leaves {
		leaf := &covering.Leaves[i]
		for _, part := range leaf.Parts {
			ks := listed[key{string(leaf.Pattern), e.members[part.Term]}]
			if len(ks) == 0 {
				missing = append(missing, func() { e.addPart(p, leaf.Pattern, part) })
			}
			for _, k := range ks {
				keep[k] = true
			}
		}
	}
	var kept []Piece
	for k, piece := range r.Pieces {
		if keep[k] {
			kept = append(kept, piece)
			continue
		}
		r.Proof.Dropped++
		r.Count--
		if r.Shares != nil {
			r.Shares[piece.Member].Count--
		}
	}
	r.Pieces = kept
	for _, add := range missing {
		add()
	}
}
