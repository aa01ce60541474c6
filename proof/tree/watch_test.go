package tree

import (
	"context"
	"errors"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/treetest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// TestDone: once the context is done, a state is not made, and a step of one that is there
// ends within a layer.
func TestDone(t *testing.T) {
	net := treetest.Network(t, []int{200, 200, 200, 1}, false, func() float64 { return 0.1 }, nn.ReLU)
	p := &Problem{Net: net, Terms: [][]set.HalfSpace{{{Normal: []float64{1}, Offset: -1}}}}
	for range net.InDim() {
		p.Lo, p.Hi = append(p.Lo, 0), append(p.Hi, 1)
	}
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	s, err := New(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	cancel(reason)
	if ok, err := s.Close(0, []cert.Weight{{Value: 1}}, nil); ok || !errors.Is(err, reason) {
		t.Errorf("a step: %v, %v", ok, err)
	}
	if s.fresh > 1 {
		t.Errorf("%d nodes were computed", s.fresh)
	}
	if _, err := New(ctx, p); !errors.Is(err, reason) {
		t.Errorf("a state: %v", err)
	}
}
