package ortest

import (
	"errors"
	"fmt"
	"testing"
)

// recorder notes how a test would have ended.
type recorder struct {
	testing.TB
	skipped, failed bool
}

func (r *recorder) Helper()      {}
func (r *recorder) Skip(...any)  { r.skipped = true }
func (r *recorder) Fatal(...any) { r.failed = true }

func TestCheck(t *testing.T) {
	absent := fmt.Errorf("%w: no library", errUnavailable)
	for _, c := range []struct {
		name            string
		err             error
		required        string
		skipped, failed bool
	}{
		{"no error", nil, "1", false, false},
		{"absent, not required", absent, "", true, false},
		{"absent, required", absent, "1", false, true},
		{"refused model", errors.New("no such operator"), "", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("NETMEND_REQUIRE_ORACLES", c.required)
			r := &recorder{TB: t}
			check(r, c.err)
			if r.skipped != c.skipped || r.failed != c.failed {
				t.Errorf("skipped %v, failed %v; want %v, %v", r.skipped, r.failed, c.skipped, c.failed)
			}
		})
	}
}
