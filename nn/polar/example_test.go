package polar_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/netmend/netmend/nn/polar"
)

func ExampleRead() {
	// One input, one output, one hidden layer of two: |x| - 1.
	const file = "1 1 1\n2\nReLU\nAffine\n1 0\n-1 0\n1 1 0\n1\n1\n"
	network, err := polar.Read(strings.NewReader(file), "abs.network")
	if err != nil {
		log.Fatal(err)
	}
	y, err := network.EvalPoint([]float64{-3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(y)
	// Output: [2]
}
