package repair

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/netmend/netmend/repair/internal/master"
	"github.com/netmend/netmend/repair/internal/row"
)

const (
	// rowsPerRound is how many rows enter the master program at once: enough
	// to move it, few enough to keep it small.
	rowsPerRound = 40
	// manyPerRound is how many key points may add rows at once where the master
	// program is expensive to start and cheap to enlarge.
	manyPerRound = 200
	// maxTried is how many candidates are looked at for them.
	maxTried = 2000
	// parallelCosine: a row this parallel to one chosen in the same round says
	// nothing new yet.
	parallelCosine = 0.9
	// slackRounds: a row that stayed slack this long leaves again.
	slackRounds = 3
	// minRemoved: removing fewer rows than this does not pay.
	minRemoved = 20
	// maxRounds ends a run that does not converge; the largest known instance
	// needs about a hundred.
	maxRounds = 2000
	// gapRelative and gapAbsolute end the search: the objective exceeds its
	// proven lower bound by no more.
	gapRelative, gapAbsolute = 1e-9, 1e-12
)

// rowID is a row of the whole program: a key point and one of its half-spaces.
type rowID struct{ key, row int32 }

// generated is a row present in the master program.
type generated struct {
	rowID
	slack int // rounds it has been slack
}

// generator is row generation for one problem.
type generator struct {
	p        *problem
	norm     normal
	rows     []generated
	present  map[rowID]bool
	worst    []violation
	order    []int32
	rounds   int
	total    int // rows ever generated
	largest  float64
	pricing  time.Duration
	solving  time.Duration
	extra    float64 // by how much the rows present exceed the margin
	certain  bool    // only rows of patterns that are sure to occur
	progress func(Progress)
	layer    int
}

func newGenerator(p *problem, n normal, opt Options) *generator {
	return &generator{
		p: p, norm: n, present: map[rowID]bool{}, worst: make([]violation, len(p.Keys)),
		progress: opt.Progress, layer: opt.Layer,
	}
}

// price computes all violations under the change d at the margin and returns
// the largest.
func (g *generator) price(d []float64, margin float64) float64 {
	start := time.Now()
	defer func() { g.pricing += time.Since(start) }()
	g.p.price(g.worst, d, margin)
	largest := math.Inf(-1)
	for i, v := range g.worst {
		if g.counts(i) {
			largest = max(largest, v.value)
		}
	}
	return largest
}

// counts reports whether key point i is to be met.
func (g *generator) counts(i int) bool {
	k := &g.p.Keys[i]
	return !k.Dropped && !(g.certain && k.Doubtful)
}

// candidates lists the key points violated by more than tol and whose worst row
// is not present, the worst first.
func (g *generator) candidates(tol float64) []int32 {
	g.order = g.order[:0]
	for i, v := range g.worst {
		if !g.counts(i) {
			continue
		}
		if v.value > tol && !g.present[rowID{int32(i), v.row}] {
			g.order = append(g.order, int32(i))
		}
	}
	slices.SortFunc(g.order, func(a, b int32) int {
		switch va, vb := g.worst[a].value, g.worst[b].value; {
		case va > vb:
			return -1
		case va < vb:
			return 1
		}
		return int(a - b)
	})
	return g.order
}

// chosenRow is a row about to be added.
type chosenRow struct {
	id   rowID
	row  *row.Row
	norm float64
}

// choose picks up to rowsPerRound of the candidates, the worst first, none
// nearly parallel to another.
func (g *generator) choose(candidates []int32) []chosenRow {
	if g.p.few {
		return g.chooseMany(candidates)
	}
	var chosen []chosenRow
next:
	for _, key := range candidates[:min(len(candidates), maxTried)] {
		if len(chosen) == rowsPerRound {
			break
		}
		c := chosenRow{id: rowID{key, g.worst[key].row}}
		c.row = g.p.row(c.id)
		c.norm = c.row.Size()
		for i := range chosen {
			q := &chosen[i]
			if row.Dot(c.row, q.row, nil) > parallelCosine*c.norm*q.norm {
				continue next
			}
		}
		chosen = append(chosen, c)
	}
	return chosen
}

// chooseMany picks up to manyPerRound of the candidates and their next rows, the
// worst first. Parallel ones do no harm to the interior-point method, and are
// more expensive to find than to carry along.
func (g *generator) chooseMany(candidates []int32) []chosenRow {
	var ids []rowID
	for _, key := range candidates[:min(len(candidates), manyPerRound)] {
		v := g.worst[key]
		for _, r := range append([]int32{v.row}, v.next[:]...) {
			if id := (rowID{key, r}); r >= 0 && !g.present[id] {
				ids = append(ids, id)
			}
		}
	}
	rows := g.p.buildRows(ids)
	chosen := make([]chosenRow, len(ids))
	for i, id := range ids {
		chosen[i] = chosenRow{id: id, row: rows[i]}
	}
	return chosen
}

// add adds rows to the master program.
func (g *generator) add(s solver, rows []chosenRow, margin float64) {
	for _, c := range rows {
		s.addRow(c.row, g.p.rhs(c.id)-margin)
		g.rows = append(g.rows, generated{rowID: c.id})
		g.present[c.id] = true
		g.total++
	}
}

// outcome is what row generation found.
type outcome struct {
	status Status
	reason string
	d      []float64 // the change
	// lower is a proven bound on the objective over all changes within the
	// bound, at the margin asked for.
	lower float64
	// own is the bound at the enlarged margin that was solved for: where even
	// that is off the objective, a smaller margin does not help.
	own    float64
	farkas []FarkasRow
	dual   []DualRow
	active int
}

// generate adds rows until the change meets every row at margin+extra up to
// tol, or none can. The lower bound holds for the margin alone.
func (g *generator) generate(ctx context.Context, s solver, extra, tol float64) outcome {
	margin := g.p.margin + extra
	d := make([]float64, g.p.parameters())
	if len(g.rows) > 0 {
		s.tighten(extra - g.extra)
		if out := g.solve(ctx, s, g.largest, d); out.status != "" {
			return out
		}
	}
	g.extra = extra
	out := outcome{}
	for ; g.rounds < maxRounds; g.rounds++ {
		if ctx.Err() != nil {
			return outcome{status: Unknown, reason: stopReason(ctx)}
		}
		g.largest = g.price(d, margin)
		g.progress(Progress{Phase: "solve", Layer: g.layer, Round: g.rounds, Rows: len(g.rows), Violation: g.largest, Objective: g.norm.objective(d), LowerBound: out.lower})
		candidates := g.candidates(tol)
		if len(candidates) == 0 {
			if g.rounds > 0 && s.precise() {
				break
			}
		}
		g.dropSlack(s)
		g.add(s, g.choose(candidates), margin)
		if out := g.solve(ctx, s, g.largest, d); out.status != "" {
			return out
		}
		// A bound for some rows is one for all.
		out.lower = g.lowerBound(s, extra)
	}
	if g.rounds == maxRounds {
		return outcome{status: Unknown, reason: "row generation did not end"}
	}
	out.status, out.d, out.lower = Repaired, d, g.lowerBound(s, extra)
	out.own = s.lowerBound(0, g.doubtful())
	out.dual = g.dual(multipliersOf(s, len(g.rows)), g.norm.l1)
	for k := range g.rows {
		if s.active(k) {
			out.active++
		}
	}
	return out
}

// doubtful marks the rows present whose pattern may not occur; nil if there
// are none. They must not count in a proof.
func (g *generator) doubtful() []bool {
	var marked []bool
	for k, r := range g.rows {
		if g.p.Keys[r.key].Doubtful {
			if marked == nil {
				marked = make([]bool, len(g.rows))
			}
			marked[k] = true
		}
	}
	return marked
}

// solve solves the master program for the rows present. Unless it has a solution
// the outcome has a status.
func (g *generator) solve(ctx context.Context, s solver, violation float64, d []float64) (out outcome) {
	start := time.Now()
	defer func() { g.solving += time.Since(start) }()
	switch s.solve(ctx, violation, d) {
	case master.Infeasible:
		out.status = Infeasible
		out.farkas = g.farkas(s.multipliers())
		out.dual = g.dual(s.multipliers(), 1)
	case master.Stalled:
		out.status, out.reason = Unknown, "the linear program could not be solved for numerical reasons"
		if ctx.Err() != nil {
			out.reason = stopReason(ctx)
		}
	}
	return out
}

// seedTolerance is how exactly the first solution in the Euclidean norm meets
// the rows: it only shows which matter.
const seedTolerance = 1e-3

// seedBounds is how many parameters at the bound a first solution may have. Each
// costs the quadratic program as much as a row, and with thousands of them what it
// says would come later than the simplex's own answer.
const seedBounds = 200

// seed starts from the rows that are active in the Euclidean norm, found in a
// fraction of the time: most are active in the others too. Where there is no
// solution the rows present stay, for the simplex to prove it.
func (g *generator) seed(ctx context.Context, s solver, first *euclideanSolver, extra float64) {
	first.q.MostBounds = seedBounds
	out := g.generate(ctx, first, extra, seedTolerance)
	solved := out.status == Repaired
	left := g.rows[:0]
	for k, r := range g.rows {
		if solved && !first.active(k) {
			delete(g.present, r.rowID)
			continue
		}
		r.slack = 0
		left = append(left, r)
	}
	g.rows = left
	g.transfer(s)
	g.largest = math.Inf(1) // of another program
	if near, ok := s.(nearStarter); ok && solved {
		near.startNear(out.d)
	}
}

// transfer adds the rows present to another solver.
func (g *generator) transfer(s solver) {
	ids := make([]rowID, len(g.rows))
	for i, r := range g.rows {
		ids[i] = r.rowID
	}
	for i, r := range g.p.buildRows(ids) {
		s.addRow(r, g.p.rhs(ids[i])-g.p.margin-g.extra)
	}
}

// dropSlack removes rows that have been slack for some rounds, where there are
// enough of them.
func (g *generator) dropSlack(s solver) {
	remove := make([]bool, len(g.rows))
	n := 0
	for k := range g.rows {
		r := &g.rows[k]
		r.slack++
		if s.active(k) {
			r.slack = 0
		}
		if r.slack >= slackRounds {
			remove[k] = true
			n++
		}
	}
	if n < minRemoved {
		return
	}
	left := g.rows[:0]
	for k, r := range g.rows {
		if remove[k] {
			delete(g.present, r.rowID)
		} else {
			left = append(left, r)
		}
	}
	g.rows = left
	s.removeRows(remove)
}

// farkas names the rows of a proof of infeasibility at the margin asked for.
func (g *generator) farkas(y []float64) (rows []FarkasRow) {
	for k, v := range y {
		if v <= 0 {
			continue
		}
		id := g.rows[k].rowID
		key := &g.p.Keys[id.key]
		r := g.p.row(id)
		rows = append(rows, FarkasRow{
			Multiplier: v, G: r.G, H: r.H, Channels: r.Channels, Blocks: r.Blocks,
			RHS:   g.p.rhs(id) - g.p.margin,
			Place: g.p.place(g.p.VertexOf(key)),
		})
	}
	return rows
}

func stopReason(ctx context.Context) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "the time limit was reached"
	}
	return "interrupted"
}
