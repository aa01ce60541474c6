package certify

import (
	"context"
	"errors"
	"math/big"
	"runtime"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/proof/volume"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// Guide is what an enumeration found, which tells where to look. No proof rests on it.
type Guide struct {
	// Tree is the split tree, and Points and Terms have for each of its cells a point
	// of its interior, by the inputs that vary, and the term of the target; -1 where it is
	// taken to be in none: such a cell stands for nothing that is found.
	Tree   polytope.Tree
	Points [][]float64
	Terms  []int
}

// CoverOptions of [Cover]. The zero value is ready to use.
type CoverOptions struct {
	// Faces asks for all points; without it, sets without an interior do not count.
	Faces bool
	// Guide may be nil. With Faces it is not looked at.
	Guide *Guide
	// Outputs asks for bounds of the outputs on all leaves.
	Outputs bool
	// Rounded, where not 0, asks for [CoverLeaf.Rounded]: above 0 rounded outward, below
	// inward.
	Rounded int
	// MaxCells ends the search with ErrMaxCells; 0 means no limit.
	MaxCells int
	// Volumes asks, without Faces, for [CoverLeaf.Volumes]; those in a term that are known up
	// to its number in Negligible, where that is not nil, are not computed more exactly.
	Volumes    bool
	Negligible []float64
	// Workers is the number of goroutines; 0 means one per processor. The result does
	// not depend on it.
	Workers int
}

// Covering proves where the inputs of a set are that give outputs in the target: each of
// them (but for a set without interior, unless Faces was asked for) lies in the cell of a
// leaf.
type Covering struct {
	Leaves []CoverLeaf
	// Thin counts the parts that were left out because they have no interior, or no
	// point at all, of which outward rounding does not tell.
	Thin int
	// Partial reports whether not all of the domain is in leaves that lie within a term.
	Partial bool
	// Domain encloses the volume of the domain, where volumes were asked for: a share of the
	// problem's box.
	Domain volume.Interval
	// Ties counts the leaves throughout which some term's strict half-space holds with
	// equality, and that would lie in the term otherwise, and lie in none; Tied are the volumes
	// of what of them lies in no term, where volumes were asked for.
	Ties int
	Tied []volume.Interval
}

// CoverLeaf is a part of the domain that meets the target.
type CoverLeaf struct {
	// Pattern is that of the leaf; [tree.Several] stands for a unit that may execute
	// several pieces, where Within tells that all of the leaf is in the target.
	Pattern nn.Pattern
	// Within is the term of the target that the whole leaf lies in, or -1.
	Within int
	// Full reports whether all of the leaf lies in the target, but for a set without an interior;
	// it is not looked for once some leaf is not.
	Full bool
	// Cells are those of the guide that are proven to have interior points in the leaf.
	Cells []int32
	// Parts are those that no cell of the guide stands for.
	Parts []CoverPart
	// Outputs contains the outputs of all of the leaf's inputs, where they were asked for.
	Outputs set.Box
	// Rounded are all parts of the leaf that lie in the target, with float64 numbers.
	Rounded []RoundedPart
	// Volumes are those of all parts of the leaf that lie in the target, where they were asked
	// for.
	Volumes []PartVolume
	// Rows are the leaf's half-spaces exactly, likewise, and Values the outputs on it, both of
	// networks with few units.
	Rows   []tree.ExactRow
	Values []ExactForm
}

// ExactForm is (Terms[0] + Σ Terms[1+k] x_k) 2^Exponent, in the inputs x that vary.
type ExactForm struct {
	Terms    []*big.Int
	Exponent int
}

// CoverPart is the part of a leaf in a term of the target: an intersection of
// half-spaces with Point in it, both about the inputs that vary.
type CoverPart struct {
	Term  int
	Rows  []tree.ExactRow
	Point []*big.Rat
	// Share encloses the volume, where it was asked for; see [PartVolume].
	Share volume.Interval
}

// RoundedPart is the part of a leaf in a term of the target: the points of the domain in all
// of the half-spaces, but for rounding.
type RoundedPart struct {
	Term  int
	Halfs []set.HalfSpace
}

// PartVolume encloses the volume of the part of a leaf in a term of the target, as a share of
// the volume of the problem's box, in the inputs that vary.
type PartVolume struct {
	Term  int
	Share volume.Interval
}

// ErrGuide: a cell that the guide takes for a part of the target is not.
var ErrGuide = errors.New("a polyhedron that float64 takes for a part of the preimage is not shown to be one")

// coverer proves parts of a covering on one goroutine.
type coverer struct {
	explorer
	opt    *CoverOptions
	ctx    context.Context
	cancel context.CancelCauseFunc // ends the work of all
	at     int32                   // the guide's node
	since  int                     // splits since the inputs were bounded
	exact  bool                    // linear programs in float64 do not tell on the current cell
	pools  [2]pool                 // of the parts of the last split
	result Covering
}

// tightenEvery is the number of splits after which the inputs are bounded again.
const tightenEvery = 3

// Cover finds out where the inputs of a problem are that give outputs in the target. It
// fails with ctx.Err(), where the problem is none that split trees are made for (see
// [tree.New]), and where no proof is found.
func Cover(ctx context.Context, p *tree.Problem, opt CoverOptions) (*Covering, error) {
	workers := opt.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	state, err := tree.New(ctx, p)
	if err != nil {
		return nil, err
	}
	// At units: bounds by substitution cost a tenth of the time here, and close no more cells.
	s := &search{opt: Options{AtUnits: true}, most: opt.MaxCells, free: make(chan struct{}, workers)}
	for range workers - 1 {
		s.free <- struct{}{}
	}
	c := &coverer{explorer: *newExplorer(s, ctx, state), opt: &opt, ctx: ctx, cancel: cancel}
	if opt.Faces || opt.Guide == nil || len(opt.Guide.Tree) == 0 {
		c.at = -1
	}
	c.exact = state.Vars() == 0
	if opt.Volumes && !opt.Faces {
		if c.result.Domain, err = state.Volume(nil, 0); err != nil {
			return nil, err
		}
	}
	if err := c.explore(); err != nil {
		return nil, err
	}
	if c.state.Next(); !c.state.Finished() {
		return nil, errUnfinished
	}
	return &c.result, nil
}

// explore finishes the current cell, with all its parts. Where a worker is free, the
// upper part of a split goes to it.
func (c *coverer) explore() error {
	if err := c.ctx.Err(); err != nil {
		return context.Cause(c.ctx)
	}
	c.steps = c.steps[:0]
	leaves := len(c.result.Leaves)
	err := c.search.count(0)
	var next []int32
	if err == nil {
		next, err = c.cell()
	}
	if err == nil && next == nil {
		c.result.Partial = c.result.Partial || len(c.result.Leaves) == leaves || c.leaf().Within < 0 && !c.leaf().Full
	}
	if err != nil || next == nil {
		if err != nil {
			c.cancel(err)
		}
		return err
	}
	lower, upper := next[0], next[1]
	since, exact, pools := c.since, c.exact, c.pools
	select {
	case <-c.search.free:
	default:
		c.at, c.pool = lower, pools[0]
		if err := c.explore(); err != nil {
			return err
		}
		c.state.Next()
		c.at, c.pool, c.since, c.exact = upper, pools[1], since, exact
		return c.explore()
	}
	other := &coverer{
		explorer: *newExplorer(c.search, c.ctx, c.state.Detach(c.ctx)), opt: c.opt, ctx: c.ctx, cancel: c.cancel,
		at: upper, since: since, exact: exact,
	}
	other.result.Partial, other.pool = c.result.Partial, pools[1]
	done := make(chan error, 1)
	go func() {
		err := other.explore()
		other.state.Next()
		c.search.free <- struct{}{}
		done <- err
	}()
	c.at, c.pool = lower, pools[0]
	err = c.explore()
	c.search.free <- struct{}{} // another may work while this one waits
	upperErr := <-done
	<-c.search.free
	if err == nil {
		err = upperErr
	}
	c.result.Leaves = append(c.result.Leaves, other.result.Leaves...)
	c.result.Thin += other.result.Thin
	c.result.Ties += other.result.Ties
	c.result.Tied = append(c.result.Tied, other.result.Tied...)
	c.result.Partial = c.result.Partial || other.result.Partial
	return err
}

// cell finishes the current cell, or splits it: it then returns the guide's nodes of the
// lower part and of the upper one.
func (c *coverer) cell() (next []int32, err error) {
	if c.state.Done() {
		return nil, nil
	}
	c.program.load(c.state)
	node := c.node()
	if c.since++; !c.exact && (c.since >= tightenEvery || node.Leaf != polytope.Inner) {
		c.since = 0
		if err := c.tighten(); err != nil || c.state.Done() {
			return nil, err
		}
	}
	for node.Leaf == polytope.Inner {
		if next, err := c.follow(node); err != nil || next != nil || c.state.Done() {
			return next, err
		}
		node = c.node()
	}
	switch {
	case node.Leaf == polytope.Within && c.opt.Guide.Terms[node.Below] >= 0:
		if ok, err := c.within(c.opt.Guide.Terms[node.Below]); err != nil {
			return nil, err
		} else if ok {
			c.leaf().Cells = []int32{node.Below}
			return nil, nil
		}
	case node.Leaf == polytope.Region && node.Above > node.Below:
		if next, err := c.decideAll(c.opt.Guide.Points[node.Below]); err != nil || next != nil || c.state.Done() {
			return next, err
		}
		return nil, c.terms(node.Below, node.Above)
	case !c.exact:
		if err := c.close(false); err != nil || c.state.Done() {
			return nil, err
		}
	}
	if next, err := c.divide(); err != nil || next != nil || c.state.Done() {
		return next, err
	}
	if node.Leaf == polytope.Within && c.opt.Guide.Terms[node.Below] >= 0 {
		return nil, c.almostWithin(node.Below)
	}
	return nil, c.terms(0, 0)
}

// node is that of the guide.
func (c *coverer) node() polytope.Node {
	if c.at < 0 {
		return polytope.Node{Unit: -1, Leaf: polytope.Beyond}
	}
	return c.opt.Guide.Tree[c.at]
}

// leaf is the last leaf.
func (c *coverer) leaf() *CoverLeaf { return &c.result.Leaves[len(c.result.Leaves)-1] }

// cut splits the cell; next are the guide's nodes of the parts.
func (c *coverer) cut(unit, level int, lower, upper int32) ([]int32, error) {
	var err error
	if c.form, err = c.state.Side(c.form[:0], unit, 1); err != nil {
		return nil, err
	}
	c.pools[0], c.pools[1] = c.pool.split(c.form, c.state.Level(unit, level))
	return []int32{lower, upper}, c.take(&cert.Step{Kind: cert.Split, Index: unit, Level: level})
}

// follow does what an inner node of the guide says: it splits the cell, or goes on with
// one of the node's children where the cell lies on one side.
func (c *coverer) follow(n polytope.Node) ([]int32, error) {
	unit, level := int(n.Unit), int(n.Break)
	for _, units := range c.nodes {
		if unit < units[1] {
			var err error
			if c.spans, err = c.state.Spans(c.spans[:0], units); err != nil {
				return nil, err
			}
			switch p := c.spans[unit-units[0]]; {
			case p.To <= level:
				c.at = n.Below
				return nil, nil
			case p.From > level:
				c.at = n.Above
				return nil, nil
			}
			return c.cut(unit, level, n.Below, n.Above)
		}
		if next, err := c.decideNode(units, nil); err != nil || next != nil || c.state.Done() {
			return next, err
		}
	}
	return nil, errors.New("the guide splits a unit that is none")
}

// decideAll proves the pieces of all units, or splits the cell where one has several. x is a
// point of the cell, or nil.
func (c *coverer) decideAll(x []float64) ([]int32, error) {
	for _, units := range c.nodes {
		if next, err := c.decideNode(units, x); err != nil || next != nil || c.state.Done() {
			return next, err
		}
	}
	return nil, nil
}

// decideNode is decideAll for the units of one activation node; those before must be
// decided.
func (c *coverer) decideNode(units [2]int, x []float64) (next []int32, err error) {
	if c.state.Settled(units) {
		return nil, nil
	}
	if c.spans, err = c.state.Spans(c.spans[:0], units); err != nil {
		return nil, err
	}
	for i := 0; i < len(c.spans); i++ {
		for k := c.spans[i].From; k < c.spans[i].To; k++ {
			straddles, err := c.decideOne(units[0]+i, k, x)
			if err != nil || c.state.Done() {
				return nil, err
			}
			if straddles {
				return c.cut(units[0]+i, k, c.at, c.at)
			}
		}
	}
	return nil, nil
}

// divide splits the cell at the unit whose relaxation is loosest, of the first activation
// node that has one.
func (c *coverer) divide() (next []int32, err error) {
	for _, units := range c.nodes {
		if c.state.Settled(units) {
			continue
		}
		for {
			if c.spans, err = c.state.Spans(c.spans[:0], units); err != nil {
				return nil, err
			}
			i, level := c.loosest(units[0])
			if i < 0 {
				break
			}
			straddles, err := c.decideOne(i, level, nil)
			if err != nil || c.state.Done() {
				return nil, err
			}
			if straddles {
				return c.cut(i, level, c.at, c.at)
			}
		}
	}
	return nil, nil
}

// within proves that the whole cell lies in a term of the target.
func (c *coverer) within(term int) (bool, error) {
	q := &c.program
	var lists [][]cert.Weight
	for i := range c.state.Columns(term) {
		var err error
		if c.form, err = c.state.ColumnForm(c.form[:0], tree.Column{Term: term, Index: i, Outside: true}); err != nil {
			return false, err
		}
		if c.pool.below(c.form, 0) {
			return false, nil
		}
		if least, status := q.least(c.form); status != lp.Optimal || least <= 0 {
			return false, nil
		}
		lists = append(lists, q.weights(0, len(q.y), double))
	}
	pattern, _, err := c.state.Pattern(nil)
	if err != nil {
		return false, err
	}
	leaf := CoverLeaf{Pattern: pattern, Within: term}
	if err := c.round(&leaf, nil, term); err != nil {
		return false, err
	}
	ok, err := c.state.Within(term, lists)
	if ok {
		err = c.measure(&leaf, nil, term)
		c.result.Leaves = append(c.result.Leaves, leaf)
	}
	return ok, err
}

// almostWithin proves that all of the cell, the pieces of which are known, lies in the
// term of a cell of the guide, but for a set without an interior.
func (c *coverer) almostWithin(cell int32) error {
	term := c.opt.Guide.Terms[cell]
	if ok, err := c.within(term); ok || err != nil {
		if ok {
			c.leaf().Cells = []int32{cell}
		}
		return err
	}
	division, err := c.state.Divide(!c.opt.Faces)
	if err != nil {
		return err
	}
	for i := range c.state.Columns(term) {
		if err := division.Split(term, i); err != nil {
			return err
		}
	}
	leaf := CoverLeaf{Within: term, Cells: []int32{cell}}
	if err := errors.Join(c.round(&leaf, division.Columns(), term), c.measure(&leaf, nil, term)); err != nil {
		return err
	}
	err = division.Claim(term)
	for err == nil {
		// What lies outside of a half-space is put off.
		more, e := division.Next()
		if err = e; err != nil || !more {
			break
		}
		err = c.refute(division)
	}
	if err != nil {
		return err
	}
	leaf.Pattern, _, err = division.Report()
	c.result.Leaves = append(c.result.Leaves, leaf)
	return err
}

// refute proves that the current part has no point (or interior).
func (c *coverer) refute(d *tree.Division) error {
	rows, _, err := d.Rows(-1)
	if err != nil {
		return err
	}
	x, y, err := c.decide(rows)
	switch {
	case err != nil:
		return err
	case x != nil:
		return ErrGuide
	}
	ok, err := d.Refute(-1, y)
	if err == nil && !ok {
		err = errMultipliers
	}
	return err
}

// measure adds the volume of the part of the current cell that lies in the columns to a leaf,
// where that is asked for.
func (c *coverer) measure(leaf *CoverLeaf, columns []tree.Column, term int) error {
	if !c.opt.Volumes || c.opt.Faces {
		return nil
	}
	negligible := 0.0
	if c.opt.Negligible != nil {
		negligible = c.opt.Negligible[term]
	}
	share, err := c.state.Volume(columns, negligible)
	leaf.Volumes = append(leaf.Volumes, PartVolume{term, share})
	return err
}

// round adds the part of the current cell that lies in the columns to a leaf, where that is
// asked for.
func (c *coverer) round(leaf *CoverLeaf, columns []tree.Column, term int) error {
	if c.opt.Rounded == 0 {
		return nil
	}
	outward := c.opt.Rounded > 0
	halfs, err := c.state.RoundedCell(outward)
	if err != nil {
		return err
	}
	for _, column := range columns {
		h, err := c.state.RoundedColumn(column, outward)
		if err != nil {
			return err
		}
		halfs = append(halfs, h)
	}
	if !outward && c.state.Units() <= fewUnits {
		if halfs, err = c.withoutConstants(halfs, columns); err != nil {
			return err
		}
	}
	leaf.Rounded = append(leaf.Rounded, RoundedPart{term, halfs})
	return nil
}

// withoutConstants are half-spaces that are rounded inward, the splits of the current cell
// and the columns, less those that hold for all inputs, since a value is constant: of one
// that is just 0, nothing is left by rounding.
func (c *coverer) withoutConstants(halfs []set.HalfSpace, columns []tree.Column) ([]set.HalfSpace, error) {
	rows, err := c.state.ExactCell()
	if err != nil {
		return halfs, nil // of networks that divide
	}
	rows = rows[len(rows)-(len(halfs)-len(columns)):]
	for _, column := range columns {
		all, err := c.state.ExactColumns(column.Term)
		if err != nil {
			return nil, err
		}
		row := all[column.Index]
		if column.Outside {
			row = row.Opposite()
		}
		rows = append(rows, row)
	}
	var kept []set.HalfSpace
	for i, row := range rows {
		if !row.Always() {
			kept = append(kept, halfs[i])
		}
	}
	return kept, nil
}
