package main

import (
	"encoding/json"
	"testing"
)

func TestCertificateTally(t *testing.T) {
	var all certificateTally
	for _, c := range []struct{ verdict, check string }{
		{
			`{"verdict": "holds", "certificate": {"kind": "holds", "bytes": 2500, "seconds": 2}}`,
			`{"status": "accepted", "proof": {"splits": 7}, "seconds": {"total": 0.5}}`,
		},
		{
			`{"verdict": "violated", "certificate": {"kind": "violated", "bytes": 500, "seconds": 0.25}}`,
			`{"status": "accepted", "seconds": {"total": 0.25}}`,
		},
		{`{"verdict": "unknown", "certificate": {"missing": "the time allowed is over", "seconds": 4}}`, `{}`},
	} {
		a := &certificateAnswers{checkCPU: 1}
		for text, into := range map[string]any{c.verdict: &a.verdict, c.check: &a.check} {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				t.Fatal(err)
			}
		}
		all.add(a)
	}
	const want = "| all | 3 | 1 | 1 | 2 | 7 | 3.0 kB | 2.5 kB | 6.25 | 4 | **0.75** | 0.5 | 2 |\n"
	if got := all.row("all"); got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
}
