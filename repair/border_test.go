package repair

import (
	"math"
	"slices"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// borderProblem has a polygon, one that shares an edge with it, and a segment that shares
// a corner.
func borderProblem(t *testing.T, seed uint64) *problem {
	t.Helper()
	r := random(seed)
	net := chain(t, 3, randomDense(r, 5, 3, false), nn.ReLU(), randomDense(r, 4, 5, false), nn.ReLU(), randomDense(r, 2, 4, false))
	a, b, c, d := []float64{-2, -2, 0}, []float64{2, -2, 1}, []float64{2, 2, 1}, []float64{-2, 2, 0}
	s := specOf(
		polygonItem(t, class(0), a, b, c, d),
		polygonItem(t, class(0), b, c, []float64{5, 0, 3}),
		segmentItem(t, class(0), d, []float64{-5, 4, 2}),
	)
	return newTestProblem(t, net, s, Options{Layer: 1}.filled(t))
}

// off is how far a point lies from the segment between the first and the last row.
func off(x []float64, hull nn.Matrix) float64 {
	a, b := hull.Row(0), hull.Row(hull.Rows-1)
	length, along := 0.0, 0.0
	for i := range x {
		length += float64((b[i] - a[i]) * (b[i] - a[i]))
		along += float64((b[i] - a[i]) * (x[i] - a[i]))
	}
	s, sum := 0.0, 0.0
	if length > 0 {
		s = min(1, max(0, along/length))
	}
	for i := range x {
		sum += math.Pow(a[i]+float64(s*(b[i]-a[i]))-x[i], 2)
	}
	return math.Sqrt(sum)
}

// TestHullOfFaces: the set on which a face's values are numbered contains the face, and
// is a corner or an edge of the item where the face lies on one.
func TestHullOfFaces(t *testing.T) {
	corners, edges, inside := 0, 0, 0
	for seed := range uint64(20) {
		p := borderProblem(t, seed)
		border := p.borderEdges()
		for i := range p.cells {
			c := &p.cells[i]
			for j, a := range c.places {
				b := c.places[(j+1)%len(c.places)]
				for _, f := range []face{{c.item, a, a}, {c.item, min(a, b), max(a, b)}} {
					hull := p.hullOf(f, border)
					switch {
					case hull.Rows > 2 || len(c.places) < 3 && hull.Rows == 2:
						inside++
						continue
					case hull.Rows == 1:
						corners++
					default:
						edges++
					}
					for _, v := range f[1:] {
						if d := off(p.at(p.places[v]), hull); d > 1e-8 {
							t.Fatalf("seed %d: face %v at %v is %g off %v", seed, f, p.at(p.places[v]), d, hull.Data)
						}
					}
				}
			}
		}
		for _, e := range p.spec.Items[2:] { // ends, where units tie or not
			for v, pl := range p.places {
				at, segment := p.at(pl), e.Segment
				if x := p.corner(face{pl.item, int32(v), int32(v)}); x != nil {
					if off(at, nn.RowMatrix(x)) > 1e-8 {
						t.Fatalf("seed %d: place at %v is taken for the corner %v", seed, at, x)
					}
				} else if slices.Equal(at, segment.From) || slices.Equal(at, segment.To) {
					t.Fatalf("seed %d: the end %v is taken for no corner", seed, at)
				}
			}
		}
	}
	if corners < 100 || edges < 100 || inside < 100 {
		t.Errorf("%d corners, %d on edges, %d inside: too few to tell", corners, edges, inside)
	}
}

// TestHullOfSharedPlaces: at a place that several items have, what is numbered holds for
// all of them.
func TestHullOfSharedPlaces(t *testing.T) {
	shared := 0
	for seed := range uint64(10) {
		p := borderProblem(t, seed)
		for i := range p.cells {
			c := &p.cells[i]
			for _, v := range c.places {
				hull := p.hullAt(v)
				if p.places[v].item != c.item {
					shared++
				}
				for _, x := range vertices(&p.spec.Items[c.item]) {
					found := false
					for r := range hull.Rows {
						found = found || slices.Equal(hull.Row(r), x)
					}
					if !found {
						t.Fatalf("seed %d: place %d of item %d and %d: %v is missing", seed, v, p.places[v].item, c.item, x)
					}
				}
			}
		}
	}
	if shared < 20 {
		t.Errorf("%d shared places: too few to tell", shared)
	}
}

func vertices(it *spec.Item) [][]float64 {
	if it.Segment != nil {
		return [][]float64{it.Segment.From, it.Segment.To}
	}
	return it.Polygon.Vertices
}
