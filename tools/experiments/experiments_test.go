package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// script writes an executable that stands for netmend.
func script(t *testing.T, body string) *runner {
	t.Helper()
	path := filepath.Join(t.TempDir(), "netmend")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o755); err != nil {
		t.Fatal(err)
	}
	r := &runner{netmend: path, data: "DATA"}
	if err := r.prepare(); err != nil {
		t.Fatal(err)
	}
	return r
}

// answers stands for every method: provable repair has key points, descent epochs.
const answers = `
set -- "$@"
case "$*" in
*"--method pr"*) more='"method":"pr","status":"repaired","key_points":1656' ;;
*) more='"method":"ft","status":"satisfied","epochs":2' ;;
esac
score() { echo "{\"value\":$1,\"low\":$2,\"high\":$3,\"points\":10,\"right_before\":8,\"right_after\":9,\"accuracy_before\":{\"value\":0.25}}"; }
echo "{$more,\"layer\":2,\"samples\":10,\"efficacy\":$(score 1 0.9 1),\"drawdown\":$(score 0.024 0.02 0.03),\"generalisation\":$(score 0.2 0.19 0.21),\"change\":{\"linf\":0.05},\"seconds\":{\"repair\":1.5}}"
`

// TestTask2 checks what a table says, and that descent is given as many points as
// provable repair has key points.
func TestTask2(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	r := script(t, "echo \"$*\" >> "+log+"\n"+answers)
	r.begin("task2")
	part, err := task2(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 100 | 1,656 | 16,024 | PR, layer 2 | repaired | 100.0 | 100 | 2.4 (2.0 to 3.0) | 2.4 | 20.0 (19.0 to 21.0) | 42.9 | 1.5 s | 656 s | 0.05 |",
		"| 10 | 1,656 | 1,730 | FT[1] | satisfied, 2 epochs | 100.0 | 100 | 2.4 [2.4 to 2.4] | 56.0 |",
		"25.0 % of the foggy ones",
	} {
		if !strings.Contains(part, want) {
			t.Errorf("no %q in\n%s", want, part)
		}
	}
	asked, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(asked), "bench lines --data DATA --lines 10 --samples 1656 --epochs 100 --method ft --rate 0.05 --seed 3") {
		t.Errorf("descent was asked for as\n%s", asked)
	}
	if runs := 4 * (2 + 6*descentSeeds); !strings.Contains(r.summary(), "80 runs") || r.runs != runs {
		t.Errorf("%d runs, want %d: %s", r.runs, runs, r.summary())
	}
}

func TestTask3(t *testing.T) {
	r := script(t, answers)
	part, err := task3(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| PR, layer 7 | repaired | 2 | 1 | 2.4 (2.0 to 3.0) |", "| MFT, layer 1 | satisfied, 2 epochs |"} {
		if !strings.Contains(part, want) {
			t.Errorf("no %q in\n%s", want, part)
		}
	}
}

// TestTask1 checks layers that are repaired and that are not, and what is run for the
// last one.
func TestTask1(t *testing.T) {
	r := script(t, `case "$1 $2 $*" in
info*) echo '{"layers":[{"layer":1,"name":"conv1","parameters":1792},{"layer":2,"name":"conv10","parameters":513000}]}' ;;
*photographs*160*--layer\ 2*) echo '{"layer":2,"status":"repaired","efficacy":{"value":1},"drawdown":{"value":0.0375,"low":0.01,"high":0.07},"active_rows":407,"linf":0.0075,"changed":184136,"seconds":{"total":31}}' ;;
*photographs*--layer\ 1\ *) echo '{"layer":1,"status":"unknown","reason":"the time limit was reached","seconds":{"total":30}}' ;;
*photographs*--layer*) echo '{"layer":2,"status":"repaired","efficacy":{"value":1},"drawdown":{"value":0.02,"low":0.01,"high":0.03},"seconds":{"total":9}}' ;;
*) `+answers+` ;;
esac`)
	part, err := task1(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 2 | conv10 | 513,000 | repaired | 3.8 (1.0 to 7.0) | 31 s |", "| 1 | conv1 | 1,792 | unknown: the time limit was reached |  | 30 s |",
		"| 407 | 184,136 | 0.0075 |",
		"| 40 | repaired | 100.0 | 2.0 (1.0 to 3.0) | 9.0 s | 100 images: D 3.6, 99 s |", "| 160 | repaired | 100.0 | 3.8 (1.0 to 7.0) | 31 s |",
		"| MFT[2], batches of 16 | satisfied, 2 epochs | 100.0 | 2.4 (2.0 to 3.0) |",
	} {
		if !strings.Contains(part, want) {
			t.Errorf("no %q in\n%s", want, part)
		}
	}
}

// TestInverse checks that the object of bench inverse-figures is understood.
func TestInverse(t *testing.T) {
	r := script(t, `cat <<'END'
{"figures_2_3":{"steps":[{"node":"target","count":1},{"node":"in the domain","count":2}],"areas":[0.25,0.5]},
"figure_5":{"inputs_with_output_in_100_105":[[68.5,71.5],[-80.9,-77.4]],"never_negative":true},
"figure_6":{"exact":{"count":4,"bounds":[[-1,2],[-3,4]],"median_seconds":1e-4},"boxes":{"count":1,"bounds":[[-5,6],[-7,8]],"median_seconds":2e-5},"coarseness":115.6,"times_faster":4.6,"runs":101},
"figure_8":[{"scenario":"a","outcome":"fixed point","iterations":2,"inputs":[[0,0.2]],"outputs":[[0.5,0.75]]},{"scenario":"b","outcome":"incompatible","inputs":null,"outputs":null}]}
END`)
	part, err := inverse(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"target: 1; in the domain: 2", "0.250000000 and 0.500000000, total 0.750000000", "[68.5, 71.5] and [-80.9, -77.4]", "proven: true",
		"4 polygons within [-1, 2] x [-3, 4]", "116 times as large, 4.6 times as fast", "fixed point after 2 iterations: inputs [0, 0.2], output [0.5, 0.75]", "| 8 | b | incompatible |",
	} {
		if !strings.Contains(part, want) {
			t.Errorf("no %q in\n%s", want, part)
		}
	}
}

// TestRun checks exit statuses and the cache.
func TestRun(t *testing.T) {
	r := script(t, `echo '{"a":1}'; echo '{"a":2}'; exit 3`)
	if a, err := r.run("x"); err != nil || len(a.Objects) != 2 || a.Peak == 0 {
		t.Errorf("two objects and status 3: %+v, %v", a, err)
	}
	if _, err := r.ask(&struct{}{}, "x"); err == nil {
		t.Error("two objects where one was wanted: no error")
	}
	if _, err := script(t, `echo bad file >&2; exit 2`).run("x"); err == nil || !strings.Contains(err.Error(), "bad file") {
		t.Errorf("status 2: %v", err)
	}
	count := filepath.Join(t.TempDir(), "count")
	r = script(t, "echo x >> "+count+"; echo '{}'")
	r.cache = filepath.Join(t.TempDir(), "kept")
	if err := r.prepare(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := r.run("same"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.run("other"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(count); err != nil || string(text) != "x\nx\n" {
		t.Errorf("the command was run %d times (%v), want 2", len(text)/2, err)
	}
}

func TestRefuses(t *testing.T) {
	r := script(t, "exit 2")
	if err := run(r, "", ""); err == nil {
		t.Error("no -out: no error")
	}
	if err := run(r, "x.md", "task9"); err == nil || !strings.Contains(err.Error(), "task2") {
		t.Errorf("unknown experiment: %v", err)
	}
}
