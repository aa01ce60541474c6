package preimage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Limits that end a computation early, with what was found until then.
var (
	// ErrPolyhedra: there are more polyhedra than the limit allows.
	ErrPolyhedra = errors.New("there are more polyhedra than the limit allows")
	// ErrMemory: the memory allowed is used up.
	ErrMemory = errors.New("the memory allowed is used up")
	// ErrTime: the time allowed is over.
	ErrTime = errors.New("the time allowed is over")
	// ErrUnbounded: the domain is unbounded, and must not be.
	ErrUnbounded = errors.New("give lower and upper limits of every input")
	// ErrResolution: the domain is so large, compared with the resolution of float64, that
	// pieces of the size of the target's numbers may be missing.
	ErrResolution = errors.New("the input set is so large that float64 does not resolve pieces of the size of the output set's numbers, " +
		"and some may be missing: divide the input set, or leave out inputs that do not occur")
)

// withLimit ends a context after d, with the cause ErrTime; d = 0 means no
// limit.
func withLimit(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, d, ErrTime)
}

// checkPiecewise names the first node that is not piecewise affine.
func checkPiecewise(net *nn.Network) error {
	i := net.SmoothNode()
	if i < 0 {
		return nil
	}
	n := net.Nodes[i]
	return fmt.Errorf("node %d (%s %q) is not piecewise affine, so preimages and images are not unions of polyhedra; "+
		"their over-approximations (ImageBox, ImageZonotope, Boxes) take it", i, n.Op.Kind(), n.Name)
}

// checkContinuous names the first node whose function jumps.
func checkContinuous(net *nn.Network) error {
	i := net.DiscontinuousNode()
	if i < 0 {
		return nil
	}
	n := net.Nodes[i]
	return fmt.Errorf("node %d (%s %q) is not continuous, so the network has no closed linear regions; "+
		"its preimages are computed layer by layer (Backward)", i, n.Op.Kind(), n.Name)
}

// checkTarget reports a target that is not a union of polyhedra in the output
// space.
func checkTarget(net *nn.Network, target set.Union) error {
	for i, p := range target {
		if p.Dim != net.OutDim() {
			return fmt.Errorf("target: polyhedron %d has dimension %d, the network has %d outputs", i, p.Dim, net.OutDim())
		}
	}
	if err := target.Validate(); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	return nil
}

// checkDomain reports a domain that is not a polyhedron in the input space.
func checkDomain(net *nn.Network, domain set.Polyhedron) error {
	if domain.Dim != net.InDim() {
		return fmt.Errorf("domain of dimension %d, the network has %d inputs", domain.Dim, net.InDim())
	}
	if err := domain.Validate(); err != nil {
		return fmt.Errorf("domain: %w", err)
	}
	return nil
}

// checkBox reports a box that is not one in the input space.
func checkBox(net *nn.Network, box set.Box) error {
	if box.Dim() != net.InDim() {
		return fmt.Errorf("box of dimension %d, the network has %d inputs", box.Dim(), net.InDim())
	}
	if err := box.Validate(); err != nil && !isEmptyBox(box) {
		return err
	}
	return nil
}

// isEmptyBox reports whether a box is that of [set.EmptyBox].
func isEmptyBox(box set.Box) bool {
	for j, lo := range box.Lo {
		if !math.IsInf(lo, 1) || !math.IsInf(box.Hi[j], -1) {
			return false
		}
	}
	return true
}
