package proof

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/vnnlib"
)

// Trees sums up the split trees of a certificate.
type Trees struct {
	// Trees, Splits and Steps are how many there are.
	Trees, Splits, Steps int
	// Bytes is what the steps take.
	Bytes int64
}

// Holds checks a proof that no input fulfils a property, which states a violation. An
// error says why it does not prove that, unless it is ctx.Err().
//
// It takes some evaluations of bounds over the network for each step, and memory for the
// network's matrices and bounds, times the number of workers (0 means one per processor).
func Holds(ctx context.Context, net *nn.Network, p *vnnlib.Property, b *cert.PropertyHolds, workers int) (Trees, error) {
	if err := propertyFits(net, p); err != nil {
		return Trees{}, err
	}
	if len(b.Trees) != len(p.Cases) {
		return Trees{}, fmt.Errorf("%d split trees for a property of %d cases", len(b.Trees), len(p.Cases))
	}
	return runTrees(ctx, b.Trees, workers, func(i int) (*tree.Problem, error) { return tree.OfCase(net, &p.Cases[i]), nil })
}

func propertyFits(net *nn.Network, p *vnnlib.Property) error {
	if err := aboutOutputs(net, p.BeforeEnd); err != nil {
		return err
	}
	if p.Inputs != net.InDim() || p.Outputs != net.OutDim() {
		return fmt.Errorf("the property has %d inputs and %d outputs, the network %d and %d", p.Inputs, p.Outputs, net.InDim(), net.OutDim())
	}
	return nil
}

// EmptyPreimage checks a proof that no input of a set gives an output in its target, for all
// questions that the body states. An error says why it does not prove that, unless it is
// ctx.Err(). It costs what [Holds] costs.
func EmptyPreimage(ctx context.Context, net *nn.Network, b *cert.PreimageEmpty, workers int) (Trees, error) {
	if err := net.CheckEnd(); err != nil {
		return Trees{}, err
	}
	if len(b.Questions) == 0 {
		return Trees{}, fmt.Errorf("the certificate states no set of inputs")
	}
	return runTrees(ctx, b.Trees, workers, func(i int) (*tree.Problem, error) {
		q := &b.Questions[i]
		inputs, err := polyhedron(q.Inputs, net.InDim())
		if err != nil {
			return nil, fmt.Errorf("the inputs: %w", err)
		}
		var target set.Union
		for _, term := range q.Target {
			p, err := polyhedron(term, net.OutDim())
			if err != nil {
				return nil, fmt.Errorf("the target: %w", err)
			}
			target = append(target, p)
		}
		return tree.OfSets(net, inputs, target), nil
	})
}

// polyhedron is the intersection of half-spaces in a space of a dimension.
func polyhedron(hs []cert.HalfSpace, dim int) (set.Polyhedron, error) {
	p := set.Whole(dim)
	for _, h := range hs {
		if len(h.Normal) != dim {
			return p, fmt.Errorf("a half-space has %d numbers, want %d", len(h.Normal), dim)
		}
		p.Rows = append(p.Rows, set.HalfSpace{Normal: h.Normal, Offset: h.Offset})
	}
	return p, nil
}

// runTrees executes all trees.
func runTrees(ctx context.Context, trees []cert.Tree, workers int, problem func(int) (*tree.Problem, error)) (Trees, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	total := Trees{Trees: len(trees)}
	free := make(chan struct{}, workers)
	for range workers - min(workers, len(trees)) {
		free <- struct{}{}
	}
	var (
		mu      sync.Mutex
		wait    sync.WaitGroup
		next    int
		first   = len(trees) // the first tree that fails
		failure error
	)
	one := func(i int) error {
		p, err := problem(i)
		if err != nil {
			return err
		}
		t, err := tree.RunParallel(ctx, p, trees[i], free)
		mu.Lock()
		defer mu.Unlock()
		total.Splits += t.Splits
		total.Steps += t.Steps
		total.Bytes += int64(len(trees[i]))
		return err
	}
	for range min(workers, len(trees)) {
		wait.Go(func() {
			defer func() { free <- struct{}{} }()
			for {
				mu.Lock()
				i := next
				next++
				stop := failure != nil
				mu.Unlock()
				if stop || i >= len(trees) {
					return
				}
				if err := one(i); err != nil {
					mu.Lock()
					if i < first {
						first, failure = i, err
					}
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()
	if failure != nil && ctx.Err() == nil && len(trees) > 1 {
		failure = fmt.Errorf("split tree %d of %d: %w", first+1, len(trees), failure)
	}
	return total, failure
}
