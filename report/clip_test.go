package report

import (
	"math"
	"math/rand/v2"
	"testing"
)

// grid returns places on a coarse grid, so that corners, edges and equal places
// occur often.
func grid(random *rand.Rand, n int) []vec {
	ps := make([]vec, n)
	for i := range ps {
		ps[i] = vec{float64(random.IntN(13) - 3), float64(random.IntN(13) - 3)}
	}
	return ps
}

// distance from p to the polyline.
func distance(p vec, line []vec) float64 {
	best := math.Inf(1)
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		dx, dy := b.x-a.x, b.y-a.y
		t := 0.0
		if l := float64(dx*dx) + float64(dy*dy); l > 0 {
			t = max(0, min(1, (float64((p.x-a.x)*dx)+float64((p.y-a.y)*dy))/l))
		}
		best = min(best, math.Hypot(a.x+float64(t*dx)-p.x, a.y+float64(t*dy)-p.y))
	}
	return best
}

// TestClipLine: a sampled place of the line lies on a part exactly if it lies
// in the box, and parts lie in the box and on the line.
func TestClipLine(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	b := box{0, 0, 6, 5}
	const tolerance = 1e-9
	for range 3000 {
		line := grid(random, 2+random.IntN(5))
		parts := b.clipLine(line)
		near := func(p vec) float64 {
			best := math.Inf(1)
			for _, part := range parts {
				best = min(best, distance(p, part))
			}
			return best
		}
		for i := 1; i < len(line); i++ {
			p := between(line[i-1], line[i], random.Float64())
			inside := p.x >= 0 && p.x <= 6 && p.y >= 0 && p.y <= 5
			if on := near(p) < tolerance; on != inside {
				t.Fatalf("%v of %v: on a part %v, in the box %v (parts %v)", p, line, on, inside, parts)
			}
		}
		for _, part := range parts {
			for i, p := range part {
				if !b.holds(p) || distance(p, line) > tolerance {
					t.Fatalf("corner %d of %v of %v lies outside", i, part, line)
				}
			}
		}
	}
}

// contains tells by the signs of the turns whether a convex polygon, if it has
// any area, holds p.
func contains(corners []vec, p vec) bool {
	left, right := false, false
	for i, a := range corners {
		b := corners[(i+1)%len(corners)]
		turn := float64((b.x-a.x)*(p.y-a.y)) - float64((b.y-a.y)*(p.x-a.x))
		left, right = left || turn > 0, right || turn < 0
	}
	return left != right
}

func TestClipPolygon(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	b := box{0, 0, 6, 5}
	for range 3000 {
		triangle := grid(random, 3)
		area := float64((triangle[1].x-triangle[0].x)*(triangle[2].y-triangle[0].y)) - float64((triangle[1].y-triangle[0].y)*(triangle[2].x-triangle[0].x))
		if area == 0 {
			continue
		}
		clipped := b.clipPolygon(triangle)
		for range 20 {
			p := vec{float64(12*random.Float64()) - 3, float64(12*random.Float64()) - 3}
			want := contains(triangle, p) && p.x >= 0 && p.x <= 6 && p.y >= 0 && p.y <= 5
			if got := contains(clipped, p); got != want {
				t.Fatalf("%v in the part %v of %v: %v, want %v", p, clipped, triangle, got, want)
			}
		}
	}
}

// TestDashes: strokes and gaps have the pattern's lengths, corners included.
func TestDashes(t *testing.T) {
	line := []vec{{0, 0}, {10, 0}, {10, 10}, {0, 10}}
	pieces := dashes(line, []float64{6, 4})
	if len(pieces) != 3 {
		t.Fatalf("%d strokes on 30 pixels, want 3", len(pieces))
	}
	for i, piece := range pieces {
		length := 0.0
		for j := 1; j < len(piece); j++ {
			length += math.Hypot(piece[j].x-piece[j-1].x, piece[j].y-piece[j-1].y)
		}
		if math.Abs(length-6) > 1e-9 {
			t.Errorf("stroke %d is %v long, want 6", i, length)
		}
	}
	// The third begins 20 pixels along the line, at its second corner.
	if first := pieces[2][0]; math.Hypot(first.x-10, first.y-10) > 1e-9 {
		t.Errorf("the third stroke begins at %v, want (10, 10)", first)
	}
}
