package expr

import (
	"math"
	"strings"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/internal/linear"
)

// ParseBox reads "lo:hi,lo:hi,...", one range for each input; a single number
// is both ends, and -inf and inf stand for no bound. name stands for the text in
// errors, which are *[spec.ParseError] with line and column: of what is no
// number, and of a lower end above its upper one.
func ParseBox(text, name string) (set.Box, error) {
	var b set.Box
	offset := 0
	for field := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(field, ":")
		lo, err := bound(text, name, low, offset)
		if err != nil {
			return set.Box{}, err
		}
		hi := lo
		if isRange {
			if hi, err = bound(text, name, high, offset+len(low)+1); err != nil {
				return set.Box{}, err
			}
		}
		switch {
		case lo > hi:
			return set.Box{}, spec.NewParseError(name, text, offset, "input %d: the lower end %v is above the upper end %v", len(b.Lo), lo, hi)
		case math.IsInf(lo, 1) || math.IsInf(hi, -1):
			return set.Box{}, spec.NewParseError(name, text, offset, "input %d: want -inf as a lower end and inf as an upper one only", len(b.Lo))
		}
		b.Lo, b.Hi = append(b.Lo, lo), append(b.Hi, hi)
		offset += len(field) + 1
	}
	return b, nil
}

// bound reads one end of a range, which stands at offset.
func bound(text, name, field string, offset int) (float64, error) {
	trimmed := strings.TrimSpace(field)
	switch trimmed {
	case "inf", "+inf":
		return math.Inf(1), nil
	case "-inf":
		return math.Inf(-1), nil
	case "":
		return 0, spec.NewParseError(name, text, offset, "found no number; want lo:hi,lo:hi,... or single numbers")
	}
	n, err := linear.ParseNumber(trimmed)
	if err != nil {
		return 0, spec.NewParseError(name, text, offset+strings.Index(field, trimmed), "%w", err)
	}
	return n.Value, nil
}
