package spec

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Words says what a half-space of the requirement asks with a margin: numbered as by
// Given(class, outputs), class being the allowed class that is meant (ignored for the
// half-spaces before those of classes, and if only one class is allowed).
//
//	class 1 beats class 0
//	y0 - 2*y3 <= 0.5, by 0.1 or more
func (o Output) Words(halfSpace, class, outputs int, margin float64) string {
	text := fmt.Sprintf("half-space %d", halfSpace)
	conjunction := o
	conjunction.Allowed = nil
	always := conjunction.Given(-1, outputs)
	disallowed := o.Disallowed(outputs)
	switch i := halfSpace - len(always); {
	case halfSpace >= 0 && i < 0:
		h := always[halfSpace]
		if none := noClass(outputs, o.Extremum).HalfSpaces[0]; h.Strict && h.Offset == 0 && slices.Equal(h.Normal, none.Normal) {
			return "a class to keep, but outputs tie and there is no class"
		}
		text = linearText(h.Normal)
		if h.Strict {
			text += " < "
		} else {
			text += " <= "
		}
		text += numberText(h.Offset)
	case i >= 0 && i < len(disallowed):
		if len(o.Allowed) == 1 {
			class = o.Allowed[0]
		}
		text = fmt.Sprintf("class %d beats class %d", class, disallowed[i])
		if o.Extremum == Argmin {
			text += " (the smallest output is the class)"
		}
	case i >= 0 && i-len(disallowed) < len(o.Shares):
		text = o.Shares[i-len(disallowed)].words()
	}
	if margin > 0 {
		text += ", by " + numberText(margin) + " or more"
	}
	return text
}

func numberText(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// linearText is a linear expression of outputs, as in "y0 - 2*y3".
func linearText(normal []float64) string {
	var b strings.Builder
	for i, a := range normal {
		if a == 0 {
			continue
		}
		switch {
		case b.Len() == 0 && a < 0:
			b.WriteString("-")
		case b.Len() > 0 && a < 0:
			b.WriteString(" - ")
		case b.Len() > 0:
			b.WriteString(" + ")
		}
		if size := math.Abs(a); size != 1 {
			b.WriteString(numberText(size) + "*")
		}
		fmt.Fprintf(&b, "y%d", i)
	}
	if b.Len() == 0 {
		return "0"
	}
	return b.String()
}
