package digits

import (
	"math"
	"math/rand/v2"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/internal/portable"
)

// Size is the height and width of an image; Classes is the number of digits.
const (
	Size    = 28
	Classes = 10
)

// How much writing varies: the spread of a stroke's points, in units of the
// digit's height, and the largest rotation (radians), shear, relative change of
// size and shift (pixels), each in both directions; the pen's radius in pixels.
const (
	wobble      = 0.025
	rotation    = 0.22
	shear       = 0.25
	resize      = 0.15
	shift       = 1.5
	warp        = 0.035
	thinnest    = 0.75
	thickest    = 1.65
	glyphPixels = 20
)

// streams of random numbers for images, labels and fog, so that none disturbs
// another.
const (
	imageStream = iota << 32
	labelStream
	fogStream
)

// Generate draws n images of random digits. Labels are the digits.
func Generate(n int, seed uint64) *dataset.Points {
	p := &dataset.Points{Rows: n, Dim: Size * Size, Data: make([]float64, n*Size*Size), Labels: make([]int, n)}
	labels := rand.New(rand.NewPCG(seed, labelStream))
	for i := range p.Labels {
		p.Labels[i] = labels.IntN(Classes)
	}
	each(n, func(i int) {
		draw(p.Row(i), p.Labels[i], rand.New(rand.NewPCG(seed, imageStream+uint64(i))))
	})
	return p
}

// each calls f for 0 to n-1 on all processors.
func each(n int, f func(i int)) { parallel.Each(n, parallel.Workers(0), f) }

// draw writes one digit into an image.
func draw(image []float64, digit int, random *rand.Rand) {
	either := func(size float64) float64 { return float64(size * (float64(2*random.Float64()) - 1)) }
	place := newPlacement(either)
	radius := thinnest + float64((thickest-thinnest)*random.Float64())
	ink := 0.8 + float64(0.2*random.Float64())
	for _, path := range strokes[digit] {
		moved := make([]point, len(path))
		for i, p := range path {
			moved[i] = point{p.x + float64(wobble*random.NormFloat64()), p.y + float64(wobble*random.NormFloat64())}
		}
		fine := curve(moved)
		for i := range fine {
			fine[i] = place.at(fine[i])
		}
		for i := range len(fine) - 1 {
			ruleLine(image, fine[i], fine[i+1], radius, ink)
		}
	}
	for i, v := range image {
		image[i] = math.Round(255*v) / 255
	}
}

// placement maps the unit square of a digit to pixels.
type placement struct {
	xx, xy, yx, yy, dx, dy float64
	bend, phase            float64
}

func newPlacement(either func(float64) float64) placement {
	angle, slant := either(rotation), either(shear)
	wide, high := float64(glyphPixels*(1+either(resize))), float64(glyphPixels*(1+either(resize)))
	sin, cos := portable.Sincos(angle)
	return placement{
		xx: float64(wide * cos), xy: float64(wide*slant*cos) - float64(high*sin), yx: float64(wide * sin), yy: float64(wide*slant*sin) + float64(high*cos),
		dx: Size/2 + either(shift), dy: Size/2 + either(shift),
		bend: either(warp), phase: either(math.Pi),
	}
}

func (p placement) at(q point) point {
	sin, _ := portable.Sincos(float64(2*math.Pi*q.y) + p.phase)
	_, cos := portable.Sincos(float64(2*math.Pi*q.x) + p.phase)
	x := q.x - 0.5 + float64(p.bend*sin)
	y := q.y - 0.5 + float64(p.bend*cos)
	return point{p.dx + float64(p.xx*x) + float64(p.xy*y), p.dy + float64(p.yx*x) + float64(p.yy*y)}
}

// ruleLine draws a piece of a stroke: a pixel is as bright as the pen covers it,
// with an edge one pixel wide.
func ruleLine(image []float64, a, b point, radius, ink float64) {
	reach := radius + 1
	ux, uy := b.x-a.x, b.y-a.y
	length := float64(ux*ux) + float64(uy*uy)
	for y := max(0, int(min(a.y, b.y)-reach)); y <= min(Size-1, int(max(a.y, b.y)+reach)); y++ {
		for x := max(0, int(min(a.x, b.x)-reach)); x <= min(Size-1, int(max(a.x, b.x)+reach)); x++ {
			px, py := float64(x)+0.5-a.x, float64(y)+0.5-a.y
			t := 0.0
			if length > 0 {
				t = max(0, min(1, (float64(px*ux)+float64(py*uy))/length))
			}
			distance := portable.Hypot(px-float64(t*ux), py-float64(t*uy))
			value := float64(ink * max(0, min(1, radius+0.5-distance)))
			image[y*Size+x] = max(image[y*Size+x], value)
		}
	}
}
