package vnnlib_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/netmend/netmend/spec/vnnlib"
)

func ExampleRead() {
	const file = `
(declare-const X_0 Real)
(declare-const Y_0 Real)
(declare-const Y_1 Real)
(assert (and (>= X_0 -1) (<= X_0 1)))
(assert (or (<= Y_0 Y_1) (>= Y_0 2.5))) ; unsafe
`
	p, err := vnnlib.Read(strings.NewReader(file), "file.vnnlib")
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range p.Cases {
		fmt.Println("inputs from", c.Input.Box.Lo, "to", c.Input.Box.Hi)
		for _, o := range c.Outputs {
			fmt.Println("outputs with", o.HalfSpaces()[0].Normal, "at most", o.HalfSpaces()[0].Offset)
		}
	}
	fmt.Println(p.Violated([]float64{0}, []float64{2.5, 1}), p.Violated([]float64{0}, []float64{2, 1}))
	// Output:
	// inputs from [-1] to [1]
	// outputs with [1 -1] at most 0
	// outputs with [-1 0] at most -2.5
	// true false
}
