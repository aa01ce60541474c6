package eran_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/netmend/netmend/nn/eran"
)

func ExampleRead() {
	const file = `ReLU
[[1, -1], [-1, 1]]
[0, 0]
ReLU
[[-1, -1]]
[0.5]
`
	for _, linear := range []bool{false, true} {
		network, err := eran.Read(strings.NewReader(file), "distance.eran", eran.Options{LinearOutput: linear})
		if err != nil {
			log.Fatal(err)
		}
		y, err := network.EvalPoint([]float64{3, 1})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(y)
	}
	// Output:
	// [0]
	// [-1.5]
}
