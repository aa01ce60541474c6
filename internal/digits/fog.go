package digits

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/netmend/netmend/dataset"
)

// Fog is a veil of fog: the brightness of a plasma fractal between 0 and 1,
// times Strength, is added to an image, which is then scaled back so that its
// brightest possible pixel stays where it was:
//
//	(image + Strength fractal) max / (max + Strength), max the brightest pixel.
//
// With each halving of the fractal's scale its displacements shrink by
// Decay^2: a larger Decay gives smoother fog. The published benchmark has
// Strength 1.5 to 3 and Decay 2 to 1.4 for its severities 1 to 5.
type Fog struct {
	Strength, Decay float64
	// Side of the fractal, a power of two from 32, of which an image shows a
	// corner: the larger, the smoother the fog is within an image. 0 means 32.
	Side int
}

// Check reports numbers that make no fog.
func (f Fog) Check() error {
	side := f.side()
	if !(f.Strength >= 0) || !(f.Decay > 0) || math.IsInf(f.Strength+f.Decay, 0) || side < smallestSide || side > largestSide || side&(side-1) != 0 {
		return fmt.Errorf("fog of strength %v, decay %v and side %d: want a strength from 0, a decay above 0, a power of two from %d to %d",
			f.Strength, f.Decay, side, smallestSide, largestSide)
	}
	return nil
}

func (f Fog) side() int {
	if f.Side == 0 {
		return smallestSide
	}
	return f.Side
}

// DefaultFog is fog through which a network trained on clean digits sees little.
var DefaultFog = Fog{Strength: 2.5, Decay: 1.75}

// The sides that a fractal may have: an image must fit in, and memory bear it.
const (
	smallestSide = 32
	largestSide  = 1024
)

// Over returns the points, images of [Size] x [Size] pixels between 0 and 1,
// under fog, with 8 bits. Labels are shared. Image i has its own fog, by the
// seed. f must pass [Fog.Check].
func (f Fog) Over(p *dataset.Points, seed uint64) *dataset.Points {
	q := &dataset.Points{Rows: p.Rows, Dim: p.Dim, Data: make([]float64, len(p.Data)), Labels: p.Labels}
	each(p.Rows, func(i int) {
		f.apply(q.Row(i), p.Row(i), rand.New(rand.NewPCG(seed, fogStream+uint64(i))))
	})
	return q
}

func (f Fog) apply(dst, image []float64, random *rand.Rand) {
	top := 0.0
	for _, v := range image {
		top = max(top, v)
	}
	plasma := fractal(f.side(), f.Decay, random)
	for y := range Size {
		for x := range Size {
			v := image[y*Size+x] + float64(f.Strength*plasma[y*f.side()+x])
			if top > 0 {
				v = float64(v * (top / (top + f.Strength)))
			}
			dst[y*Size+x] = math.Round(255*max(0, min(1, v))) / 255
		}
	}
}

// fractal is a plasma fractal of side n by the diamond-square algorithm on a
// torus, scaled to [0, 1].
func fractal(n int, decay float64, random *rand.Rand) []float64 {
	m := make([]float64, n*n)
	row := func(y int) []float64 { return m[(y&(n-1))*n:][:n] }
	size := 1.0
	for step := n; step >= 2; step /= 2 {
		half := step / 2
		for y := half; y < n; y += step { // centres of squares
			above, here, below := row(y-half), row(y), row(y+half)
			for x := half; x < n; x += step {
				left, right := x-half, (x+half)&(n-1)
				here[x] = float64((above[left]+above[right]+below[left]+below[right])/4) + float64(size*(float64(2*random.Float64())-1))
			}
		}
		for y := 0; y < n; y += half { // middles of sides
			above, here, below := row(y-half), row(y), row(y+half)
			for x := half - y%step; x < n; x += step {
				here[x] = float64((here[(x-half)&(n-1)]+here[(x+half)&(n-1)]+above[x]+below[x])/4) + float64(size*(float64(2*random.Float64())-1))
			}
		}
		size /= float64(decay * decay)
	}
	low, high := m[0], m[0]
	for _, v := range m {
		low, high = min(low, v), max(high, v)
	}
	for i := range m {
		m[i] = (m[i] - low) / (high - low)
	}
	return m
}
