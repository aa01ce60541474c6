package preimage

import (
	"context"
	"errors"
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
		return nil, errors.New("pieces are rounded to one side only if they are proven")
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
	r, err := e.searchAndProve(ctx, d, opt)
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

func (e *enumeration) searchAndProve(ctx context.Context, d polytope.Domain, opt RegionsOptions) (*Result, error) {
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

// inFree is a set in the coordinates that vary on the domain of a result.
func inFree(p set.Polyhedron, r *Result) set.Polyhedron {
	if r.free == nil {
		return p
	}
	return p.Slice(r.constants, r.free)
}
