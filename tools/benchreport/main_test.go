package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// script writes an executable that stands for netmend.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "netmend")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMedian(t *testing.T) {
	// The three runs take 3, 1 and 2 seconds by their own account.
	count := filepath.Join(t.TempDir(), "count")
	path := script(t, `echo x >> `+count+`
n=$(wc -l < `+count+`)
case $n in 1) s=3;; 2) s=1;; *) s=2;; esac
echo "{\"status\":\"repaired\",\"objective\":0.5,\"rows\":7,\"seconds\":{\"total\":$s}}"`)
	f, err := median(path, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	if f.Seconds.Total != 2 || f.Rows != 7 || f.Status != "repaired" || *f.Objective != 0.5 {
		t.Errorf("median %+v", f)
	}
}

func TestExitStatus(t *testing.T) {
	const infeasible = `echo '{"status":"infeasible","objective":null,"seconds":{"total":1}}'; `
	f, err := once(script(t, infeasible+"exit 1"), nil)
	if err != nil || f.Status != "infeasible" || f.Objective != nil {
		t.Errorf("exit status 1: %+v, %v", f, err)
	}
	if _, err := once(script(t, infeasible+"exit 2"), nil); err == nil {
		t.Error("exit status 2 was accepted")
	}
	if _, err := once(script(t, "echo '{}'"), nil); err == nil {
		t.Error("an object without figures was accepted")
	}
	_, err = once(script(t, "echo no such file >&2; exit 1"), nil)
	if err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("error %v, want the command's own message", err)
	}
}

func TestTable(t *testing.T) {
	x := 0.182181877
	f := figures{Status: "repaired", Objective: &x, Rows: 14904, PeakMemoryBytes: 39e6}
	f.Seconds.Total = 0.25
	got := table("a machine", 3, []row{{"ten lines", f}, {"none", figures{Status: "infeasible"}}})
	for _, want := range []string{
		"Machine: a machine.",
		"| ten lines | repaired | 0.182181877 |  | 0 | 14904 |",
		"| **0.250** | 39 MB |",
		"| none | infeasible |  |  |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
