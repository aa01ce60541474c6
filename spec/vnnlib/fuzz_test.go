package vnnlib

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/netmend/netmend/spec"
)

// FuzzRead: every text gives a property whose numbers fit together, or an error
// with a position inside the text.
func FuzzRead(f *testing.F) {
	f.Add(declare(2, 2) + "(assert (or (and (<= X_0 0.5) (> Y_0 Y_1)) (not (= (+ (* 2 X_0) X_1) (- 1e-3)))))")
	f.Add("(declare-fun X_0 () Real)(declare-const Y_0 Real);c\n(set-info a |b|)(assert (<= -1 X_0 1))(check-sat)")
	f.Add("(assert (or (and")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Read(strings.NewReader(text), "p")
		if err != nil {
			var at *spec.ParseError
			if !errors.As(err, &at) || at.Line < 1 || at.Line > 1+strings.Count(text, "\n") || at.Column < 1 || at.Column > len(text)+1 {
				t.Fatalf("error without a place in the text: %v", err)
			}
			return
		}
		for _, c := range p.Cases {
			if len(c.Input.Box.Lo) != p.Inputs || len(c.Input.UpperText) != p.Inputs || len(c.Outputs) == 0 {
				t.Fatalf("case %+v of a property with %d inputs", c, p.Inputs)
			}
			for i := range p.Inputs {
				if !(c.Input.Box.Lo[i] <= c.Input.Box.Hi[i]) || (c.Input.LowerText[i] == "") != math.IsInf(c.Input.Box.Lo[i], -1) {
					t.Fatalf("input %d of %+v", i, c.Input)
				}
			}
			for _, o := range c.Outputs {
				for _, h := range o {
					if len(h.Normal) != p.Outputs || math.IsInf(h.Offset, 0) || math.IsNaN(h.Offset) {
						t.Fatalf("half-space %+v", h)
					}
				}
			}
		}
		p.Violated(make([]float64, p.Inputs), make([]float64, p.Outputs))
	})
}
