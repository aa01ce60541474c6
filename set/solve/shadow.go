package solve

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/set"
)

// maxShadow is the number of vertices at which Shadow gives up.
const maxShadow = 10_000

// Shadow is the projection of the closure of p to the plane of the coordinates i
// and j, as the vertices of a polygon, counterclockwise; two of a segment, one
// of a point, none of the empty set. Vertices within Tolerance of the line
// through their neighbours are left out. It works in any dimension, with two
// linear programs a vertex, and fails with ErrUnbounded where the projection is
// not bounded.
//
// Algorithm: from the extreme points along the axes, look outward from each edge
// between neighbours for a point beyond it, until there are none.
func Shadow(p set.Polyhedron, i, j int) ([][2]float64, error) {
	s := shadow{q: Solver{}.newSupporter(p), i: i, j: j, direction: make([]float64, p.Dim)}
	var corners [4][2]float64
	for k, d := range [4][2]float64{{-1, 0}, {0, -1}, {1, 0}, {0, 1}} {
		v, ok, err := s.extreme(d)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, nil
		}
		corners[k] = v
	}
	for k, v := range corners {
		s.add(v)
		if err := s.between(v, corners[(k+1)%4]); err != nil {
			return nil, err
		}
	}
	return s.cleaned(), nil
}

type shadow struct {
	q         *supporter
	i, j      int
	direction []float64
	polygon   [][2]float64
}

// extreme is a point of the projection that is farthest in direction d; not ok
// if the set is empty.
func (s *shadow) extreme(d [2]float64) (v [2]float64, ok bool, err error) {
	clear(s.direction)
	s.direction[s.i], s.direction[s.j] = d[0], d[1]
	r, err := s.q.reach(s.direction)
	switch {
	case err != nil:
		return v, false, err
	case math.IsInf(r.Value, -1):
		return v, false, nil
	case math.IsInf(r.Value, 1):
		return v, false, fmt.Errorf("projection to a plane: %w", ErrUnbounded)
	}
	return [2]float64{r.At[s.i], r.At[s.j]}, true, nil
}

// between adds the vertices strictly between u and v, which are neighbours so
// far.
func (s *shadow) between(u, v [2]float64) error {
	dx, dy := v[0]-u[0], v[1]-u[1]
	size := portable.Hypot(dx, dy)
	if size <= Tolerance {
		return nil
	}
	outward := [2]float64{dy / size, -dx / size}
	w, ok, err := s.extreme(outward)
	if err != nil || !ok {
		return err
	}
	beyond := float64(outward[0]*(w[0]-u[0])) + float64(outward[1]*(w[1]-u[1]))
	if beyond <= Tolerance {
		return nil
	}
	if len(s.polygon) >= maxShadow {
		return fmt.Errorf("projection to a plane: %w", ErrTooLarge)
	}
	if err := s.between(u, w); err != nil {
		return err
	}
	s.add(w)
	return s.between(w, v)
}

// add appends a vertex unless it repeats the one before.
func (s *shadow) add(v [2]float64) {
	if n := len(s.polygon); n > 0 && closer(s.polygon[n-1], v) {
		return
	}
	s.polygon = append(s.polygon, v)
}

func closer(a, b [2]float64) bool { return portable.Hypot(a[0]-b[0], a[1]-b[1]) <= Tolerance }

// cleaned drops repeated vertices and those on the line of their neighbours.
func (s *shadow) cleaned() [][2]float64 {
	p := s.polygon
	for len(p) > 1 && closer(p[0], p[len(p)-1]) {
		p = p[:len(p)-1]
	}
	for k := 0; k < len(p) && len(p) > 2; {
		a, b, c := p[(k+len(p)-1)%len(p)], p[k], p[(k+1)%len(p)]
		along := portable.Hypot(c[0]-a[0], c[1]-a[1])
		cross := float64((b[0]-a[0])*(c[1]-a[1])) - float64((b[1]-a[1])*(c[0]-a[0]))
		if math.Abs(cross) <= Tolerance*along || along <= Tolerance {
			p = append(p[:k], p[k+1:]...)
			k = 0
			continue
		}
		k++
	}
	return p
}
