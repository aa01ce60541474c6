package solve_test

import (
	"fmt"
	"log"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

func ExampleEmpty() {
	band := set.Polyhedron{Dim: 2, Rows: []set.HalfSpace{
		{Normal: []float64{1, 1}, Offset: 1},
		{Normal: []float64{-1, -1}, Offset: -2},
	}}
	e, err := solve.Empty(band)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%v %.3f\n", e.Empty, e.Farkas)
	// Output: true [0.354 0.354]
}

func ExampleVolume() {
	corner := set.Polyhedron{Dim: 3, Rows: []set.HalfSpace{
		{Normal: []float64{-1, 0, 0}},
		{Normal: []float64{0, -1, 0}},
		{Normal: []float64{0, 0, -1}},
		{Normal: []float64{1, 1, 1}, Offset: 3},
	}}
	v, err := solve.Volume(corner)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.9g\n", v)
	// Output: 4.5
}

func ExampleEqual() {
	square := set.Box{Lo: []float64{0, 0}, Hi: []float64{1, 1}}.Polyhedron()
	below := square.With(set.HalfSpace{Normal: []float64{-1, 1}})
	above := square.With(set.HalfSpace{Normal: []float64{1, -1}})
	_, same, err := solve.Equal(set.Union{square}, set.Union{below, above}, 0)
	if err != nil {
		log.Fatal(err)
	}
	outside, ok, err := solve.Covered(set.Union{square}, set.Union{below}, 1e-6)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(same, ok, above.Contains(outside))
	// Output: true false true
}

func ExampleNearest() {
	half := set.Polyhedron{Dim: 2, Rows: []set.HalfSpace{{Normal: []float64{3, 4}, Offset: 0}}}
	for _, norm := range []solve.Norm{solve.L1, solve.L2, solve.LInf} {
		_, distance, err := solve.Nearest(half, []float64{7, 1}, norm)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%v %.4g\n", norm, distance)
	}
	// Output:
	// l1 6.25
	// l2 5
	// linf 3.571
}
