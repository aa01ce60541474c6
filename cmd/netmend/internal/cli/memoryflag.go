package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// memoryFlag is an amount of memory in bytes, written as 2GB, 500MB or a number
// of bytes; a bare number below a million counts MiB. 0 means that none is given.
type memoryFlag int64

// memoryUnits are powers of 1000 and, with an i, of 1024.
var memoryUnits = []struct {
	name  string
	bytes float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}

// Set reads an amount.
func (m *memoryFlag) Set(text string) error {
	for _, u := range memoryUnits {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(number, 64)
		if u.name == "" && v < 1e6 {
			v = float64(v * (1 << 20))
		}
		if err == nil && float64(v*u.bytes) >= 1 && float64(v*u.bytes) < math.MaxInt64/2 {
			*m = memoryFlag(v * u.bytes)
			return nil
		}
		break
	}
	return fmt.Errorf("%q: want an amount of memory, such as 2GB", text)
}

// text is the amount for people.
func (m memoryFlag) text() string {
	if m < 1e4 {
		return m.String()
	}
	return fmt.Sprintf("%.4gMB", float64(m)/1e6)
}

// String writes the amount in bytes.
func (m *memoryFlag) String() string {
	if m == nil || *m == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*m), 10) + "B"
}

// Type names the values for package pflag.
func (m *memoryFlag) Type() string { return "memory" }
