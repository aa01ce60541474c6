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
// It takes some evaluations of bounds over the network a step, and memory for the
// network's matrices and bounds, times the number of workers (0 means one a processor).
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
	if p.Inputs != net.InDim() || p.Outputs != net.OutDim() {
		return fmt.Errorf("the property has %d inputs and %d outputs, the network %d and %d", p.Inputs, p.Outputs, net.InDim(), net.OutDim())
	}
	return nil
}

// EmptyPreimage checks a proof that no input of a set gives an output in its target, for
// all questions that the body states. An error says why it does not prove that, unless
// it is ctx.Err(). It takes what [Holds] takes.
func EmptyPreimage(ctx context.Context, net *nn.Network, b *cert.PreimageEmpty, workers int) (Trees, error) {
	if len(b.Questions) == 0 {
		return Trees{}, fmt.Errorf("the certificate states no set of inputs")
	}
	return runTrees(ctx, b.Trees, workers, func(i int) (*tree.Problem, error) {
		q := &b.Questions[i]
		inputs := set.Whole(net.InDim())
		for _, h := range q.Inputs {
			if len(h.Normal) != net.InDim() {
				return nil, fmt.Errorf("a half-space of the inputs has %d numbers, the network %d inputs", len(h.Normal), net.InDim())
			}
			inputs = inputs.With(set.HalfSpace{Normal: h.Normal, Offset: h.Offset})
		}
		var target set.Union
		for _, term := range q.Target {
			p := set.Whole(net.OutDim())
			for _, h := range term {
				if len(h.Normal) != net.OutDim() {
					return nil, fmt.Errorf("a half-space of the target has %d numbers, the network %d outputs", len(h.Normal), net.OutDim())
				}
				p = p.With(set.HalfSpace{Normal: h.Normal, Offset: h.Offset})
			}
			target = append(target, p)
		}
		return tree.OfSets(net, inputs, target), nil
	})
}

// runTrees executes all trees.
func runTrees(ctx context.Context, trees []cert.Tree, workers int, problem func(int) (*tree.Problem, error)) (Trees, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	total := Trees{Trees: len(trees)}
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
		t, err := tree.Run(ctx, p, trees[i])
		mu.Lock()
		defer mu.Unlock()
		total.Splits += t.Splits
		total.Steps += t.Steps
		total.Bytes += int64(len(trees[i]))
		return err
	}
	for range min(workers, len(trees)) {
		wait.Go(func() {
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
