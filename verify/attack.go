package verify

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/internal/within"
	"github.com/netmend/netmend/nn"
)

const (
	attackSamples = 256 // random points and random corners
	attackStarts  = 4   // points, of each term, from which steps go on
	attackSteps   = 24
	attackTerms   = 16 // terms that steps are made for
	attackSeed    = 1
)

// samples are random points of a box, and its centre and random corners. A point is
// made when it is wanted: of large networks, all of them would take much memory.
type samples struct {
	t      *task
	lo, hi []float64
	states []rand.PCG // of the generator, before each of the points made so far
	next   rand.PCG
}

func newSamples(t *task) *samples {
	lo, hi := t.searchBox()
	return &samples{t: t, lo: lo, hi: hi, next: *rand.NewPCG(attackSeed, uint64(t.index))}
}

// point writes sample r, one of those made or the next.
func (s *samples) point(row []float64, r int) {
	made := r < len(s.states)
	if !made {
		s.states = append(s.states, s.next)
	}
	state := s.states[r]
	random := rand.New(&state)
	for k, lo := range s.lo {
		switch {
		case r == 0:
			row[k] = lo + float64((s.hi[k]-lo)/2)
		case r%2 == 0:
			row[k] = lo + float64(random.Float64()*(s.hi[k]-lo))
		case random.IntN(2) == 0:
			row[k] = lo
		default:
			row[k] = s.hi[k]
		}
	}
	if !made {
		s.next = state
	}
	s.t.clamp(row)
}

// attack looks for a witness by samples and steps along gradients. It is
// deterministic.
func (c *propertyRun) attack(t *task) (*Witness, error) {
	s := newSamples(t)
	n := len(s.lo)
	y := nn.NewMatrix(attackSamples, c.net.OutDim())
	for from := 0; from < y.Rows; from += c.net.EvalRows() {
		x := nn.NewMatrix(min(c.net.EvalRows(), y.Rows-from), n)
		for r := range x.Rows {
			s.point(x.Row(r), from+r)
		}
		if w, err := c.try(t, x); w != nil || err != nil {
			return w, err
		}
		if len(t.domain.Cuts) > 0 {
			continue // steps would leave the set
		}
		part, err := c.net.EvalContext(c.ctx, x, c.opt.Workers)
		if err != nil {
			return nil, err
		}
		for r := range part.Rows {
			copy(y.Row(from+r), part.Row(r))
		}
	}
	if len(t.domain.Cuts) > 0 {
		return nil, nil
	}
	for k := range min(len(t.terms), attackTerms) {
		if c.over() != nil {
			break
		}
		if len(t.terms[k]) == 0 {
			continue
		}
		order := make([]int, y.Rows)
		for r := range order {
			order[r] = r
		}
		slices.SortStableFunc(order, func(a, b int) int {
			return -compare(t.terms[k].slack(y.Row(a)), t.terms[k].slack(y.Row(b)))
		})
		starts := nn.NewMatrix(attackStarts, n)
		for r := range starts.Rows {
			s.point(starts.Row(r), order[r])
		}
		if w, err := c.climb(t, starts, k, s.lo, s.hi); w != nil || err != nil {
			return w, err
		}
	}
	return nil, nil
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

const (
	deepSamples = 1 << 20
	deepBatch   = 4096
	deepNumbers = 1 << 20 // of a batch
	deepTime    = 4 * time.Second
	// deepLeast is how many are taken of a small network whatever the time: that takes half a
	// second, but on a machine that has other work the clock would decide.
	deepLeast = 1 << 18
)

// deepen looks for a witness by many samples of the whole box, which find narrow
// violations where gradients lead elsewhere.
func (c *propertyRun) deepen(t *task) (*Witness, error) {
	random := rand.New(rand.NewPCG(attackSeed+1, uint64(t.index)))
	start := time.Now()
	batch := min(deepBatch, max(1, deepNumbers/max(1, len(t.lo))))
	for i := range deepSamples / batch {
		late := time.Since(start) > c.share(deepTime) && !(c.small(t) && i*batch < deepLeast)
		if late || c.over() != nil {
			break
		}
		x := nn.NewMatrix(batch, len(t.lo))
		for r := range x.Rows {
			for k, lo := range t.lo {
				x.Row(r)[k] = lo + float64(random.Float64()*(t.hi[k]-lo))
			}
		}
		if w, err := c.try(t, x); w != nil || err != nil {
			return w, err
		}
	}
	return nil, nil
}

// climb moves points towards a term: along the signs of the gradient of the
// half-space that they are farthest outside of, by steps that shrink. Where the memory
// does not allow the gradients, it looks for nothing.
func (c *propertyRun) climb(t *task, x nn.Matrix, term int, lo, hi []float64) (*Witness, error) {
	goal := t.terms[term]
	if within.Left(c.ctx) < gradientBytes(c.net)*int64(x.Rows) {
		return nil, nil
	}
	for step := range attackSteps {
		if c.over() != nil {
			break
		}
		y, err := c.net.EvalContext(c.ctx, x, c.opt.Workers)
		if err != nil {
			return nil, err
		}
		grad := nn.NewMatrix(x.Rows, c.net.OutDim())
		for r := range x.Rows {
			worst, least := 0, math.Inf(1)
			for i, h := range goal {
				if s := h.Slack(y.Row(r)); s < least {
					worst, least = i, s
				}
			}
			for k, a := range goal[worst].Normal {
				grad.Row(r)[k] = -a
			}
		}
		g := c.net.PullBack(nn.Input, grad, c.net.LinearizeAt(x, c.opt.Workers), nil, c.opt.Workers)
		size := float64(0.3 * portable.Pow(0.87, float64(step)))
		for r := range x.Rows {
			row := x.Row(r)
			for k, v := range g.Row(r) {
				switch {
				case v > 0:
					row[k] = min(hi[k], row[k]+float64(size*(hi[k]-lo[k])))
				case v < 0:
					row[k] = max(lo[k], row[k]-float64(size*(hi[k]-lo[k])))
				}
			}
		}
		if w, err := c.try(t, x); w != nil || err != nil {
			return w, err
		}
	}
	return nil, nil
}

// gradientBytes is what a gradient at one point takes: all values, the linearisation
// around them, and what is pulled back.
func gradientBytes(net *nn.Network) int64 {
	numbers := int64(net.InDim())
	for i := range net.Nodes {
		numbers += int64(net.Dim(i))
	}
	const each = 4 // numbers
	return 8 * each * numbers
}

// searchBox is the box for an attack: infinite bounds are replaced.
func (t *task) searchBox() (lo, hi []float64) {
	const far = 10 // from the other bound, or from 0
	lo, hi = slices.Clone(t.lo), slices.Clone(t.hi)
	for k := range lo {
		switch low, high := vector.IsFinite(lo[k]), vector.IsFinite(hi[k]); {
		case !low && !high:
			lo[k], hi[k] = -far, far
		case !low:
			lo[k] = hi[k] - far
		case !high:
			hi[k] = lo[k] + far
		}
	}
	return lo, hi
}
