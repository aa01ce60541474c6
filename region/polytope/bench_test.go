package polytope_test

import (
	"context"
	"testing"

	"github.com/netmend/netmend/region/polytope"
)

// BenchmarkACASTarget is the exact preimage of the violation of property 2 by
// N(2,2).
func BenchmarkACASTarget(b *testing.B) {
	net := acas(b, 2, 2)
	for b.Loop() {
		if _, err := polytope.Enumerate(context.Background(), net, acasBox(2), polytope.Options{Target: violation(2), Workers: 1}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
