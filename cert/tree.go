package cert

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

const (
	// Holds: no input of a property's sets gives an output that violates it.
	Holds Kind = "holds"
	// Violated: some input does.
	Violated Kind = "violated"
	// EmptyPreimage: no input of the sets that the body states gives an output in their
	// targets.
	EmptyPreimage Kind = "empty-preimage"
)

// Limits on the counts of the bodies with trees.
const (
	maxTrees   = 1 << 18
	maxNumbers = 1 << 24
)

// Tree is a proof that no input of a set gives an output in a target: the steps of a
// split tree in binary form, in JSON as base64. See [AppendStep] for the form, and
// package proof/tree for the meaning.
type Tree []byte

// PropertyHolds is the body of Holds. The header's specification is a property in
// VNN-LIB.
type PropertyHolds struct {
	// Trees are the proofs that the property's cases do not occur, in their order.
	Trees []Tree `json:"trees"`
}

func (b *PropertyHolds) validate() error {
	if len(b.Trees) > maxTrees {
		return fmt.Errorf("%d trees, want at most %d", len(b.Trees), maxTrees)
	}
	return nil
}

// PropertyViolated is the body of Violated. The header's specification is a property in
// VNN-LIB.
type PropertyViolated struct {
	// Case and Term are the case of the property that occurs, and the conjunction of its
	// outputs that is fulfilled, both counted from 0.
	Case int `json:"case"`
	Term int `json:"term"`
	// Input is the witness, exactly.
	Input []Rational `json:"input"`
}

func (b *PropertyViolated) validate() error {
	switch {
	case b.Case < 0 || b.Term < 0:
		return fmt.Errorf("case %d, term %d: want numbers from 0", b.Case, b.Term)
	case len(b.Input) > maxNumbers:
		return fmt.Errorf("an input of %d numbers, want at most %d", len(b.Input), maxNumbers)
	}
	return nil
}

// PreimageEmpty is the body of EmptyPreimage. It states itself what it is about; the header's
// specification has the digest of that.
type PreimageEmpty struct {
	// Questions are pairs of a set of inputs and a target, one or more.
	Questions []Question `json:"questions"`
	// Trees are the proofs, one a question.
	Trees []Tree `json:"trees"`
}

// Question asks whether some input of a set gives an output in a target.
type Question struct {
	// Inputs are the half-spaces whose intersection is the set.
	Inputs []HalfSpace `json:"inputs"`
	// Target is a union of intersections of half-spaces of outputs.
	Target [][]HalfSpace `json:"target"`
}

// HalfSpace is {v : Normal . v <= Offset}, with exact numbers. Strict ones are taken as
// closed: the proof shows that not even a point of the closure is met.
type HalfSpace struct {
	Normal []float64 `json:"normal"`
	Offset float64   `json:"offset"`
}

// Digest is the SHA-256 of the questions, as the header has it as the content of the
// specification: of their JSON encoding as [Write] writes it.
func (b *PreimageEmpty) Digest() string {
	text, err := json.Marshal(b.Questions)
	if err != nil {
		return "" // a number that is not finite, which no certificate has
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (b *PreimageEmpty) validate() error {
	if len(b.Questions) > maxTrees || len(b.Questions) != len(b.Trees) {
		return fmt.Errorf("%d trees for %d questions, want as many, and at most %d", len(b.Trees), len(b.Questions), maxTrees)
	}
	numbers := 0
	for i, q := range b.Questions {
		for _, hs := range append([][]HalfSpace{q.Inputs}, q.Target...) {
			for _, h := range hs {
				if numbers += len(h.Normal) + 1; numbers > maxNumbers {
					return fmt.Errorf("more than %d numbers in half-spaces", maxNumbers)
				}
				if err := h.validate(); err != nil {
					return fmt.Errorf("question %d: %w", i, err)
				}
			}
		}
	}
	return nil
}

func (h *HalfSpace) validate() error {
	for _, v := range append([]float64{h.Offset}, h.Normal...) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.New("a half-space with a number that is not finite")
		}
	}
	return nil
}
