package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	var p progress
	p.Report("silent before watch")
	p.Clear()

	var out bytes.Buffer
	p.Watch(&out)
	p.Report("in the first second")
	if out.Len() > 0 {
		t.Errorf("in the first second: %q", &out)
	}
	p.start = p.start.Add(-3 * time.Second)
	p.Report("round %d", 1)
	p.Report("round %d", 2) // too soon after the last line
	if got := out.String(); !strings.HasSuffix(got, " s  round 1\n") || strings.Count(got, "\n") != 1 {
		t.Errorf("%q", got)
	}
	p.last = p.last.Add(-logInterval)
	p.Report("round %d", 3)
	if !strings.HasSuffix(out.String(), "round 3\n") {
		t.Errorf("%q", &out)
	}

	// On a terminal one line is rewritten, and cleared before other output.
	out.Reset()
	p.terminal = true
	p.last = time.Time{}
	p.Report("round %d", 4)
	p.Clear()
	p.Clear()
	if got := out.String(); !strings.HasPrefix(got, "\r\x1b[K") || !strings.HasSuffix(got, "round 4\r\x1b[K") {
		t.Errorf("%q", got)
	}
}
