//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/shared"
)

// limited are command lines on heavy inputs; SQ, MP, M6, A1 and A9 are networks, BOX5 the
// whole box of ACAS Xu, and DATA the reference data; other names are files of limitInputs.
var limited = []string{
	"verify A9 DATA/acasxu/vnnlib/prop_7.vnnlib",
	"verify A1 disjunctions.vnnlib",
	"verify M6 DATA/vnncomp/mnist_fc/vnnlib/prop_1_0.05.vnnlib.gz",
	"verify SQ image.vnnlib",
	"verify SQ segment.json",
	"preimage A1 --input BOX5 --output argmax==0",
	"preimage A1 --input BOX5 --output argmax==0 --volume --faces",
	"preimage A1 --input BOX5 --output argmax==0 --approximate 0.99",
	"preimage A1 --input BOX5 --output argmax==0 --search best",
	"preimage A1 --input BOX5 --output argmax==0 --snapshots",
	"preimage MP --input digit.vnnlib --output argmax==7 --approximate 0.9",
	"preimage MP --input digit.vnnlib --output argmax==7 --over template",
	"preimage MP --input digit.vnnlib --output argmax==7 --over boxes",
	"preimage M6 --input digits.json",
	"preimage SQ --input segment.json",
	"partition A1 --input BOX5",
	"partition M6 --input digits.json",
	"image A1 --input BOX5 --exact",
	"image MP --input digit.vnnlib",
	"image SQ --input image.vnnlib",
	"regions A1 --input BOX5 --count",
	"regions SQ --spec segment.json --count",
	"contract MP --input digit.vnnlib --output y0>=0.5",
	"contract M6 --input digit.vnnlib --output y0>=0.5",
	"repair SQ --spec point.json --layer 20",
	"repair SQ --spec point.json",
	"repair SQ --spec segment.json --layer 26",
	"repair M6 --spec digits.json",
	"repair M6 --spec digits.json --layer 7,6,5",
	"check SQ --original SQ --spec segment.json",
	"check M6 --original M6 --spec digits.json",
	"eval MP DATA/mnist/idx/train-images-idx3-ubyte.gz --scale 1/255 --argmax",
	"eval SQ DATA/imagenet_samples/crops.npz:rgb --image nhwc --argmax",
	"evaluate MP MP --drawdown DATA/mnist/idx/train-images-idx3-ubyte.gz --scale 1/255",
	"plot A1 --input -0.3:0.68,-0.5:0.5,0,0,0 --classes argmax -o p.svg",
	"bench photographs --data DATA/.. --images 160",
	"bench lines --method ft",
	"demo d",
	"info SQ",
}

// TestLimits runs commands on heavy inputs with limits and prints the rows of the table in
// docs/COMMAND.md: how long each takes beside --timeout, and after an interruption at the same
// time, and the most memory that it has, with --memory where NETMEND_LIMITS_MEMORY gives one.
// NETMEND_LIMITS is the limit, such as 2s; NETMEND_LIMITS_ONLY a part of the command lines.
func TestLimits(t *testing.T) {
	limit, err := time.ParseDuration(os.Getenv("NETMEND_LIMITS"))
	if err != nil {
		t.Skip("NETMEND_LIMITS gives no time")
	}
	data := shared.Path(t, "data")
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := filepath.Join(dir, "netmend") // package testscript has the test binary act by its name
	if err := os.Symlink(self, command); err != nil {
		t.Fatal(err)
	}
	limitInputs(t, dir)
	names := strings.NewReplacer(
		"SQ", data+"/squeezenet/SqueezeNet_fp16.onnx", "MP", data+"/reader_tests/marabou/onnx/cnn_max_mninst2.onnx",
		"M6", data+"/vnncomp/mnist_fc/onnx/mnist-net_256x6.onnx", "A1", data+"/acasxu/onnx/ACASXU_run2a_1_1_batch_2000.onnx",
		"A9", data+"/acasxu/onnx/ACASXU_run2a_1_9_batch_2000.onnx", "BOX5", "-0.3:0.68,-0.5:0.5,-0.5:0.5,-0.5:0.5,-0.5:0.5", "DATA", data,
	)
	shown := strings.NewReplacer("DATA/.. ", "DIR ", "DATA/mnist/idx/", "", "DATA/acasxu/vnnlib/", "", "DATA/vnncomp/mnist_fc/vnnlib/", "", "DATA/imagenet_samples/", "",
		"SQ", "SQUEEZENET", "MP", "MAXPOOL", "M6", "MNIST6", "A1", "N(1,1)", "A9", "N(1,9)", "BOX5", "BOX")
	fmt.Printf("| command | ends after | with | after Ctrl-C | memory |\n|---|--:|---|--:|--:|\n")
	for _, line := range limited {
		if !strings.Contains(line, os.Getenv("NETMEND_LIMITS_ONLY")) {
			continue
		}
		var args []string
		for _, word := range strings.Fields(line) {
			args = append(args, names.Replace(word))
		}
		if m := os.Getenv("NETMEND_LIMITS_MEMORY"); m != "" {
			args = append(args, "--memory", m)
		}
		first := runLimited(t, command, dir, append(args, "--timeout", limit.String()), 0)
		second := runLimited(t, command, dir, args, limit)
		t.Logf("%s: exit code %d: %s", line, first.code, first.answer)
		fmt.Printf("| `%s` | %.1f | %s | %.1f | %d MB |\n", shown.Replace(line), first.took.Seconds(), first.with(),
			max(0, second.took-limit).Seconds(), max(first.memory, second.memory)/1e6)
		for _, r := range []limitedRun{first, second} {
			if r.took > limit+max(time.Second, limit/10) {
				t.Errorf("%s: ended after %v, exit code %d", line, r.took, r.code)
			}
		}
	}
}

// limitedRun is how a run ended.
type limitedRun struct {
	code   int
	answer string // the first line of it
	took   time.Duration
	memory int64
	text   string // all that it printed
}

// with says how a run ended, as the table does.
func (r limitedRun) with() string {
	switch {
	case r.code == cli.ExitUnknown && strings.HasPrefix(r.answer, "unknown"):
		return "unknown"
	case r.code == cli.ExitUnknown:
		return "the part found"
	case r.code == cli.ExitYes || r.code == cli.ExitNo:
		return "done"
	}
	return fmt.Sprintf("exit code %d", r.code)
}

// runLimited runs a command, and interrupts it after a time unless that is 0.
func runLimited(t *testing.T, command, dir string, args []string, after time.Duration) limitedRun {
	t.Helper()
	cmd := exec.Command(command, args...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		defer time.AfterFunc(after, func() { _ = cmd.Process.Signal(syscall.SIGINT) }).Stop()
	}
	memory := watchPeak(cmd.Process.Pid)
	kill := time.AfterFunc(after+time.Minute, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	_ = cmd.Wait() // the exit code says it
	r := limitedRun{code: cmd.ProcessState.ExitCode(), took: time.Since(begun)}
	r.memory = memory()
	r.text = stdout.String() + stderr.String()
	if r.answer, _, _ = strings.Cut(strings.TrimSpace(stdout.String()), "\n"); r.answer == "" {
		r.answer, _, _ = strings.Cut(strings.TrimSpace(stderr.String()), "\n")
	}
	if len(r.answer) > 80 {
		r.answer = r.answer[:80]
	}
	return r
}

// watchPeak looks at the largest amount of memory that a process has had, until the function
// that it returns is called. What the system says of processes that have ended includes the
// memory of those that started them.
func watchPeak(pid int) (peak func() int64) {
	done, result := make(chan struct{}), make(chan int64)
	go func() {
		most := int64(0)
		for {
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			_, value, found := bytes.Cut(status, []byte("VmHWM:"))
			kB := int64(0)
			if _, failed := fmt.Fscan(bytes.NewReader(value), &kB); err == nil && found && failed == nil {
				most = max(most, kB<<10)
			}
			select {
			case <-done:
				result <- most
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return func() int64 { close(done); return <-result }
}

// limitInputs writes the inputs: a point and a segment of images, a box around one, segments
// between digits, a box around a digit, and a property that is a conjunction of 17
// disjunctions.
func limitInputs(t *testing.T, dir string) {
	t.Helper()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list := func(n int, f func(i int) string) string {
		words := make([]string, n)
		for i := range words {
			words[i] = f(i)
		}
		return strings.Join(words, ",")
	}
	image := func(k int) string {
		return "[" + list(3*224*224, func(i int) string { return fmt.Sprint((i*(2*k+31)+7*k)%241 - 120) }) + "]"
	}
	write("point.json", `{"version": 1, "items": [{"point": `+image(1)+`, "label": 3}]}`)
	write("segment.json", `{"version": 1, "items": [{"segment": {"from": `+image(1)+`, "to": `+image(2)+`}, "output": {"argmax": 3}}]}`)
	digit := func(k int) string {
		return "[" + list(784, func(i int) string { return fmt.Sprintf("%.3f", float64((i*(2*k+11))%97)/97) }) + "]"
	}
	write("digits.json", `{"version": 1, "items": [`+list(7, func(k int) string {
		return `{"segment": {"from": ` + digit(k) + `, "to": ` + digit(k+7) + fmt.Sprintf(`}, "output": {"argmax": %d}}`, k)
	})+"]}")
	property := func(inputs, outputs int, bounds func(i int) (lo, hi float64), violation string) string {
		var b strings.Builder
		for i := range inputs {
			lo, hi := bounds(i)
			fmt.Fprintf(&b, "(declare-const X_%d Real)(assert (>= X_%d %.3f))(assert (<= X_%d %.3f))\n", i, i, lo, i, hi)
		}
		for i := range outputs {
			fmt.Fprintf(&b, "(declare-const Y_%d Real)\n", i)
		}
		return b.String() + violation
	}
	write("image.vnnlib", property(3*224*224, 1000, func(i int) (float64, float64) { return float64(i*33%241 - 121), float64(i*33%241 - 119) }, "(assert (>= Y_0 Y_3))"))
	write("digit.vnnlib", property(784, 10, func(i int) (float64, float64) { v := float64(i*13%97) / 97; return max(0, v-0.3), min(1, v+0.3) }, "(assert (>= Y_0 Y_3))"))
	var disjunctions strings.Builder
	for k := range 17 {
		fmt.Fprintf(&disjunctions, "(assert (or (<= Y_%d Y_%d) (>= Y_%d %.3f)))\n", k%5, (k+1+k/5)%5, (k+1+k/5)%5, float64(k)/1000)
	}
	write("disjunctions.vnnlib", property(5, 5, func(i int) (float64, float64) { return max(-0.5, -0.3-float64(i)), 0.5 }, disjunctions.String()))
}
