package proof_test

import (
	"context"
	"fmt"
	"log"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec"
)

func ExampleCheck() {
	// y = ReLU(x) on the segment from -1 to 1: is it at most 1? At most 0.5?
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: nn.ReLU()}}, []int{1}, nn.Meta{})
	if err != nil {
		log.Fatal(err)
	}
	for _, limit := range []string{"1", "0.5"} {
		s, err := spec.ReadArgument(`[{"segment": {"from": [-1], "to": [1]}, "output": {"bounds": {"0": [null, ` + limit + `]}}}]`)
		if err != nil {
			log.Fatal(err)
		}
		r, err := proof.Check(context.Background(), net, s, proof.Options{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(limit, r.Status)
	}
	// Output:
	// 1 holds
	// 0.5 violated
}
