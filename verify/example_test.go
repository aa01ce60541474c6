package verify_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec/vnnlib"
	"github.com/netmend/netmend/verify"
)

func ExampleProperty() {
	// y = ReLU(x) on [-1, 1]: can it be 0.5 or more? Can it exceed 1?
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: nn.ReLU()}}, []int{1}, nn.Meta{})
	if err != nil {
		log.Fatal(err)
	}
	for _, violation := range []string{"(>= Y_0 0.5)", "(>= Y_0 1.01)"} {
		text := "(declare-const X_0 Real) (declare-const Y_0 Real) (assert (and (>= X_0 -1) (<= X_0 1) " + violation + "))"
		p, err := vnnlib.Read(strings.NewReader(text), "example")
		if err != nil {
			log.Fatal(err)
		}
		r, err := verify.Property(context.Background(), net, p, verify.Options{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(violation, r.Verdict)
	}
	// Output:
	// (>= Y_0 0.5) violated
	// (>= Y_0 1.01) holds
}
