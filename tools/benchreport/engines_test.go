package main

import (
	"strings"
	"testing"
)

func TestEngineRow(t *testing.T) {
	path := script(t, `case "$*" in
*polytopes*exact*) echo '{"count":3,"limit":"the time allowed is over"}';;
*) echo '{"count":7}';;
esac`)
	got, err := engineRow(path, "net.eran", 4, []int{8, 8}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got, "| 8 + 8 | 4 | 7 | ") || !strings.Contains(got, "| over 20s | ") || strings.Count(got, "|") != 8 {
		t.Errorf("row %q", got)
	}
	if got, err = engineRow(path, "net.eran", 16, []int{8}, 1); err != nil || !strings.HasPrefix(got, "| 8 | 16 | 7 |  | ") {
		t.Errorf("row %q, %v", got, err)
	}
	if _, err := engineRow(script(t, "echo '{}'"), "net.eran", 4, nil, 1); err == nil {
		t.Error("an object without a count was accepted")
	}
}

func TestRandomNetwork(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(randomNetwork(3, []int{2})), "\n")
	if len(lines) != 6 || lines[0] != "ReLU" || lines[3] != "Affine" || strings.Count(lines[1], ",") != 5 {
		t.Errorf("%q", lines)
	}
}
