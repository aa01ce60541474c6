package preimage

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// RegionsOptions of [Regions]. The zero value is ready to use.
type RegionsOptions struct {
	// Faces also asks for the parts of the preimage that have no interior, such as the tie of
	// two classes. It takes longer: every linear region that the preimage meets is then a piece
	// of its own. Without it the result is the closure of the preimage's interior; but where
	// some member of the target, or the domain, has no interior itself, Faces is on.
	Faces bool
	// Split makes every linear region a piece of its own, with its pattern.
	Split bool
	// Volume asks for the volumes. With Faces there are none.
	Volume bool
	// Shares asks for [Result.Shares].
	Shares bool
	// Discard has pieces counted and measured, but not kept.
	Discard bool
	// Prove asks for a proof that the result is complete; see [Proof]. Pieces that the
	// enumeration in float64 has missed are added, and those that turn out not to be pieces are
	// left out.
	Prove bool
	// Rounded asks, with Prove, for pieces that are rounded to one side: their union contains
	// the preimage (Over), or lies in it (Under), faces included. Each belongs to one pattern;
	// they have no vertices and no volumes.
	Rounded Side
	// Engine is how linear regions are found; see [EngineFor]. The resulting set is the same.
	Engine Engine
	// Workers is the number of goroutines; 0 means one per processor. The result
	// does not depend on it.
	Workers int
	// MaxPieces, MaxTime and MaxBytes end the computation early; 0 means no limit. MaxBytes is
	// the memory that postponed cells may take, beside the result.
	MaxPieces int
	MaxTime   time.Duration
	MaxBytes  int64
	// Progress, if not nil, is told from time to time how many cells have
	// been visited.
	Progress func(cells int)

	// claim is the target of the proof, where it differs from the closed one that the
	// enumeration takes in what is strict.
	claim set.Union
	// interiors: members without an interior do not turn Faces on.
	interiors bool
	// maxCells ends the search for a proof where pieces are rounded; 0 means no limit.
	maxCells int
	// divided is how often the domain was divided where float64 did not resolve it.
	divided int
}

// widening is how far Faces moves the target's half-spaces outward, relative to
// the size of a row's numbers, to find the cells that meet the target in a face
// only: above the tolerance of the enumeration (1e-9), which may drop thinner
// cells.
const widening = 1e-7

// Regions computes the preimage {x in domain : net(x) in target} by enumerating the linear
// regions of the network on a domain: a region with the map x -> A x + b gives the piece {x :
// A x + b in target}. It meets only activation patterns that occur, which makes it the method
// of choice. It gives the same set as [Backward].
//
// Half-spaces of the target may be strict. A decoupled network (Definition 4.1) is taken like
// any other: the activation channel gives the regions, the value channel the maps. Its output
// jumps between regions: a face belongs where the pattern that executes on it (the tie rule)
// puts it. With Faces this is exact; without it, the result is right except for some faces.
//
// A domain with equations, given by pairs of opposite half-spaces, is handled in the subspace
// of its equations (see [RegionsOnFlat]): with a proof only in coordinates in which nothing
// is rounded, otherwise as the set without interior that it is, whose volumes are not
// computed.
//
// In many dimensions, and if the domain is unbounded, the pieces are found in half-space
// form, without vertices; see [EngineFor]. On unbounded domains the network must be
// continuous, and there are neither volumes nor rounded pieces; the proof is by the charts of
// [tree.Charts].
//
// A limit that is reached is not an error: see [Result.Limit]. Nor is a domain so large that
// float64 does not resolve the preimage ([ErrResolution]). It fails if the network is not
// piecewise affine, if it is not continuous apart from its value channel and no proof is
// asked for, if dimensions do not agree, and with ctx.Err().
func Regions(ctx context.Context, net *nn.Network, domain set.Polyhedron, target set.Union, opt RegionsOptions) (*Result, error) {
	if err := net.CheckEnd(); err != nil {
		return nil, err
	}
	net, err := net.LowerSelectionsContext(ctx)
	if err != nil {
		return nil, err
	}
	jumps := net.DiscontinuousNode() >= 0
	if err := errors.Join(checkPiecewise(net), checkDomain(net, domain), checkTarget(net, target)); err != nil {
		return nil, err
	}
	if jumps && !opt.Prove {
		return nil, checkContinuous(net)
	}
	if opt.Rounded != Exact && !opt.Prove {
		return nil, errors.New("pieces are rounded to one side only where they are proven")
	}
	scaled, err := scaledRows(target)
	if errors.Is(err, ErrOverflow) && opt.Prove && net.PatternLen() <= fewUnits {
		return exactRegions(ctx, net, domain, target, opt)
	}
	if err != nil {
		return nil, err
	}
	target = scaled
	if f, ok := flatOf(domain, opt.Prove); ok {
		return RegionsOnFlat(ctx, net, f, target, opt)
	}
	limited, stop := withLimit(ctx, opt.MaxTime)
	defer stop()
	in := solve.Within(limited)
	d, err := domainOf(limited, domain)
	if err != nil {
		return nil, err
	}
	engine, unbounded := opt.Engine, unboundedInput(d)
	switch chosen := EngineFor(len(freeDims(d)), unbounded < 0); {
	case engine == AnyEngine:
		engine = chosen
	case engine == Polytopes && unbounded >= 0:
		_, err := boundedDomain(limited, domain)
		return nil, err
	}
	if unbounded >= 0 {
		opt.Volume = false
	}
	if isEmptyIn(in, domain, nil) {
		return &Result{Engine: engine, Shares: noShares(target, opt), Proof: Proof{Accepted: opt.Prove}, Extents: Extents{Basis: emptyBasis(opt)}}, nil // exactly so
	}
	members := nonEmpty(in, target)
	if thin := withoutInterior(in, target, members); !opt.Faces && !opt.interiors && opt.Rounded == Exact && len(thin) > 0 && len(freeDims(d)) > 0 && !isThinDomain(in, domain) {
		return separately(ctx, net, domain, target, thin, opt)
	}
	e := &enumeration{engine: engine, net: net, domain: domain, target: target, claim: opt.claim, discard: opt.Discard, faces: opt.Faces || isThinDomain(in, domain)}
	e.result.Engine = engine
	for _, m := range members {
		e.members = append(e.members, m)
		e.faces = e.faces || !opt.interiors && isThin(in, target[m])
		e.strict = e.strict || target[m].HasStrict()
	}
	e.faces = e.faces || opt.Rounded != Exact
	if opt.Prove && e.faces {
		e.discard = false // the proof compares pieces
	}
	switch cause := context.Cause(limited); {
	case cause == ErrTime:
		return &Result{Side: Under, Limit: ErrTime, Shares: noShares(target, opt)}, nil
	case cause != nil:
		return nil, cause
	}
	e.result.Shares = noShares(target, opt)
	e.result.free, e.result.constants = freeOf(d)
	if e.result.free != nil && len(e.result.free) == 0 {
		return e.point(ctx, opt)
	}
	if unbounded >= 0 {
		return e.unbounded(ctx, d, opt)
	}
	corners := e.faces && net.Decoupled() // are needed, for faces in float64
	if corners && engine == Polyhedra && !opt.Prove {
		return nil, errCorners
	}
	if jumps || corners && engine == Polyhedra || opt.Rounded != Exact || opt.Prove && isFar(d) && net.PatternLen() <= fewUnits {
		r, err := e.cover(ctx, d, opt)
		if err == nil && opt.Discard {
			r.Pieces = nil
		}
		if err == nil {
			err = e.sample(limited, d, opt)
		}
		return r, err
	}
	start := time.Now()
	r, err := e.run(ctx, d, opt)
	if err == nil && opt.Discard {
		r.Pieces = nil
	}
	if err == nil && opt.Volume && r.DomainVolume == 0 && !opt.Faces {
		r.DomainVolume = domainVolume(domain, d, r)
	}
	if err == nil && r.Limit == ErrResolution {
		if parts, ok, err := e.resolve(ctx, net, d, opt, start); ok || err != nil {
			return parts, err
		}
	}
	if err == nil {
		err = e.sample(limited, d, opt)
	}
	return r, err
}

// exactRegions is [Regions] for a target whose numbers float64 computes nothing with: by exact
// arithmetic alone.
func exactRegions(ctx context.Context, net *nn.Network, domain set.Polyhedron, target set.Union, opt RegionsOptions) (*Result, error) {
	if _, ok := flatOf(domain, opt.Prove); ok {
		return nil, ErrOverflow
	}
	in := solve.Within(ctx)
	d, err := domainOf(ctx, domain)
	if err != nil {
		return nil, err
	}
	e := &enumeration{alone: true, net: net, domain: domain, target: target, claim: opt.claim, discard: opt.Discard, faces: opt.Faces || isThinDomain(in, domain) || opt.Rounded != Exact}
	for m := range target {
		e.members = append(e.members, m)
	}
	e.result.Shares = noShares(target, opt)
	e.result.free, e.result.constants = freeOf(d)
	if e.result.free != nil && len(e.result.free) == 0 {
		return nil, ErrOverflow
	}
	if unboundedInput(d) >= 0 {
		return e.unbounded(ctx, d, opt)
	}
	return e.cover(ctx, d, opt)
}

// domainVolume is that of a domain in the coordinates that vary; 0 if it has no
// interior or too many dimensions.
func domainVolume(p set.Polyhedron, d polytope.Domain, r *Result) float64 {
	if len(d.Cuts) == 0 {
		v := 1.0
		for _, j := range freeDims(d) {
			v = float64(v * (d.Hi[j] - d.Lo[j]))
		}
		return v
	}
	if len(freeDims(d)) > maxVolumeDim || isThinDomain(solve.Solver{}, p) {
		return 0
	}
	v, err := solve.Volume(inFree(p, r))
	if err != nil {
		return 0
	}
	return v
}

// maxVolumeDim is the largest dimension in which volumes are computed from vertices.
const maxVolumeDim = 6

// freeDims are the coordinates that vary.
func freeDims(d polytope.Domain) []int {
	var free []int
	for j, lo := range d.Lo {
		if lo < d.Hi[j] {
			free = append(free, j)
		}
	}
	return free
}

// noShares are those of an empty preimage, where they are asked for.
func noShares(target set.Union, opt RegionsOptions) []Share {
	if !opt.Shares {
		return nil
	}
	return make([]Share, len(target))
}

// nonEmpty are the indices of the members that are not empty.
func nonEmpty(in solve.Solver, u set.Union) []int {
	var kept []int
	for i, p := range u {
		if !isEmptyIn(in, p, nil) {
			kept = append(kept, i)
		}
	}
	return kept
}

// enumeration is a run of [Regions].
type enumeration struct {
	engine  Engine
	alone   bool // float64 computes nothing with the target's numbers
	net     *nn.Network
	domain  set.Polyhedron
	target  set.Union
	claim   set.Union // see [RegionsOptions]
	members []int     // of the target that count
	// faces and strict: pieces are written with the target's own half-spaces.
	faces, strict, discard bool
	result                 Result
	found                  *found // nil if no proof is asked for
	// measures: the proof encloses volumes; full: all of the domain is proven to be in the
	// preimage.
	measures, full bool
	// shifted: the proof found a piece to lie in another linear region than float64 did.
	shifted bool
}

// add counts a piece and keeps it, or notes that there are too many.
func (e *enumeration) add(p Piece, most int) bool {
	if most > 0 && e.result.Count >= most {
		e.result.Limit = ErrPolyhedra
		return false
	}
	e.result.Count++
	e.result.Volume += p.Volume
	if e.result.Shares != nil {
		e.result.Shares[p.Member].Count++
		e.result.Shares[p.Member].Volume += p.Volume
	}
	if !e.discard {
		e.result.Pieces = append(e.result.Pieces, p)
	}
	return true
}

func (e *enumeration) run(ctx context.Context, d polytope.Domain, opt RegionsOptions) (*Result, error) {
	ctx, stop := withLimit(ctx, opt.MaxTime)
	defer stop()
	if !opt.Prove {
		return e.search(ctx, d, opt)
	}
	fresh := e.result
	e.found = &found{}
	r, err := e.search(ctx, d, opt)
	small := e.net.PatternLen() <= fewUnits
	coarse := err == nil && errors.Is(r.Limit, ErrResolution) || small && errors.Is(err, ErrOverflow)
	if coarse && small {
		err = nil
	}
	if err == nil && !(coarse && small) {
		err = e.prove(ctx, e.found, opt)
	}
	misled := err == nil && errors.Is(e.result.Proof.Missing, certify.ErrGuide)
	if err == nil && small && (coarse || misled || e.shifted && !e.faces) {
		// What float64 takes for half-spaces of pieces may be rounding errors.
		e.result = fresh
		e.result.Shares = noShares(e.target, opt)
		return e.cover(ctx, d, opt)
	}
	return r, err
}

// search enumerates the cells.
func (e *enumeration) search(ctx context.Context, d polytope.Domain, opt RegionsOptions) (*Result, error) {
	options := polytope.Options{
		Split:  opt.Split || e.faces || e.net.Decoupled(),
		Volume: opt.Volume && !e.faces, Workers: opt.Workers, MaxBytes: opt.MaxBytes, Progress: opt.Progress,
	}
	if !e.faces {
		return e.enumerate(ctx, d, e.members, options, opt.MaxPieces)
	}
	if e.net.Decoupled() {
		return e.runExecuted(ctx, widened(d), options, opt.MaxPieces)
	}
	// Where members overlap, the enumeration leaves out of a later one what lies
	// in an earlier one moved outward, which is too much: one at a time.
	for _, m := range e.members {
		if r, err := e.enumerate(ctx, widened(d), []int{m}, options, opt.MaxPieces); err != nil || r.Limit != nil && r.Limit != ErrResolution {
			return r, err
		}
	}
	return &e.result, nil
}

// point is the preimage within a domain of one point, which has the volume 1.
func (e *enumeration) point(ctx context.Context, opt RegionsOptions) (*Result, error) {
	if opt.Volume {
		e.result.DomainVolume = 1
	}
	defer e.measurePoint(opt)
	x := e.result.constants
	pattern := e.net.PatternsAt(nn.RowMatrix(x), 1)[0]
	a, b, err := e.net.AffineMap(pattern)
	if err != nil {
		return nil, err
	}
	for _, m := range e.members {
		p := e.domain.Intersect(e.target[m].Preimage(a, b))
		if !isFiniteRows(p.Rows) {
			return nil, ErrOverflow
		}
		if !isEmpty(p, nil) {
			e.add(Piece{Set: p, Vertices: [][]float64{x}, Pattern: pattern, Member: m, Volume: 1}, 0)
			break // the others hold there, too
		}
	}
	if opt.Prove {
		e.provePoint(ctx, opt)
	}
	return &e.result, nil
}

// withoutInterior are the members that have none.
func withoutInterior(in solve.Solver, target set.Union, members []int) []int {
	var thin []int
	for _, m := range members {
		if isThin(in, target[m]) {
			thin = append(thin, m)
		}
	}
	return thin
}

// separately is [Regions] where some members have no interior: the parts of the preimage
// with an interior, which such members may have where the network is constant, and then
// those of the thin members without one.
func separately(ctx context.Context, net *nn.Network, domain set.Polyhedron, target set.Union, thin []int, opt RegionsOptions) (*Result, error) {
	start := time.Now()
	first := opt
	first.interiors = true
	r, err := Regions(ctx, net, domain, target, first)
	if err != nil || r.Limit != nil {
		return r, err
	}
	var flat set.Union
	for _, m := range thin {
		flat = append(flat, target[m])
	}
	rest := opt
	rest.Faces, rest.Volume, rest.Discard = true, false, false
	if opt.MaxTime > 0 {
		rest.MaxTime = max(opt.MaxTime-time.Since(start), time.Nanosecond)
	}
	if opt.MaxPieces > 0 {
		rest.MaxPieces = r.Count + opt.MaxPieces // some may be those of the first run
	}
	f, err := Regions(ctx, net, domain, flat, rest)
	if err != nil {
		return nil, err
	}
	r.Proof.Add(f.Proof)
	r.Limit = f.Limit
	for _, p := range f.Pieces {
		if !isThin(solve.Solver{}, inFree(p.Set, r)) {
			continue // of the first run
		}
		if opt.MaxPieces > 0 && r.Count >= opt.MaxPieces {
			r.Limit = ErrPolyhedra
			break
		}
		p.Member = thin[p.Member]
		r.Count++
		if r.Shares != nil {
			r.Shares[p.Member].Count++
		}
		if !opt.Discard {
			r.Pieces = append(r.Pieces, p)
		}
	}
	if r.Limit != nil {
		r.Side = Under
	}
	return r, nil
}

// inFree is a set in the coordinates that vary on the domain of a result.
func inFree(p set.Polyhedron, r *Result) set.Polyhedron {
	if r.free == nil {
		return p
	}
	return p.Slice(r.constants, r.free)
}

// enumerate adds the pieces of some members of the target.
func (e *enumeration) enumerate(ctx context.Context, d polytope.Domain, members []int, options polytope.Options, maxPieces int) (*Result, error) {
	options.Target = e.goal(members)
	if e.discard && !e.faces && !e.strict && e.result.Shares == nil && e.found == nil {
		options.MaxCells = maxPieces
		if e.engine == Polyhedra && !options.Volume {
			return &e.result, e.visitPolyhedra(ctx, d, options, nil)
		} else if e.engine != Polyhedra {
			return &e.result, e.visitAll(ctx, d, options, nil)
		}
	}
	options.Tree = e.found != nil && !e.faces
	visit := func(c *cell) error {
		p, ok := e.piece(c, members[c.term])
		// A cell on which the output ties with a strict half-space throughout may
		// lie in a later member.
		for _, m := range members[c.term+1:] {
			if ok {
				break
			}
			if p, ok = e.piece(c, m); ok && options.Volume && len(freeDims(d)) <= maxVolumeDim {
				p.Volume = 0 // that of the cell may be too much
				r := Result{Pieces: []Piece{p}, free: e.result.free, constants: e.result.constants}
				v, err := r.Volumes()
				if err != nil {
					return err
				}
				p.Volume = v[0]
			}
		}
		if !isFiniteRows(p.Set.Rows) {
			return ErrOverflow
		}
		if !ok {
			e.result.Ties++
			if options.Tree {
				e.found.note(c, nil, 0)
				e.found.unlist()
			}
			return nil
		}
		if !e.add(p, maxPieces) {
			return polytope.ErrEnough
		}
		if options.Tree {
			e.found.note(c, &p, e.result.Count-1)
			if p.Member != members[c.term] {
				e.found.unlist()
			}
		}
		return nil
	}
	if e.engine == Polyhedra {
		return &e.result, e.visitPolyhedra(ctx, d, options, visit)
	}
	return &e.result, e.visitAll(ctx, d, options, func(c *polytope.Cell) error { return visit(cellOfPolytopes(c)) })
}

// noteEnd notes which limit ended an enumeration that returned err and was stopped by stopped,
// if one did; other errors are returned.
func (e *enumeration) noteEnd(ctx context.Context, err, stopped error) error {
	switch {
	case err != nil && context.Cause(ctx) == ErrTime:
		e.result.Limit = ErrTime
	case err != nil:
		return err
	case e.result.Limit == nil:
		e.result.Limit = limitOf(stopped)
	}
	return nil
}

// visitAll visits the cells and notes which limit ended that, if one did.
func (e *enumeration) visitAll(ctx context.Context, d polytope.Domain, options polytope.Options, visit func(*polytope.Cell) error) error {
	r, err := polytope.Enumerate(ctx, e.net, d, options, visit)
	var stopped error
	if r != nil {
		stopped = r.Stopped
		if e.found != nil {
			e.found.guide.Tree = r.Tree
		}
	}
	if err := e.noteEnd(ctx, err, stopped); err != nil {
		return err
	}
	if r != nil {
		e.result.DomainVolume = r.DomainVolume
		if visit == nil {
			e.result.Count += r.Cells
			e.result.Volume += r.Volume
		}
		if e.result.Limit == nil && !r.Resolved() {
			missing, err := e.isCoarse(ctx, d, options, r)
			if err != nil {
				return err
			}
			if missing {
				e.result.Limit = ErrResolution
			}
		}
	}
	if e.result.Limit != nil {
		e.result.Side = Under
	}
	return nil
}

// isCoarse reports whether an enumeration that was not resolved may have left out
// something: not where no cell comes close to the target.
func (e *enumeration) isCoarse(ctx context.Context, d polytope.Domain, options polytope.Options, r *polytope.Result) (bool, error) {
	if r.Cells > 0 || r.Touching > 0 {
		return true, nil
	}
	options.Target, options.MaxCells, options.Volume = options.Target.Widen(r.Tolerances), 1, false
	again, err := polytope.Enumerate(ctx, e.net, d, options, func(*polytope.Cell) error { return polytope.ErrEnough })
	if err != nil {
		return context.Cause(ctx) == ErrTime, unlessTime(ctx, err)
	}
	return again.Cells > 0 || again.Touching > 0 || again.Stopped != nil, nil
}

// unlessTime is the error but for the end of the time allowed.
func unlessTime(ctx context.Context, err error) error {
	if context.Cause(ctx) == ErrTime {
		return nil
	}
	return err
}

// goal is the target for the enumeration: closed, and with faces moved outward.
func (e *enumeration) goal(members []int) set.Union {
	goal := set.Union{} // not nil: without terms, nothing is in it
	for _, m := range members {
		term := set.Whole(e.net.OutDim())
		for _, h := range e.target[m].Rows {
			h = h.Closure()
			if e.faces {
				h.Offset += float64(widening * size(h))
			}
			term.Rows = append(term.Rows, h)
		}
		goal = append(goal, term)
	}
	return goal
}

// size is that of a row's numbers, at least 1.
func size(h set.HalfSpace) float64 {
	s := max(1, math.Abs(h.Offset))
	for _, a := range h.Normal {
		s = max(s, math.Abs(a))
	}
	return s
}

// widened is d with its cuts moved outward.
func widened(d polytope.Domain) polytope.Domain {
	cuts := make([]set.HalfSpace, len(d.Cuts))
	for i, h := range d.Cuts {
		h.Offset += float64(widening * size(h))
		cuts[i] = h
	}
	d.Cuts = cuts
	return d
}
