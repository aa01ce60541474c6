package set

import (
	"math"
	"math/rand/v2"
)

// Sample returns a uniform point of the segment.
func (s Segment) Sample(random *rand.Rand) []float64 { return s.At(random.Float64()) }

// Sample returns a uniform point of the polygon: of a triangle of its fan from
// the first vertex, chosen by area.
func (p *Polygon) Sample(random *rand.Rand) []float64 {
	v := p.Plane
	areas := make([]float64, 0, len(v)-2)
	total := 0.0
	for k := 1; k+1 < len(v); k++ {
		a := math.Abs(float64((v[k][0]-v[0][0])*(v[k+1][1]-v[0][1])) - float64((v[k][1]-v[0][1])*(v[k+1][0]-v[0][0])))
		areas = append(areas, a)
		total += a
	}
	pick, k := float64(random.Float64()*total), 0
	for k < len(areas)-1 && pick >= areas[k] {
		pick -= areas[k]
		k++
	}
	a, b := random.Float64(), random.Float64()
	if a+b > 1 {
		a, b = 1-a, 1-b
	}
	at := func(axis int) float64 {
		return v[0][axis] + float64(a*(v[k+1][axis]-v[0][axis])) + float64(b*(v[k+2][axis]-v[0][axis]))
	}
	return p.At(at(0), at(1))
}
