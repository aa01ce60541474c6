package certify

import (
	"context"
	"fmt"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/vnnlib"
)

// Property looks for a certificate that no input fulfils a property, which states a
// violation. It fails as [Search] does.
func Property(ctx context.Context, net *nn.Network, p *vnnlib.Property, opt Options) (*cert.PropertyHolds, error) {
	if !p.BeforeEnd {
		if err := net.CheckEnd(); err != nil {
			return nil, err
		}
	}
	if p.Inputs != net.InDim() || p.Outputs != net.OutDim() {
		return nil, fmt.Errorf("the property has %d inputs and %d outputs, the network %d and %d", p.Inputs, p.Outputs, net.InDim(), net.OutDim())
	}
	trees, err := searchAll(ctx, len(p.Cases), opt, func(i int) *tree.Problem { return tree.OfCase(net, &p.Cases[i]) })
	if err != nil {
		return nil, err
	}
	return &cert.PropertyHolds{Trees: trees}, nil
}

// searchAll looks for n proofs.
func searchAll(ctx context.Context, n int, opt Options, problem func(int) *tree.Problem) ([]cert.Tree, error) {
	if opt.MaxBytes == 0 {
		opt.MaxBytes = DefaultMaxBytes
	}
	trees := make([]cert.Tree, n)
	for i := range trees {
		found, err := Search(ctx, problem(i), opt)
		if err != nil {
			if n > 1 {
				err = fmt.Errorf("set %d of %d: %w", i+1, n, err)
			}
			return nil, err
		}
		if trees[i] = found.Steps; int64(len(trees[i])) >= opt.MaxBytes && i+1 < n {
			return nil, ErrMaxBytes
		}
		opt.MaxBytes -= int64(len(trees[i]))
	}
	return trees, nil
}

// Question asks whether some input of a set gives an output in a target. Strict
// half-spaces are taken as closed.
type Question struct {
	Inputs set.Polyhedron
	Target set.Union
}

// Preimage looks for a certificate that no question's set has an input that gives an
// output in its target. It fails as [Search] does.
func Preimage(ctx context.Context, net *nn.Network, questions []Question, opt Options) (*cert.PreimageEmpty, error) {
	if err := net.CheckEnd(); err != nil {
		return nil, err
	}
	b := &cert.PreimageEmpty{}
	for _, q := range questions {
		c := cert.Question{Inputs: halfSpaces(q.Inputs.Rows), Target: [][]cert.HalfSpace{}}
		for _, term := range q.Target {
			c.Target = append(c.Target, halfSpaces(term.Rows))
		}
		b.Questions = append(b.Questions, c)
	}
	var err error
	b.Trees, err = searchAll(ctx, len(questions), opt, func(i int) *tree.Problem {
		return tree.OfSets(net, questions[i].Inputs, questions[i].Target)
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

func halfSpaces(rows []set.HalfSpace) []cert.HalfSpace {
	hs := make([]cert.HalfSpace, 0, len(rows))
	for _, h := range rows {
		hs = append(hs, cert.HalfSpace{Normal: h.Normal, Offset: h.Offset})
	}
	return hs
}

// Witness is a certificate that the input x, in a case of the property, fulfils a term of
// its outputs, and the exact margin (see [proof.Violated]). An input that the property
// fixes to a number that is not a float64 gets that number.
//
// It fails if x is not a witness in exact arithmetic, or cannot be evaluated in it.
func Witness(net *nn.Network, p *vnnlib.Property, x []float64, index, term int) (*cert.PropertyViolated, *big.Rat, error) {
	box := &p.Cases[index].Input
	var exact []*big.Rat
	for j, v := range x {
		r := new(big.Rat).SetFloat64(v)
		if r == nil {
			return nil, nil, fmt.Errorf("input %d of the witness is %v", j, v)
		}
		lo, isLow := new(big.Rat).SetString(box.LowerText[j])
		hi, isHigh := new(big.Rat).SetString(box.UpperText[j])
		if isLow && isHigh && lo.Cmp(hi) == 0 {
			r = lo
		}
		exact = append(exact, r)
	}
	return ExactWitness(net, p, exact, index, term)
}

// ExactWitness is like [Witness], of an input in rational numbers.
func ExactWitness(net *nn.Network, p *vnnlib.Property, x []*big.Rat, index, term int) (*cert.PropertyViolated, *big.Rat, error) {
	b := &cert.PropertyViolated{Case: index, Term: term}
	for _, v := range x {
		b.Input = append(b.Input, cert.NewRational(v))
	}
	margin, err := proof.Violated(net, p, b)
	return b, margin, err
}
