package set

import "fmt"

// Union is the union of polyhedra of one dimension; without any it is empty.
//
// Members may overlap. Unions from enumerations of linear regions overlap only on faces, so
// that their volumes add up. Operations here keep that property if their operands have it,
// unless they say otherwise.
type Union []Polyhedron

// Validate reports the first member that is not valid or whose dimension is not that of the
// first.
func (u Union) Validate() error {
	for i, p := range u {
		if p.Dim != u[0].Dim {
			return fmt.Errorf("union: polyhedron %d of dimension %d, polyhedron 0 has %d", i, p.Dim, u[0].Dim)
		}
		if err := p.Validate(); err != nil {
			return fmt.Errorf("union: polyhedron %d: %w", i, err)
		}
	}
	return nil
}

// Contains reports whether some member contains x. It is exact.
func (u Union) Contains(x []float64) bool {
	for _, p := range u {
		if p.Contains(x) {
			return true
		}
	}
	return false
}

// Intersect is the intersection with a polyhedron, member by member; members
// that become empty are kept.
func (u Union) Intersect(q Polyhedron) Union {
	v := make(Union, len(u))
	for i, p := range u {
		v[i] = p.Intersect(q)
	}
	return v
}

// IntersectUnion is the intersection of two unions: every member of u with
// every member of v, in that order, empty ones included.
func (u Union) IntersectUnion(v Union) Union {
	w := make(Union, 0, len(u)*len(v))
	for _, p := range u {
		for _, q := range v {
			w = append(w, p.Intersect(q))
		}
	}
	return w
}

// Widen moves the half-spaces outward, each by its own number: those of one member after the
// other.
func (u Union) Widen(by []float64) Union {
	v := make(Union, len(u))
	k := 0
	for i, p := range u {
		v[i].Dim = p.Dim
		for _, h := range p.Rows {
			h.Offset += by[k]
			v[i].Rows = append(v[i].Rows, h)
			k++
		}
	}
	return v
}

// Preimage is {x : a x + b in u}, member by member. If a does not have full row rank, members
// that overlap only on faces may become equal.
func (u Union) Preimage(a Matrix, b []float64) Union {
	v := make(Union, len(u))
	for i, p := range u {
		v[i] = p.Preimage(a, b)
	}
	return v
}

// Slice is [Polyhedron.Slice] member by member. Members that overlap on faces only may
// overlap in more if the slice runs along a face.
func (u Union) Slice(x []float64, keep []int) Union {
	v := make(Union, len(u))
	for i, p := range u {
		v[i] = p.Slice(x, keep)
	}
	return v
}
