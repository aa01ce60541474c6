//go:build unix

package main

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
)

// interruptible are command lines with outputs, all below out; the demonstrations have
// written their networks into demo before.
var interruptible = []struct {
	line string
	code int
}{
	{"demo out/a/b", cli.ExitYes},
	{"demo inverse out", cli.ExitYes},
	{"repair demo/n1.onnx --spec demo/eq3.json --layer 1 -o out/r.onnx --certificate out/c.json.gz", cli.ExitYes},
	{"repair demo/n1.onnx --spec demo/eq2.json -o out/r.onnx --json", cli.ExitYes},
	{"repair demo/n1.onnx --spec demo/eq3.json --layer 1 --bound 0.01 -o out/r.onnx --certificate out/c.json", cli.ExitNo},
	{"verify demo/example4.onnx holds.vnnlib --result out/r.txt --certificate out/c.json", cli.ExitYes},
	{"verify demo/example4.onnx violated.vnnlib --result out/r.txt --certificate out/c.json.gz --json", cli.ExitNo},
	{"preimage demo/example4.onnx --input 0:1,0:1 --output 'y0 >= 100' --certificate out/c.json", cli.ExitYes},
	{"plot demo/example4.onnx --input -3:3,-3:3 --classes argmax -o out/p.png", cli.ExitYes},
	{"plot demo/example4.onnx --input -3:3,-3:3 --output 'y0 <= y1' -o out/p.svg", cli.ExitYes},
	{"eval demo/example4.onnx points.csv --out out/y.npy", cli.ExitYes},
}

// TestInterrupts interrupts commands with outputs at random moments, 20 times, and with
// NETMEND_INTERRUPTS so many. What a run says is written is there whole, as a run that is
// left alone writes it; of what it does not say nothing is there, and what was there before
// is as it was. It ends within a second.
func TestInterrupts(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	times := 20
	if n, err := strconv.Atoi(os.Getenv("NETMEND_INTERRUPTS")); err == nil {
		times = n
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	command := filepath.Join(dir, "netmend") // package testscript has the test binary act by its name
	property := func(bound string) string {
		return "(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)(declare-const Y_1 Real)\n" +
			"(assert (>= X_0 0))(assert (<= X_0 1))(assert (>= X_1 0))(assert (<= X_1 1))(assert (>= Y_0 " + bound + "))\n"
	}
	if err := errors.Join(
		os.Symlink(self, command),
		os.WriteFile(filepath.Join(dir, "holds.vnnlib"), []byte(property("100")), 0o600),
		os.WriteFile(filepath.Join(dir, "violated.vnnlib"), []byte(property("-100")), 0o600),
		os.WriteFile(filepath.Join(dir, "points.csv"), []byte(strings.Repeat("0.5,0.25\n", 20000)), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	r := &interruptRun{command: command, dir: dir}
	for _, line := range []string{"demo demo", "demo inverse demo"} {
		if end := r.run(t, line, -1); end.code != cli.ExitYes {
			t.Fatalf("%s: %s", line, end.stderr)
		}
	}
	rng := rand.New(rand.NewPCG(11, 3))
	took, references := make([]time.Duration, len(interruptible)), make([]map[string]string, len(interruptible))
	for i := range times {
		c := interruptible[i%len(interruptible)]
		out := filepath.Join(dir, "out")
		if i < len(interruptible) {
			r.clean(t)
			whole := r.run(t, c.line, -1)
			if whole.code != c.code {
				t.Fatalf("%s: exit code %d, want %d: %s", c.line, whole.code, c.code, whole.stderr)
			}
			took[i], references[i] = whole.took, files(t, out)
		}
		reference := references[i%len(interruptible)]
		r.clean(t)
		if i%2 == 1 { // something is there
			for name := range reference {
				if strings.HasSuffix(name, "/") {
					continue
				}
				if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(out, name)), 0o700), os.WriteFile(filepath.Join(out, name), []byte("old"), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
		}
		before := files(t, out)
		after := time.Duration(float64(1.1 * rng.Float64() * float64(took[i%len(interruptible)])))
		end := r.run(t, c.line, after)
		want := reference
		if end.code != c.code && !strings.Contains(end.stderr, "; written: ") {
			want = before
			if end.code != cli.ExitInterrupted && end.code != -1 { // -1: before it could notice
				t.Errorf("%s: exit code %d after an interruption at %v: %s", c.line, end.code, after, end.stderr)
			}
		}
		if end.late > 3*time.Second { // one second, on a machine that does nothing else
			t.Errorf("%s: ended %v after the interruption", c.line, end.late)
		}
		if got := files(t, out); !maps.Equal(got, want) {
			t.Errorf("%s, interrupted at %v, exit code %d (%s): has %v, want %v", c.line, after, end.code, strings.TrimSpace(end.stderr), sizes(got), sizes(want))
		}
	}
}

// interruptRun runs a command in a folder.
type interruptRun struct{ command, dir string }

// ending is how a run ended.
type ending struct {
	code       int
	stderr     string
	took, late time.Duration // late: after the interruption
}

// run runs a command line and, unless after is below 0, interrupts it.
func (r *interruptRun) run(t *testing.T, line string, after time.Duration) ending {
	t.Helper()
	cmd := exec.Command(r.command, shellWords(strings.ReplaceAll(line, "'", `"`))...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.dir, &stdout, &stderr
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	interrupted := begun.Add(after)
	if after >= 0 {
		timer := time.AfterFunc(after, func() { _ = cmd.Process.Signal(syscall.SIGINT) })
		defer timer.Stop()
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ending{cmd.ProcessState.ExitCode(), stderr.String(), time.Since(begun), time.Since(interrupted)}
}

// clean empties the folder out. "demo" makes its own folders.
func (r *interruptRun) clean(t *testing.T) {
	t.Helper()
	out := filepath.Join(r.dir, "out")
	if err := errors.Join(os.RemoveAll(out), os.Mkdir(out, 0o700)); err != nil {
		t.Fatal(err)
	}
}

// files are the files and folders below a folder; folders have no contents.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if d.IsDir() {
			all[name+"/"] = ""
			return nil
		}
		data, err := os.ReadFile(path)
		all[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sizes are the sizes of files.
func sizes(of map[string]string) map[string]int {
	n := map[string]int{}
	for name, text := range of {
		n[name] = len(text)
	}
	return n
}
