package spec

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// Share is a bound on the share of one output among several, as behind a Softmax:
// exp(y_k) / sum exp(y_j), over k = Output and the j of Others, is at least 1/(1+odds),
// that is
//
//	log sum over Others of exp(y_j - y_k) <= log odds,
//
// which is a convex set, or, with Most, at most 1/(1+odds), which is the complement of one.
// With a margin m the left side must be at most log odds - m, or at least log odds + m. No
// file states one: package final does, for the outputs of a file with such an end.
type Share struct {
	Output int
	Others []int
	// Odds is above 0: (1-t)/t for a share of at least t.
	Odds *big.Rat
	// Log is set in place of Odds where the logarithm of the share is to be at least
	// -Log, above 0: odds = exp(Log) - 1.
	Log *big.Rat
	// Strict asks for a larger share, with Most for a smaller one.
	Strict bool
	// Most makes it an upper bound.
	Most bool
}

// check reports a share that does not fit a network's outputs.
func (s *Share) check(outputs int) error {
	for _, k := range append([]int{s.Output}, s.Others...) {
		if k < 0 || k >= outputs {
			return fmt.Errorf("a share of output %d: the network has outputs 0 to %d", k, outputs-1)
		}
	}
	if len(s.Others) == 0 || slices.Contains(s.Others, s.Output) {
		return errors.New("a share of one output among others: want at least one other")
	}
	if (s.Odds == nil) == (s.Log == nil) || s.Odds != nil && s.Odds.Sign() <= 0 || s.Log != nil && s.Log.Sign() <= 0 {
		return errors.New("a share of one output among others: want odds, or a logarithm, above 0")
	}
	return nil
}

// words say what is asked.
func (s *Share) words() string {
	relation := ">"
	if s.Most {
		relation = "<"
	}
	if !s.Strict {
		relation += "="
	}
	relation = " " + relation + " "
	if s.Log != nil {
		l, _ := s.Log.Float64()
		return fmt.Sprintf("log of the share of exp(y%d)%s%s", s.Output, relation, numberText(-l))
	}
	one := big.NewRat(1, 1)
	t, _ := one.Quo(one, new(big.Rat).Add(one, s.Odds)).Float64()
	return fmt.Sprintf("share of exp(y%d)%s%s", s.Output, relation, numberText(t))
}

// AtMost reports whether any item has an upper bound on a share.
func (s *Spec) AtMost() bool {
	return slices.ContainsFunc(s.Items, func(it Item) bool {
		return slices.ContainsFunc(it.Output.Shares, func(s Share) bool { return s.Most })
	})
}

// Shares reports whether any item bounds a share.
func (s *Spec) Shares() bool {
	return slices.ContainsFunc(s.Items, func(it Item) bool { return len(it.Output.Shares) > 0 })
}
