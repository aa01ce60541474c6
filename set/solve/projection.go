package solve

import (
	"math"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
)

// projection is the state of the active-set method for the nearest point in the
// Euclidean norm: z is the nearest point to the start in the polyhedron of the
// active rows, start - Σ weight_k normal_k.
type projection struct {
	rows   []set.HalfSpace // normals of length 1
	z      []float64
	active []int
	weight []float64
	// basis is an orthonormal basis of the active normals, normal k being
	// Σ_{i<=k} triangle[k][i] basis[i].
	basis, triangle [][]float64
}

const (
	// activeTolerance is how far, relative to 1 and the coordinates, z may be
	// outside a row, and dependent the length of what is left of a normal beside
	// the active ones below which it counts as a combination of them.
	activeTolerance = 1e-11
	dependent       = 1e-9
)

// nearestL2 projects x on p.
func (in Solver) nearestL2(p set.Polyhedron, x []float64) ([]float64, error) {
	s := projection{z: append([]float64{}, x...)}
	for _, h := range p.Rows {
		size := length(h.Normal)
		if size == 0 {
			if h.Offset < 0 {
				return nil, ErrEmpty
			}
			continue
		}
		s.rows = append(s.rows, set.HalfSpace{Normal: scaled(h.Normal, 1/size), Offset: h.Offset / size})
	}
	for range 100 * (len(s.rows) + len(x) + 1) {
		if in.over() != nil {
			break
		}
		enter, violation := s.worst()
		if enter < 0 {
			return s.z, nil
		}
		if err := s.takeIn(enter, violation); err != nil {
			return nil, err
		}
	}
	return nil, in.failed()
}

// worst is the row that z violates most, -1 if none.
func (s *projection) worst() (int, float64) {
	size := 1.0
	for _, v := range s.z {
		size = max(size, math.Abs(v))
	}
	found, most := -1, float64(activeTolerance*size)
	for i, h := range s.rows {
		if v := -h.Slack(s.z); v > most {
			found, most = i, v
		}
	}
	return found, most
}

// takeIn makes row e active, and drops active rows whose weight would become
// negative.
func (s *projection) takeIn(e int, violation float64) error {
	normal := s.rows[e].Normal
	weight := 0.0
	for {
		// normal = direction + Σ r_k active_k, with the direction orthogonal to
		// the active rows.
		direction, coordinates := s.split(normal)
		r := s.solve(coordinates)
		growth := vector.Dot(direction, normal)
		drop, partial := -1, math.Inf(1)
		for k, v := range r {
			if v > 0 && s.weight[k]/v < partial {
				drop, partial = k, s.weight[k]/v
			}
		}
		full := math.Inf(1)
		if growth > dependent*dependent {
			full = violation / growth
		}
		step := min(full, partial)
		if math.IsInf(step, 1) {
			return ErrEmpty
		}
		if !math.IsInf(full, 1) {
			for j, v := range direction {
				s.z[j] -= float64(step * v)
			}
			violation -= float64(step * growth)
		}
		for k, v := range r {
			s.weight[k] -= float64(step * v)
		}
		weight += step
		if full <= partial {
			s.active, s.weight = append(s.active, e), append(s.weight, weight)
			s.extend(direction, coordinates)
			return nil
		}
		s.drop(drop)
	}
}

// split writes a vector as a part orthogonal to the basis and coordinates in
// it.
func (s *projection) split(a []float64) (rest, coordinates []float64) {
	rest = append([]float64{}, a...)
	coordinates = make([]float64, len(s.basis))
	for range 2 {
		for k, b := range s.basis {
			c := vector.Dot(rest, b)
			coordinates[k] += c
			for j, v := range b {
				rest[j] -= float64(c * v)
			}
		}
	}
	return rest, coordinates
}

// solve finds r with Σ r_k triangle[k] = coordinates.
func (s *projection) solve(coordinates []float64) []float64 {
	r := append([]float64{}, coordinates...)
	for k := len(r) - 1; k >= 0; k-- {
		r[k] /= s.triangle[k][k]
		for i := range k {
			r[i] -= float64(r[k] * s.triangle[k][i])
		}
	}
	return r
}

// extend adds the normal with these parts to the basis.
func (s *projection) extend(rest, coordinates []float64) {
	size := length(rest)
	s.basis = append(s.basis, scaled(rest, 1/size))
	s.triangle = append(s.triangle, append(coordinates, size))
}

// drop makes the k-th active row inactive and recomputes the basis from
// there on.
func (s *projection) drop(k int) {
	s.active = append(s.active[:k], s.active[k+1:]...)
	s.weight = append(s.weight[:k], s.weight[k+1:]...)
	s.basis, s.triangle = s.basis[:k], s.triangle[:k]
	for _, i := range s.active[k:] {
		s.extend(s.split(s.rows[i].Normal))
	}
}
