package digits_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/digits"
)

// TestGenerate checks that images are what the package says, and that image i
// depends on the seed alone.
func TestGenerate(t *testing.T) {
	p := digits.Generate(300, 7)
	if p.Rows != 300 || p.Dim != digits.Size*digits.Size || len(p.Labels) != 300 {
		t.Fatalf("%d points of dimension %d with %d labels", p.Rows, p.Dim, len(p.Labels))
	}
	seen := map[int]int{}
	for i := range p.Rows {
		seen[p.Labels[i]]++
		ink := 0.0
		for _, v := range p.Row(i) {
			if v < 0 || v > 1 || math.Abs(float64(255*v)-math.Round(255*v)) > 1e-9 {
				t.Fatalf("image %d has a pixel of %v", i, v)
			}
			ink += v
		}
		if share := ink / float64(p.Dim); share < 0.02 || share > 0.35 {
			t.Errorf("image %d (a %d): %.3f of it is ink", i, p.Labels[i], share)
		}
	}
	if len(seen) != digits.Classes {
		t.Errorf("digits %v, want all ten", seen)
	}
	fewer, other := digits.Generate(20, 7), digits.Generate(20, 8)
	if !slices.Equal(fewer.Data, p.Data[:len(fewer.Data)]) || !slices.Equal(fewer.Labels, p.Labels[:20]) {
		t.Error("the first 20 of 300 differ from 20 alone")
	}
	if slices.Equal(fewer.Data, other.Data) {
		t.Error("another seed gives the same images")
	}
}

// TestFog checks the formula at the brightest pixel, which fog cannot leave, and
// that stronger fog hides more.
func TestFog(t *testing.T) {
	p := digits.Generate(50, 1)
	contrast := func(f digits.Fog) float64 {
		q := f.Over(p, 3)
		sum := 0.0
		for i := range p.Data {
			if v := q.Data[i]; v < 0 || v > 1 {
				t.Fatalf("a pixel of %v", v)
			}
			sum += math.Abs(q.Data[i] - p.Data[i])
		}
		return sum / float64(len(p.Data))
	}
	thin, thick := contrast(digits.Fog{Strength: 0.5, Decay: 2}), contrast(digits.Fog{Strength: 3, Decay: 2})
	if !(thin < thick) {
		t.Errorf("fog of strength 0.5 changes pixels by %v, of 3 by %v", thin, thick)
	}
	none := digits.Fog{Strength: 0, Decay: 2}.Over(p, 3)
	if !slices.Equal(none.Data, p.Data) {
		t.Error("fog of strength 0 changes the images")
	}
	a, b := digits.DefaultFog.Over(p, 3), digits.DefaultFog.Over(digits.Generate(10, 1), 3)
	if !slices.Equal(a.Data[:len(b.Data)], b.Data) {
		t.Error("the fog of image i depends on the others")
	}
}

func ExampleGenerate() {
	p := digits.Generate(1000, 1)
	fog := digits.DefaultFog.Over(p, 1)
	fmt.Println(p.Rows, p.Dim, p.Labels[:5], len(fog.Data) == len(p.Data))
	// Output: 1000 784 [7 8 3 4 6] true
}
