package nn_test

import (
	"testing"

	"github.com/netmend/netmend/nn"
)

func TestBatchRows(t *testing.T) {
	net := func(dim int) *nn.Network {
		n, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: nn.ReLU()}}, []int{dim}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for dim, want := range map[int]int{1: 512, 1 << 12: 512, 1 << 20: 4, 1 << 24: 1} {
		if got := net(dim).BatchRows(); got != want {
			t.Errorf("input of %d: %d rows, want %d", dim, got, want)
		}
	}
}
