package preimage

import (
	"context"
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// Lift is a set of coordinates as a set of inputs: the half-spaces that say that a point lies
// in the subspace, then those of the set. It takes memory in proportion to the square of the
// number of inputs.
func (f *Flat) Lift(p set.Polyhedron) set.Polyhedron {
	l, err := f.lifter(context.Background())
	if err != nil {
		panic(err) // the context has no end
	}
	return l.lift(p)
}

// lifter lifts sets of coordinates; what says that a point lies in the subspace is shared.
type lifter struct {
	origin []float64
	within set.Polyhedron
	duals  [][]float64 // coordinate k of a point x is duals[k] . (x - origin)
}

// lifter fails with the cause of ctx.
func (f *Flat) lifter(ctx context.Context) (*lifter, error) {
	l := &lifter{origin: f.Origin, within: set.Whole(len(f.Origin)), duals: make([][]float64, len(f.Axes))}
	units, lengths := f.orthonormal()
	if f.within != nil {
		l.within = *f.within
	} else {
		others, err := solve.Within(ctx).Complement(units, len(f.Origin))
		if err != nil {
			return nil, err
		}
		for _, w := range others { // two half-spaces for each direction that is orthogonal to the axes
			c := vector.Dot(w, f.Origin)
			l.within.Rows = append(l.within.Rows, set.HalfSpace{Normal: w, Offset: c}, set.HalfSpace{Normal: scaled(w, -1), Offset: -c})
		}
	}
	for k := len(f.Axes) - 1; k >= 0; k-- {
		l.duals[k] = scaled(units[k], 1/lengths[k])
		for m := k + 1; m < len(f.Axes); m++ {
			// Of what the later axes have along this one.
			share := vector.Dot(f.Axes[m], units[k]) / lengths[k]
			for j, a := range l.duals[m] {
				l.duals[k][j] -= float64(share * a)
			}
		}
	}
	return l, nil
}

func (l *lifter) lift(p set.Polyhedron) set.Polyhedron {
	lifted := l.within
	for _, h := range p.Rows {
		normal := make([]float64, len(l.origin))
		for k, dual := range l.duals {
			for j, a := range dual {
				normal[j] += float64(h.Normal[k] * a)
			}
		}
		lifted = lifted.With(set.HalfSpace{Normal: normal, Offset: h.Offset + vector.Dot(normal, l.origin), Strict: h.Strict})
	}
	return lifted
}

// orthonormal are the axes, each less what it has along those before, of length 1, and the
// lengths that they had.
func (f *Flat) orthonormal() (units [][]float64, lengths []float64) {
	for _, axis := range f.Axes {
		u := append([]float64(nil), axis...)
		for range 2 { // the second time takes away what rounding left
			for _, w := range units {
				along := vector.Dot(u, w)
				for j, a := range w {
					u[j] -= float64(along * a)
				}
			}
		}
		length := math.Sqrt(vector.Dot(u, u))
		units, lengths = append(units, scaled(u, 1/length)), append(lengths, length)
	}
	return units, lengths
}

// unit is the length, area or volume of the figure that the axes span.
func (f *Flat) unit() float64 {
	_, lengths := f.orthonormal()
	size := 1.0
	for _, l := range lengths {
		size = float64(size * l)
	}
	return size
}

// maxLifted is the largest number of inputs in which flat sets are given by half-spaces,
// whose numbers it takes the square of.
const maxLifted = 4096

// checkLift refuses a set in more inputs than half-spaces can be given for.
func (f *Flat) checkLift() error {
	if n := len(f.Origin); n > maxLifted {
		return fmt.Errorf("a flat set in %d inputs is not given by half-spaces, only in up to %d: its parts are counted and measured, but not kept", n, maxLifted)
	}
	return nil
}
