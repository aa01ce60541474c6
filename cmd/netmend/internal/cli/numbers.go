package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseNumber reads one finite number.
func ParseNumber(s string) (float64, error) {
	s = strings.TrimSpace(s)
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q: want a finite number", s)
	}
	return v, nil
}

// ParsePoint reads numbers separated by commas.
func ParsePoint(s string) ([]float64, error) {
	parts := strings.Split(s, ",")
	x := make([]float64, len(parts))
	for i, p := range parts {
		var err error
		if x[i], err = ParseNumber(p); err != nil {
			return nil, fmt.Errorf("number %d of %q: %w", i+1, s, err)
		}
	}
	return x, nil
}

// ParsePoints reads points separated by colons.
func ParsePoints(s string) ([][]float64, error) {
	var points [][]float64
	for _, p := range strings.Split(s, ":") {
		x, err := ParsePoint(p)
		if err != nil {
			return nil, err
		}
		points = append(points, x)
	}
	return points, nil
}

// ParseScale reads what coordinates are multiplied with, a number or "1/255".
// A quotient is kept as a division, which rounds once.
func ParseScale(s string) (multiply, divide float64, err error) {
	if s == "" {
		return 1, 1, nil
	}
	if rest, ok := strings.CutPrefix(s, "1/"); ok {
		divide, err = ParseNumber(rest)
		multiply = 1
	} else {
		multiply, err = ParseNumber(s)
		divide = 1
	}
	if err == nil && (multiply == 0 || divide == 0) {
		err = fmt.Errorf("%q: want a number that is not 0, or 1/N", s)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("scale: %w", err)
	}
	return multiply, divide, nil
}

// Finite marshals as null where it is not a finite number, which JSON cannot say,
// and -0 as 0.
type Finite float64

func (f Finite) MarshalJSON() ([]byte, error) {
	if v := float64(f); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(f)+0, 'g', -1, 64), nil
}

// Short prints a number for people, with up to nine significant digits. Adding 0
// makes -0 plain.
func Short(v float64) string { return strconv.FormatFloat(v+0, 'g', 9, 64) }

// Count prints a number with its noun: "1 row", "2 rows", "12,345 rows".
func Count(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "y"):
		noun = strings.TrimSuffix(noun, "y") + "ies"
	case strings.HasSuffix(noun, "x"):
		noun += "es"
	default:
		noun += "s"
	}
	return Thousands(n) + " " + noun
}

// Thousands prints an integer with commas.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Percent prints a share.
func Percent(part, whole int) string {
	return fmt.Sprintf("%.2f %%", 100*float64(part)/float64(whole))
}

// List prints words as "a", "a and b", "a, b and c".
func List(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// Number is a number for JSON, that of a field which may be left out.
func Number(v float64) *Finite {
	f := Finite(v)
	return &f
}
