package tree

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
)

// # Exact steps
//
// Where a cell touches a term of the target without meeting it, or is empty because of
// what a strict half-space excludes, no rounded bound tells. Then integral multipliers
// combine half-spaces that are known exactly: of the pieces that units execute on the
// cell, of the input set, and of the term. Where the pieces of all units that a
// combination reaches are known, it is an affine function f of the inputs, computed
// without rounding from the output back to the inputs. Every half-space is a(x) <= 0, or
// a(x) < 0 if it is strict: a unit lies below the upper end of its piece, and a term or
// a cut excludes its boundary where the property does. A point of the cell in all of
// them has f(x) <= 0, and f(x) < 0 if a strict one has a multiplier. So there is none
// if f > 0 on the box of the inputs, or f >= 0 and a strict half-space is used.

// Exact are the numbers of a problem as they are meant, without rounding. The box and
// the half-spaces of the Problem contain those.
type Exact struct {
	Lo, Hi []*big.Rat
	// Cuts and Terms are in the order of the Problem's.
	Cuts  []ExactHalfSpace
	Terms [][]ExactHalfSpace
}

// ExactHalfSpace is {v : Normal . v <= Offset}, or < where Strict.
type ExactHalfSpace struct {
	Normal []*big.Rat
	Offset *big.Rat
	Strict bool
}

// ErrUnknown: an exact step depends on what is not known exactly.
var ErrUnknown = errors.New("not known exactly")

var (
	errInexact = fmt.Errorf("the network divides, or the problem's numbers were rounded: %w", ErrUnknown)
	errPieces  = fmt.Errorf("a unit of which several pieces may execute: %w", ErrUnknown)
)

// maxExactBits bounds the numbers of an exact step: ACAS Xu takes about 1,500.
const maxExactBits = 1 << 20

// CloseExactly is like [State.Close], by integral multipliers of half-spaces that are
// computed without rounding.
func (s *State) CloseExactly(term int, x *cert.Combination) (bool, error) {
	if term < 0 || term >= len(s.open) {
		return false, fmt.Errorf("term %d of %d is closed", term, len(s.open))
	}
	ok, err := s.contradiction(term, x)
	if ok {
		s.close(term)
	}
	return ok, err
}

// EmptyExactly is like [State.Empty], by integral multipliers of half-spaces that are
// computed without rounding.
func (s *State) EmptyExactly(x *cert.Combination) (bool, error) {
	if len(x.Columns) > 0 {
		return false, errors.New("half-spaces of the target have multipliers, although the cell is claimed to be empty")
	}
	ok, err := s.contradiction(0, x)
	if ok {
		s.closeAll()
	}
	return ok, err
}

// contradiction reports whether the half-spaces with multipliers have no point in common
// with the box.
func (s *State) contradiction(term int, x *cert.Combination) (bool, error) {
	f, err := s.combination(term, x)
	if err != nil {
		return false, err
	}
	least := f.constant
	product := new(big.Rat)
	lo, hi := s.exactBox()
	for j, c := range f.Normal {
		switch c.Sign() {
		case 1:
			least.Add(least, product.Mul(c, lo[j]))
		case -1:
			least.Add(least, product.Mul(c, hi[j]))
		}
	}
	return least.Sign() > 0 || least.Sign() == 0 && f.Strict, nil
}

// exactBox is a box that contains the cell: the problem's, and, of a cell that was halved,
// what lies in the current box, every bound of which the cell is known to keep.
func (s *State) exactBox() (lo, hi []*big.Rat) {
	if s.halved == 0 {
		return s.c.exact.Lo, s.c.exact.Hi
	}
	lo, hi = slices.Clone(s.c.exact.Lo), slices.Clone(s.c.exact.Hi)
	for k, j := range s.c.vars {
		if v := new(big.Rat).SetFloat64(s.lo[k]); v.Cmp(lo[j]) > 0 {
			lo[j] = v
		}
		if v := new(big.Rat).SetFloat64(s.hi[k]); v.Cmp(hi[j]) < 0 {
			hi[j] = v
		}
	}
	return lo, hi
}

// combined is Normal . x + constant, at most 0 on the half-spaces that were combined, and
// below 0 where Strict.
type combined struct {
	Normal   []*big.Rat
	constant *big.Rat
	Strict   bool
}

// ExactRow is a combination of half-spaces (see [State.CloseExactly]) as one of the
// inputs. It is for those who look for multipliers.
func (s *State) ExactRow(term int, x *cert.Combination) (*ExactHalfSpace, error) {
	f, err := s.combination(term, x)
	if err != nil {
		return nil, err
	}
	return &ExactHalfSpace{f.Normal, f.constant.Neg(f.constant), f.Strict}, nil
}

// combination adds up half-spaces with multipliers and goes back to the inputs.
func (s *State) combination(term int, x *cert.Combination) (*combined, error) {
	if s.c.exact == nil || s.c.inexact {
		return nil, errInexact
	}
	r := &pullBack{s: s, scale: big.NewInt(1), input: newVector(s.c.net.InDim()), spans: map[int][]Span{}}
	for ch := range r.values {
		r.values[ch] = make([]*vector, len(s.c.net.Nodes))
	}
	f := &combined{}
	for _, w := range x.Units {
		if err := r.unit(w); err != nil {
			return nil, err
		}
		f.Strict = f.Strict || w.Row%2 == 0
	}
	// The denominators of half-spaces with decimal numbers are brought up front.
	var rational []*ExactHalfSpace
	var weights []*big.Int
	for _, list := range [...]struct {
		from []cert.Integer
		of   []ExactHalfSpace
		what string
	}{{x.Cuts, s.c.exact.Cuts, "cut"}, {x.Columns, s.termsOf(term), "half-space of the term"}} {
		for _, w := range list.from {
			if w.Row < 0 || w.Row >= len(list.of) {
				return nil, fmt.Errorf("%s %d of %d has a multiplier", list.what, w.Row, len(list.of))
			}
			rational, weights = append(rational, &list.of[w.Row]), append(weights, w.Value)
			f.Strict = f.Strict || list.of[w.Row].Strict
		}
	}
	// All numbers times scale are what the half-spaces with dyadic numbers allow.
	for _, h := range rational {
		if r.scale = lcm(r.scale, h.denominator()); r.scale.BitLen() > maxExactBits {
			return nil, errBits
		}
	}
	r.rescale()
	for i, h := range rational {
		if i < len(x.Cuts) {
			r.halfSpace(r.input, h, weights[i])
		} else {
			r.halfSpace(r.at(nn.ValueChannel, len(s.c.net.Nodes)-1), h, weights[i])
		}
	}
	if err := r.run(); err != nil {
		return nil, err
	}
	f.constant = r.rational(&r.constant.m, r.constant.exp)
	for j := range r.input.num {
		f.Normal = append(f.Normal, r.rational(&r.input.num[j], r.input.exp))
	}
	return f, nil
}

func (s *State) termsOf(term int) []ExactHalfSpace {
	if term >= len(s.c.exact.Terms) {
		return nil
	}
	return s.c.exact.Terms[term]
}

// denominator is a common one of a half-space's numbers.
func (h *ExactHalfSpace) denominator() *big.Int {
	d := new(big.Int).Set(h.Offset.Denom())
	for _, v := range h.Normal {
		if v.Sign() != 0 {
			d = lcm(d, v.Denom())
		}
	}
	return d
}

func lcm(a, b *big.Int) *big.Int {
	g := new(big.Int).GCD(nil, nil, a, b)
	return g.Mul(g.Quo(b, g), a)
}
