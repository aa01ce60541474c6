package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/emulated"
	"github.com/netmend/netmend/internal/golden"
	"github.com/netmend/netmend/internal/shared"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"netmend": main})
}

// TestScripts runs the scripts in testdata/script. They may use, beside the
// commands of package testscript:
//
//	code N COMMAND ...   the command's exit code is N
//	json FIELD VALUE     in the JSON object on stdout, a.0.b has this value
//	json FIELD ~ VALUE   ... within 1e-6 relative
func TestScripts(t *testing.T) { runScripts(t, "script", "") }

// TestReferenceScripts runs the scripts that need the reference data, $SHARED.
func TestReferenceScripts(t *testing.T) { runScripts(t, "reference", shared.Path(t)) }

func runScripts(t *testing.T, folder, data string) {
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", folder),
		UpdateScripts: *golden.Update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SHARED", data)
			bin := filepath.Join(e.WorkDir, ".bin")
			if wrapped, err := emulated.Wrapper(bin, "netmend"); err != nil || !wrapped {
				return err
			}
			e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": scriptCode,
			"json": scriptJSON,
		},
	})
}

// scriptCode runs a command and compares its exit code.
func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND ...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s\nstdout: %s\nstderr: %s", code, args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// scriptJSON compares a field of the JSON object on stdout.
func scriptJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 || (len(args) == 3 && args[1] != "~") {
		ts.Fatalf("usage: json FIELD VALUE, json FIELD ~ VALUE")
	}
	var object map[string]any
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &object); err != nil {
		ts.Fatalf("stdout: %v", err)
	}
	found, err := field(object, args[0])
	if err != nil {
		ts.Fatalf("%v", err)
	}
	want, same := args[len(args)-1], false
	if len(args) == 3 {
		const tolerance = 1e-6 // of the reference figures
		w, err := strconv.ParseFloat(want, 64)
		f, ok := found.(float64)
		same = err == nil && ok && math.Abs(f-w) <= tolerance*math.Max(1, math.Abs(w))
	} else {
		text, err := json.Marshal(found)
		ts.Check(err)
		same = string(text) == want || string(text) == strconv.Quote(want)
	}
	if same == neg {
		ts.Fatalf("%s is %v, want %s", args[0], found, strings.Join(args[1:], " "))
	}
}

// field follows a path such as layers.0.name.
func field(object any, path string) (any, error) {
	for key := range strings.SplitSeq(path, ".") {
		switch o := object.(type) {
		case map[string]any:
			v, ok := o[key]
			if !ok {
				return nil, fmt.Errorf("%s: there is no %q", path, key)
			}
			object = v
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(o) {
				return nil, fmt.Errorf("%s: no element %q of %d", path, key, len(o))
			}
			object = o[i]
		default:
			return nil, fmt.Errorf("%s: nothing below %v", path, o)
		}
	}
	return object, nil
}

// TestExamples runs the example of each command's help as it stands. Those of
// the benchmarks need the reference data; the reference scripts run them.
func TestExamples(t *testing.T) {
	for _, c := range commands() {
		if strings.HasPrefix(c.Name, "bench ") {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for part := range strings.SplitSeq(c.Example, "&&") {
				words := shellWords(part)
				if words[0] != "netmend" {
					t.Fatalf("%q does not begin with netmend", part)
				}
				var stdout, stderr bytes.Buffer
				if code := run(t.Context(), words[1:], strings.NewReader(""), &stdout, &stderr); code != cli.ExitYes {
					t.Fatalf("%q: exit code %d\n%s", part, code, &stderr)
				}
			}
		})
	}
}

// shellWords splits a command line at spaces outside double quotes.
func shellWords(line string) []string {
	var words []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

// TestInterrupted: an interrupted repair says so and leaves no file, neither the
// one asked for nor one beside it.
func TestInterrupted(t *testing.T) {
	t.Chdir(t.TempDir())
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"demo", "."}, strings.NewReader(""), &stdout, &stderr); code != cli.ExitYes {
		t.Fatalf("demo: %s", &stderr)
	}
	before := names(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range []string{
		"repair n1.onnx --spec eq3.json -o out.onnx",
		"repair n1.onnx --spec eq3.json --layer 1 -o out.onnx --json",
		"check n1-eq3.onnx --original n1.onnx --spec eq3.json",
		"regions n1.onnx --segment -1:2",
		"eval n1.onnx --point 1 --out out.npy",
	} {
		stderr.Reset()
		if code := run(ctx, strings.Fields(args), strings.NewReader(""), &stdout, &stderr); code != cli.ExitInterrupted {
			t.Errorf("%s: exit code %d, want %d", args, code, cli.ExitInterrupted)
		}
		if !strings.Contains(stderr.String(), "interrupted") {
			t.Errorf("%s: says %q", args, &stderr)
		}
	}
	if after := names(t); !slices.Equal(before, after) {
		t.Errorf("files before %q, after %q", before, after)
	}
}

// names lists the files in the working directory.
func names(t *testing.T) []string {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// full is a stream that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestFull: what cannot be printed is an error, help and completions too.
func TestFull(t *testing.T) {
	for _, line := range []string{"--help", "help", "help repair", "info --help", "bench --help", "completion bash", "version", "--version"} {
		var stderr bytes.Buffer
		code := run(t.Context(), strings.Fields(line), strings.NewReader(""), full{}, &stderr)
		if code != cli.ExitBadInput || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%s: exit code %d, %s", line, code, stderr.String())
		}
	}
}
