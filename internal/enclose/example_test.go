package enclose_test

import (
	"fmt"
	"log"

	"github.com/netmend/netmend/internal/enclose"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

func ExampleOf() {
	relu, err := enclose.Of(nn.ReLU())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(relu.Image(set.Interval{Lo: -1, Hi: 2}))
	fmt.Println(relu.Preimage(set.Interval{Lo: 0, Hi: 3}, set.Interval{Lo: -5, Hi: 5}))
	// Output:
	// {0 2}
	// [{-5 3}]
}

func ExampleApproximate() {
	for _, strips := range []int{4, 16, 64} {
		band, err := enclose.Approximate(nn.Sigmoid(), set.Line(), strips)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d strips: sigmoid within %.4f\n", strips, band.Error())
	}
	// Output:
	// 4 strips: sigmoid within 0.0764
	// 16 strips: sigmoid within 0.0035
	// 64 strips: sigmoid within 0.0002
}
