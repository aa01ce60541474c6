package region

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/set"
)

// MaxProven is the number of linear regions of a domain up to which [Proven] proves that
// there are no others: they are kept in memory.
const MaxProven = 1 << 18

// errDiffer says that float64 does not see all linear regions, or sees too many.
var errDiffer = errors.New("float64 does not see the linear regions as they are")

// errTooMany is [MaxProven].
var errTooMany = fmt.Errorf("more than %d linear regions on a set are not proven to be all", MaxProven)

// Proven calls visit for every linear region on each of the segments, then on each of the
// polygons, as [OnSegments] and [OnPolygons] do, and has package proof decide in exact
// arithmetic which there are: a linear region is where one pattern of the activation channel
// executes, with an interior in the domain. A polygon is the fan of triangles from its first
// vertex.
//
// If the enumeration in float64 has missed a region, has a cell that is not one, or fails
// because the network jumps or overflows, the domain's cells are those of exact arithmetic
// instead. Then only the numbers of their vertices are rounded, their vertices have no IDs,
// and the order on polygons is that of the patterns. missing says why nothing is proven for
// some domain, for which the enumeration's cells are handed out: it is proof.ErrUnknown for
// networks that the exact check cannot handle.
//
// Options.Tree is not looked at. It fails as OnSegments does.
func Proven(ctx context.Context, net *nn.Network, segments []set.Segment, polygons []*set.Polygon, opt Options, visit func(*Cell) error) (res *Result, missing, err error) {
	p := &prover{ctx: ctx, net: net.LowerSelections(), segments: segments, polygons: polygons, opt: opt, visit: visit}
	p.result.Cells = make([]int, len(segments)+len(polygons))
	if err := p.over(0, len(segments), func(visit func(*Cell) error) error {
		_, err := OnSegments(ctx, net, segments, p.options(), visit)
		return err
	}); err != nil {
		return &p.result, p.missing, err
	}
	err = p.over(len(segments), len(segments)+len(polygons), func(visit func(*Cell) error) error {
		_, err := OnPolygons(ctx, net, polygons, p.options(), visit)
		return err
	})
	return &p.result, p.missing, err
}

// prover hands out cells domain by domain, once they are proven.
type prover struct {
	ctx      context.Context
	net      *nn.Network
	segments []set.Segment
	polygons []*set.Polygon
	opt      Options
	visit    func(*Cell) error

	at      int // the domain whose cells come
	kept    []*Cell
	handing bool // too many to keep: cells are handed out as they come
	index   int  // of the next cell
	first   int  // of the first cell of the domains at hand
	result  Result
	missing error
}

// visitError is an error of visit, which no proof can do anything about.
type visitError struct{ error }

func (p *prover) options() Options {
	return Options{Workers: p.opt.Workers, MaxCells: p.opt.MaxCells, Progress: p.opt.Progress}
}

// over does the domains from inclusive to exclusive, which enumerate goes through.
func (p *prover) over(from, to int, enumerate func(func(*Cell) error) error) error {
	if from == to {
		return nil
	}
	p.at, p.first = from, p.index
	err := enumerate(func(c *Cell) error {
		for c.Domain += from; p.at < c.Domain; p.at++ {
			if err := p.close(nil); err != nil {
				return &visitError{err}
			}
		}
		if err := p.take(c); err != nil {
			return &visitError{err}
		}
		return nil
	})
	var own *visitError
	switch {
	case errors.As(err, &own):
		return own.error
	case p.ctx.Err() != nil:
		return p.ctx.Err()
	case errors.Is(err, ErrMaxCells):
		return errors.Join(p.handKept(), err)
	}
	for ; p.at < to; p.at++ {
		if err := p.close(err); err != nil {
			return err
		}
	}
	return nil
}

// take keeps a cell of the enumeration, or hands it out where there are too many to prove.
func (p *prover) take(c *Cell) error {
	if !p.handing && len(p.kept) < MaxProven {
		p.kept = append(p.kept, c.Clone())
		return nil
	}
	if !p.handing {
		p.handing, p.missing = true, errTooMany
		if err := p.handKept(); err != nil {
			return err
		}
	}
	return p.hand(c)
}

// handKept hands out what the enumeration has found of the current domain.
func (p *prover) handKept() error {
	for _, c := range p.kept {
		if err := p.hand(c); err != nil {
			return err
		}
	}
	p.kept = nil
	return nil
}

// hand numbers a cell and hands it out.
func (p *prover) hand(c *Cell) error {
	if p.opt.MaxCells > 0 && p.index-p.first >= p.opt.MaxCells {
		return fmt.Errorf("%w: %d", ErrMaxCells, p.opt.MaxCells)
	}
	c.Index = p.index
	p.index++
	p.result.Cells[c.Domain]++
	return p.visit(c)
}

// close proves what the linear regions of the current domain are, and hands them out.
// failed is why the enumeration ended in it or before, if it did.
func (p *prover) close(failed error) error {
	if p.handing {
		p.handing = false
		return nil
	}
	differ := failed
	if differ == nil {
		differ = p.confirm()
	}
	if differ == nil {
		return p.handKept()
	}
	cells := p.kept
	if errors.Is(differ, errDiffer) || failed != nil {
		var err error
		switch cells, err = p.exactly(); {
		case err == nil:
			differ = nil
		case failed != nil && errors.Is(err, proof.ErrUnknown):
			return failed
		case failed != nil || !errors.Is(err, errTooMany):
			return err
		default:
			differ, cells = err, p.kept
		}
	}
	if differ != nil {
		if !errors.Is(differ, proof.ErrUnknown) && !errors.Is(differ, errTooMany) {
			return differ
		}
		p.missing = differ
	}
	p.kept = cells
	return p.handKept()
}

// simplices are the corners of the segment, or of the triangles, that the current domain consists of.
func (p *prover) simplices() [][][]float64 {
	if p.at < len(p.segments) {
		s := p.segments[p.at]
		return [][][]float64{{s.From, s.To}}
	}
	var fan [][][]float64
	v := p.polygons[p.at-len(p.segments)].Vertices
	for k := 1; k+1 < len(v); k++ {
		fan = append(fan, [][]float64{v[0], v[k], v[k+1]})
	}
	return fan
}

// confirm compares the patterns of the cells that were found with those of exact arithmetic.
func (p *prover) confirm() error {
	const unseen, seen = 1, 2
	state := make(map[string]int, len(p.kept))
	for _, c := range p.kept {
		if state[string(c.Pattern)]++; state[string(c.Pattern)] > unseen {
			return errDiffer
		}
	}
	for _, corners := range p.simplices() {
		err := proof.Regions(p.ctx, p.net, corners, p.opt.Workers, func(r *proof.Region) error {
			if state[string(r.Pattern)] == 0 {
				return errDiffer
			}
			state[string(r.Pattern)] = seen
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, s := range state {
		if s != seen {
			return errDiffer
		}
	}
	return nil
}

// exactly are the linear regions of the current domain by exact arithmetic alone.
func (p *prover) exactly() ([]*Cell, error) {
	var cells []*Cell
	byPattern := make(map[string]*exactCell)
	segment := p.at < len(p.segments)
	for k, corners := range p.simplices() {
		err := proof.Regions(p.ctx, p.net, corners, p.opt.Workers, func(r *proof.Region) error {
			key := string(r.Pattern)
			c := byPattern[key]
			if c == nil {
				if len(byPattern) == MaxProven {
					return errTooMany
				}
				c = &exactCell{pattern: slices.Clone(r.Pattern), tied: r.Tied()}
				byPattern[key] = c
			}
			c.add(k, corners, r.Corners())
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	d := p.domain()
	for _, c := range byPattern {
		cell := &Cell{Domain: p.at, Pattern: c.pattern, Zero: c.tied, net: p.net, axes: d.axes}
		if segment {
			cell.Vertices = c.onSegment()
		} else {
			cell.Vertices = c.onPolygon(d.params)
		}
		cells = append(cells, cell)
	}
	slices.SortFunc(cells, func(a, b *Cell) int {
		if segment {
			return byPattern[string(a.Pattern)].middle().Cmp(byPattern[string(b.Pattern)].middle())
		}
		return strings.Compare(string(a.Pattern), string(b.Pattern))
	})
	return cells, nil
}

// domain is the current domain.
func (p *prover) domain() *domain {
	if p.at < len(p.segments) {
		return segmentDomain(p.at, p.segments[p.at])
	}
	return polygonDomain(p.at, p.polygons[p.at-len(p.segments)])
}

// exactCell is a linear region by its vertices, those of its parts in each triangle.
type exactCell struct {
	pattern nn.Pattern
	tied    []int32
	parts   []exactPart
}

// exactPart is the part of a linear region in simplex k of its domain: exact weights of the
// simplex's corners.
type exactPart struct {
	k       int
	corners [][]float64
	weights [][]*big.Rat
}

func (c *exactCell) add(k int, corners [][]float64, weights [][]*big.Rat) {
	c.parts = append(c.parts, exactPart{k, corners, weights})
}

// middle is the sum of the parameters of both ends, on a segment.
func (c *exactCell) middle() *big.Rat {
	w := c.parts[0].weights
	return new(big.Rat).Add(w[0][1], w[1][1])
}

// onSegment are the ends, in order.
func (c *exactCell) onSegment() []Vertex {
	w := c.parts[0].weights
	a, b := w[0][1], w[1][1]
	if a.Cmp(b) > 0 {
		a, b = b, a
	}
	from, _ := a.Float64()
	to, _ := b.Float64()
	return []Vertex{{Param: [2]float64{from}}, {Param: [2]float64{to}}}
}

// onPolygon are the vertices, counterclockwise; params are the plane coordinates of the
// polygon's.
func (c *exactCell) onPolygon(params [][2]float64) []Vertex {
	var corners []corner
	i, j := c.parts[0].projection()
	for _, part := range c.parts {
		plane := [][2]float64{params[0], params[part.k+1], params[part.k+2]}
		for _, w := range part.weights {
			var v corner
			v.x, v.y = new(big.Rat), new(big.Rat)
			var uv [2]*big.Rat
			for s := range uv {
				uv[s] = new(big.Rat)
				for k := range w {
					addProduct(uv[s], w[k], plane[k][s])
				}
				v.param[s], _ = uv[s].Float64()
			}
			for k := range w {
				addProduct(v.x, w[k], part.corners[k][i])
				addProduct(v.y, w[k], part.corners[k][j])
			}
			corners = append(corners, v)
		}
	}
	if len(c.parts) > 1 {
		corners = hull(corners)
	}
	area := 0.0
	vertices := make([]Vertex, len(corners))
	for k, v := range corners {
		next := corners[(k+1)%len(corners)].param
		area += float64(v.param[0]*next[1]) - float64(v.param[1]*next[0])
		vertices[k].Param = v.param
	}
	if area < 0 {
		slices.Reverse(vertices)
	}
	return vertices
}

// addProduct is sum += w v.
func addProduct(sum, w *big.Rat, v float64) {
	var p big.Rat
	sum.Add(sum, p.Mul(p.SetFloat64(v), w))
}

// projection are two coordinates that tell the points of the triangle apart: those in which
// its area is largest.
func (p *exactPart) projection() (i, j int) {
	a, b, c := p.corners[0], p.corners[1], p.corners[2]
	best := new(big.Rat)
	i, j = 0, min(1, len(a)-1)
	side := func(to []float64, k int) *big.Rat {
		d := new(big.Rat).SetFloat64(to[k])
		return d.Sub(d, new(big.Rat).SetFloat64(a[k]))
	}
	for k := range a {
		for l := range k {
			area := new(big.Rat).Mul(side(b, k), side(c, l))
			area.Sub(area, new(big.Rat).Mul(side(b, l), side(c, k)))
			if area.Abs(area).Cmp(best) > 0 {
				best, i, j = area, l, k
			}
		}
	}
	return i, j
}

// corner of a linear region: exactly in two of the input's coordinates, and in those of the
// plane.
type corner struct {
	x, y  *big.Rat
	param [2]float64
}

// hull are the corners of the convex hull, in order (Andrew's monotone chain).
func hull(points []corner) []corner {
	slices.SortFunc(points, func(a, b corner) int {
		if c := a.x.Cmp(b.x); c != 0 {
			return c
		}
		return a.y.Cmp(b.y)
	})
	points = slices.CompactFunc(points, func(a, b corner) bool { return a.x.Cmp(b.x) == 0 && a.y.Cmp(b.y) == 0 })
	chain := func(points []corner) []corner {
		var c []corner
		for _, p := range points {
			for len(c) >= 2 && turn(c[len(c)-2], c[len(c)-1], p) <= 0 {
				c = c[:len(c)-1]
			}
			c = append(c, p)
		}
		return c[:len(c)-1] // the other chain begins with the last
	}
	lower := chain(points)
	slices.Reverse(points)
	return append(lower, chain(points)...)
}

// turn is above 0 if the way from a over b to c turns left.
func turn(a, b, c corner) int {
	var p, q, r, s big.Rat
	p.Mul(p.Sub(b.x, a.x), q.Sub(c.y, a.y))
	r.Mul(r.Sub(b.y, a.y), s.Sub(c.x, a.x))
	return p.Cmp(&r)
}
