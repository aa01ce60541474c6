package preimage

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// Reach is where a linear objective is largest on a preimage.
type Reach struct {
	solve.Reach
	// Piece is the index of the piece that At lies in.
	Piece int
}

// Maximize finds the maximum of c . x over the closure of the pieces; use -c for the minimum.
// It fails with [solve.ErrEmpty] where there are no pieces.
func (r *Result) Maximize(c []float64) (Reach, error) {
	best := Reach{Piece: -1}
	for i, p := range r.Pieces {
		reach, err := solve.Support(p.Set, c)
		if err != nil {
			return Reach{}, fmt.Errorf("piece %d: %w", i, err)
		}
		if reach.At != nil && (best.Piece < 0 || reach.Value > best.Value) {
			bound := max(reach.Bound, best.Bound)
			if best.Piece < 0 {
				bound = reach.Bound
			}
			best = Reach{reach, i}
			best.Bound = bound
		} else if reach.At != nil {
			best.Bound = max(best.Bound, reach.Bound)
		}
	}
	if best.Piece < 0 {
		return Reach{}, solve.ErrEmpty
	}
	return best, nil
}

// Nearest finds the point of the closure of the pieces that is nearest to x, its
// distance, and the index of its piece. It fails with [solve.ErrEmpty] where
// there are no pieces.
func (r *Result) Nearest(x []float64, norm solve.Norm) (point []float64, distance float64, piece int, err error) {
	distance, piece = math.Inf(1), -1
	for i, p := range r.Pieces {
		if piece >= 0 && p.beyond(x, norm, distance) {
			continue
		}
		at, d, err := solve.Nearest(p.Set, x, norm)
		if err != nil {
			return nil, 0, 0, fmt.Errorf("piece %d: %w", i, err)
		}
		if piece < 0 || d < distance {
			point, distance, piece = at, d, i
		}
	}
	if piece < 0 {
		return nil, 0, 0, solve.ErrEmpty
	}
	return point, distance, piece, nil
}

// beyond reports whether the box around the vertices is farther from x than d.
func (p *Piece) beyond(x []float64, norm solve.Norm, d float64) bool {
	if len(p.Vertices) == 0 {
		return false
	}
	away := make([]float64, len(x))
	for j, v := range x {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, w := range p.Vertices {
			lo, hi = min(lo, w[j]), max(hi, w[j])
		}
		away[j] = max(0, lo-v, v-hi)
	}
	return norm.Of(away) > d*(1+1e-9)
}

// Volumes returns the volume of each piece, in the coordinates that are not constant on the
// domain, computing those that were not asked for. It is meant for up to about 6 dimensions;
// see [solve.Volume].
func (r *Result) Volumes() ([]float64, error) {
	vs := make([]float64, len(r.Pieces))
	for i, p := range r.Pieces {
		if vs[i] = p.Volume; vs[i] > 0 {
			continue
		}
		q := p.Set
		if r.free != nil {
			q = q.Slice(r.constants, r.free)
		}
		var err error
		if vs[i], err = solve.Volume(q); err != nil {
			return nil, fmt.Errorf("piece %d: %w", i, err)
		}
	}
	return vs, nil
}

// Sample draws n points of a bounded preimage, nearly uniform on each piece, choosing pieces
// in proportion to their volumes. If no piece has a volume, or in more than 6 dimensions no
// volume is known, every piece has the same chance. The same seed gives the same points. It
// fails with [solve.ErrEmpty] where there are no pieces.
func (r *Result) Sample(n int, seed uint64) ([][]float64, error) {
	if len(r.Pieces) == 0 {
		return nil, solve.ErrEmpty
	}
	volumes := make([]float64, len(r.Pieces))
	if dims := r.dims(); dims <= maxVolumeDim {
		var err error
		if volumes, err = r.Volumes(); err != nil {
			return nil, err
		}
	} else {
		for i, p := range r.Pieces {
			volumes[i] = p.Volume
		}
	}
	total := 0.0
	for _, v := range volumes {
		total += v
	}
	if math.IsInf(total, 1) {
		return nil, solve.ErrUnbounded
	}
	random := rand.New(rand.NewPCG(seed, uint64(n)))
	counts := make([]int, len(volumes))
	for range n {
		counts[draw(random, volumes, total)]++
	}
	var points [][]float64
	for i, k := range counts {
		if k == 0 {
			continue
		}
		more, err := solve.Sample(r.Pieces[i].Set, k, random.Uint64())
		if err != nil {
			return nil, fmt.Errorf("piece %d: %w", i, err)
		}
		points = append(points, more...)
	}
	random.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
	return points, nil
}

// dims is the number of coordinates that vary.
func (r *Result) dims() int {
	if r.free != nil || len(r.Pieces) == 0 {
		return len(r.free)
	}
	return r.Pieces[0].Set.Dim
}

// draw draws an index in proportion to the weights, evenly where all are 0.
func draw(r *rand.Rand, weights []float64, total float64) int {
	if total == 0 {
		return r.IntN(len(weights))
	}
	t := float64(r.Float64() * total)
	last := 0
	for i, w := range weights {
		if w == 0 {
			continue
		}
		last = i
		if t -= w; t < 0 {
			break
		}
	}
	return last
}

// Statistics sums up a preimage.
type Statistics struct {
	// Pieces is their number, Patterns that of different activation patterns
	// among them, Spanning how many may span several linear regions.
	Pieces, Patterns, Spanning int
	// PerMember counts the pieces of each member of the target.
	PerMember map[int]int
	// Bounds is the smallest box around all pieces.
	Bounds set.Box
}

// Statistics counts and bounds the pieces.
func (r *Result) Statistics() (Statistics, error) {
	s := Statistics{Pieces: len(r.Pieces), PerMember: make(map[int]int)}
	patterns := make(map[string]bool)
	for i, p := range r.Pieces {
		s.PerMember[p.Member]++
		if p.Pattern == nil {
			s.Spanning++
		} else {
			patterns[string(p.Pattern)] = true
		}
		box, err := solve.BoundingBox(p.Set)
		if err != nil {
			return Statistics{}, fmt.Errorf("piece %d: %w", i, err)
		}
		if i == 0 {
			s.Bounds = box
		} else {
			s.Bounds = s.Bounds.Hull(box)
		}
	}
	s.Patterns = len(patterns)
	return s, nil
}
