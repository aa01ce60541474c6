package expr_test

import (
	"fmt"
	"log"

	"github.com/netmend/netmend/spec/expr"
)

func ExampleParse() {
	// The decision boundary of two classes, as far as the third stays below 1.
	target, err := expr.Parse("y0 - y1 in [-0.1, 0.1] and y2 <= 1", "--output", 3)
	if err != nil {
		log.Fatal(err)
	}
	for _, h := range target[0].Rows {
		fmt.Println(h.Normal, "at most", h.Offset)
	}
	_, err = expr.Parse("y0 <= y3", "--output", 3)
	fmt.Println(err)
	// Output:
	// [-1 1 0] at most 0.1
	// [1 -1 0] at most 0.1
	// [0 0 1] at most 1
	// --output:1:7: there is no output y3: the network has outputs y0 to y2
}

func ExampleParseBox() {
	box, err := expr.ParseBox("-1:1,0.5,0:inf", "--input")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(box.Lo, box.Hi)
	// Output: [-1 0.5 0] [1 0.5 +Inf]
}
