package certify

import (
	"context"
	"errors"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/polytope"
)

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
	workers := parallel.Workers(opt.Workers)
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
