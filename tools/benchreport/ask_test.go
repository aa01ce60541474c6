package main

import (
	"strings"
	"testing"
)

func TestAsk(t *testing.T) {
	var answer struct{ Verdict, Procs string }
	path := script(t, `echo "{\"verdict\":\"$1\",\"procs\":\"$GOMAXPROCS\"}"; exit 3`)
	cpu, err := ask(path, []string{"GOMAXPROCS=7"}, []string{"unknown"}, &answer)
	if err != nil || answer.Verdict != "unknown" || answer.Procs != "7" {
		t.Errorf("got %+v, %v", answer, err)
	}
	if cpu < 0 {
		t.Errorf("processor time %v", cpu)
	}
	_, err = ask(script(t, "echo '{}'; echo bad network >&2; exit 2"), nil, nil, &answer)
	if err == nil || !strings.Contains(err.Error(), "bad network") {
		t.Errorf("error %v, want the command's own message", err)
	}
	if _, err := ask(script(t, "echo no JSON"), nil, nil, &answer); err == nil {
		t.Error("output that is no JSON was accepted")
	}
}
