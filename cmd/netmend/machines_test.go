package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
)

// machineCommands cover the engines: their output and their files are to be the
// same on every machine.
var machineCommands = []string{
	"demo",
	"demo inverse",
	"eval tanh.eran --point 0.1,0.2,0.3 --json",
	"eval sigmoid.eran --point 0.1,0.2,0.3 --json",
	"repair demo/n1.onnx --spec demo/eq3.json --layer 1 --objective mix -o n1-mix.onnx --certificate n1-mix.json",
	"repair relu.eran --spec spec.json --layer 2 --objective l1 -o l1.onnx --certificate l1.json",
	"repair relu.eran --spec spec.json --layer 2 --objective l2 -o l2.onnx --certificate l2.json --dtype float32",
	"repair relu.eran --spec spec.json --layer 3 --objective linf -o linf.onnx --certificate linf.json",
	"repair tanh.eran --spec points.json --layer 2 -o tanh.onnx",
	"repair conv.onnx --spec image.json --layer 2 --objective l2 -o conv-l2.onnx --certificate conv-l2.json",
	"check l1.json",
	"check l1.onnx --original relu.eran --spec spec.json --json",
	"verify relu.eran high.vnnlib --certificate high.json",
	"verify relu.eran low.vnnlib --certificate low.json",
	"check high.json",
	"preimage relu.eran --input -1:1,-1:1,-1:1 --output argmax=1 --sets",
	"partition relu.eran --input -1:1,-1:1,-1:1 --json",
	"image relu.eran --input -1:1,-1:1,0.2:0.2 --exact --sets",
	"image tanh.eran --input -1:1,-1:1,0:1",
	"regions relu.eran --segment -1,-1,0:1,1,1 --sets",
	"regions relu.eran --polygon -1,-1,0:1,-1,0:0,1,1 --json",
	"contract sigmoid.eran --input -1:1,-1:1,-1:1 --output y0>=-2",
}

// TestSameOnEveryMachine compares what the command prints and writes, built for
// this machine and for others: with the instructions of later processors, for
// arm64 (run by an emulator), and without assembly. Times and pixels are left out.
func TestSameOnEveryMachine(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("builds are compared on linux/amd64")
	}
	if testing.Short() {
		t.Skip("builds the command four times")
	}
	want := machineAnswers(t, []string{buildFor(t)})
	for _, c := range []struct {
		name string
		run  func(t *testing.T) []string
	}{
		{"v3", func(t *testing.T) []string {
			path := buildFor(t, "GOAMD64=v3")
			if out, err := exec.Command(path, "version").CombinedOutput(); err != nil {
				t.Skipf("this processor cannot run it: %s", out)
			}
			return []string{path}
		}},
		{"arm64", func(t *testing.T) []string {
			emulator, err := exec.LookPath("qemu-aarch64-static")
			if err != nil && os.Getenv("NETMEND_REQUIRE_ORACLES") != "1" {
				t.Skip("no qemu-aarch64-static (Debian: qemu-user-static)")
			} else if err != nil {
				t.Fatal(err)
			}
			return []string{emulator, buildFor(t, "GOARCH=arm64")}
		}},
		{"purego", func(t *testing.T) []string { return []string{buildFor(t, "GOFLAGS=-tags=purego,noasm")} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := machineAnswers(t, c.run(t))
			for _, name := range want.names {
				if !bytes.Equal(got.files[name], want.files[name]) {
					t.Errorf("%s differs:\n%s\nwant\n%s", name, firstDifference(got.files[name], want.files[name]),
						firstDifference(want.files[name], got.files[name]))
				}
			}
			if len(got.names) != len(want.names) {
				t.Errorf("%d files, want %d", len(got.names), len(want.names))
			}
		})
	}
}

// firstDifference is the line of a at which it begins to differ from b.
func firstDifference(a, b []byte) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	from := bytes.LastIndexByte(a[:i], '\n') + 1
	return fmt.Sprintf("%.200q", a[from:min(len(a), i+100)])
}

func buildFor(t *testing.T, env ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "netmend")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", path, ".")
	build.Env = append(append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOAMD64=v1"), env...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// answers are the files that the commands wrote, and by command what they printed.
type answers struct {
	names []string
	files map[string][]byte
}

// elapsed are the ways in which times, and the memory that was used, are printed.
var elapsed = regexp.MustCompile(`(?m)^ +time +.*$|"seconds": ?\{[^}]*\}|"[a-z_]*seconds": ?[0-9.e+-]+|(, |^ +)[0-9.e+-]+ s$|"peak_memory_bytes": ?[0-9]+`)

func machineAnswers(t *testing.T, command []string) answers {
	t.Helper()
	dir := t.TempDir()
	machineFiles(t, dir)
	a := answers{files: map[string][]byte{}}
	for _, line := range machineCommands {
		args := append(append([]string{}, command[1:]...), strings.Fields(line)...)
		c := exec.Command(command[0], args...)
		c.Dir = dir
		out, err := c.Output() // without the progress
		if code := c.ProcessState.ExitCode(); code != 0 && code != 1 && code != 3 {
			t.Fatalf("netmend %s: exit code %d, %v\n%s", line, code, err, out)
		}
		a.names = append(a.names, "netmend "+line)
		a.files["netmend "+line] = elapsed.ReplaceAll(out, []byte("time"))
	}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) == ".png" {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		a.names = append(a.names, name)
		a.files[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// machineFiles writes random networks, specifications and properties.
func machineFiles(t *testing.T, dir string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(10, 4))
	row := func(n int) string {
		v := make([]string, n)
		for i := range v {
			v[i] = fmt.Sprintf("%.3f", float64(3*rng.Float64())-1.5)
		}
		return "[" + strings.Join(v, ",") + "]"
	}
	layer := func(name string, out, in int) string {
		rows := make([]string, out)
		for i := range rows {
			rows[i] = row(in)
		}
		return fmt.Sprintf("%s\n[%s]\n%s\n", name, strings.Join(rows, ","), row(out))
	}
	files := map[string]string{
		"spec.json":   `{"version": 1, "items": [{"segment": {"from": [-1, -1, 0], "to": [1, 0.5, 1]}, "output": {"argmax": 1}}]}`,
		"points.json": `{"version": 1, "items": [{"points": [[0.1, 0.2, 0.3], [-0.5, 0.7, 0.2]], "labels": [0, 2]}]}`,
		"image.json":  `{"version": 1, "items": [{"points": [[` + strings.Repeat("0.5,", 35) + `1], [` + strings.Repeat("0.25,-1,", 17) + `0, 1]], "labels": [0, 1]}]}`,
	}
	for name, function := range map[string]string{"high.vnnlib": "(>= Y_0 100)", "low.vnnlib": "(>= Y_0 -100)"} {
		files[name] = `(declare-const X_0 Real)(declare-const X_1 Real)(declare-const X_2 Real)
(declare-const Y_0 Real)(declare-const Y_1 Real)(declare-const Y_2 Real)
(assert (>= X_0 -0.5))(assert (<= X_0 0.5))(assert (>= X_1 -0.5))(assert (<= X_1 0.5))(assert (>= X_2 0))(assert (<= X_2 0.5))
(assert ` + function + ")\n"
	}
	for _, f := range []string{"ReLU", "Tanh", "Sigmoid"} {
		files[strings.ToLower(f)+".eran"] = layer(f, 8, 3) + layer(f, 8, 8) + layer("Affine", 3, 8)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := onnx.WriteFile(filepath.Join(dir, "conv.onnx"), machineConv(rng), onnx.WriteOptions{DType: nn.Float32, Rounded: true}); err != nil {
		t.Fatal(err)
	}
}

// machineConv is a convolution of an image of 6 x 6, and a layer after it.
func machineConv(rng *rand.Rand) *nn.Network {
	params := func(out, in int) nn.Params {
		p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = float64(float32(rng.Float64() - 0.5))
		}
		return p
	}
	window := nn.Window{Channels: 1, In: [2]int{6, 6}, Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
	n, err := nn.New([]nn.Node{
		{Name: "conv", Inputs: []int{nn.Input}, Op: &nn.Conv{Window: window, Groups: 1, Params: params(3, 9)}},
		{Name: "relu", Inputs: []int{0}, Op: nn.ReLU()},
		{Name: "dense", Inputs: []int{1}, Op: &nn.Dense{Params: params(3, 48)}},
	}, []int{1, 6, 6}, nn.Meta{})
	if err != nil {
		panic(err)
	}
	return n
}
