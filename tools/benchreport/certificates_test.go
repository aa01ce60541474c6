package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
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

func TestCertificateTable(t *testing.T) {
	data := t.TempDir()
	folder := filepath.Join(data, "data", "acasxu")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "instances.csv"), []byte("onnx/a.onnx,vnnlib/p.vnnlib,116\nonnx/b.onnx,vnnlib/q.vnnlib,5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	answer := func(check string) string {
		return script(t, `case "$*" in
verify*a.onnx*p.vnnlib*--certificate*116s*) echo '{"verdict":"holds","certificate":{"kind":"holds","bytes":1000,"seconds":1}}';;
verify*b.onnx*q.vnnlib*5s*) echo '{"verdict":"unknown","certificate":{"missing":"no time"}}'; exit 3;;
check*--network*a.onnx*--spec*p.vnnlib*) `+check+`;;
esac`)
	}
	got, err := certificateTable(answer(`echo '{"status":"accepted","proof":{"splits":3},"seconds":{"total":2}}'`), data, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| p | 1 | 1 | 0 | 1 | 3 | 1.0 kB |", "| q | 1 | 0 | 0 | 0 | 0 | 0.0 kB |", "| all | 2 | 1 | 0 | 1 | 3 |"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if _, err := certificateTable(answer(`echo '{"status":"rejected","reason":"why"}'; exit 1`), data, 1); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("a rejected certificate: %v", err)
	}
}
