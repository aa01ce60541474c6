package set_test

import (
	"fmt"
	"log"

	"github.com/netmend/netmend/set"
)

func ExampleNewPolygon() {
	p, err := set.NewPolygon([][]float64{{1, 0, 0}, {1, 0, 2}, {1, 3, 0}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Plane)
	fmt.Println(p.At(1, 1))
	// Output:
	// [[0 0] [2 0] [0 3]]
	// [1 1 1]
}

func ExampleNewSegment() {
	s, err := set.NewSegment([]float64{0, 1}, []float64{4, 3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.At(0.25))
	// Output: [1 1.5]
}

func ExampleHalfSpace() {
	// y0 must be at least y1: y1 - y0 <= 0.
	h := set.HalfSpace{Normal: []float64{-1, 1}}
	fmt.Println(h.Slack([]float64{3, 1}), h.Slack([]float64{1, 3}))
	// Output: 2 -2
}
