package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/eran"
	"github.com/netmend/netmend/nn/onnx"
)

// readmeNetwork needs the README's repair: where the sum s of its inputs is at
// most 1, output 0 is 1 - s and output 1 is 0.1, so that output 1 is larger on
// the segment of the example.
const readmeNetwork = `ReLU
[[1, 1], [-1, -1]]
[-1, 1]
Affine
[[1, 1], [2, 0]]
[0, 0.1]
`

// TestReadme runs the README's example as it is printed.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	const show = "$ cat req.json\n"
	_, block, found := strings.Cut(string(text), "```\n"+show)
	if !found {
		t.Fatalf("README.md has no block that begins with %q", show)
	}
	block, _, _ = strings.Cut(block, "```")
	requirement, rest, _ := strings.Cut(block, "$ ")

	t.Chdir(t.TempDir())
	net, err := eran.Read(strings.NewReader(readmeNetwork), "readme.eran", eran.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := onnx.WriteFile("net.onnx", net, onnx.WriteOptions{DType: nn.Float64, Rounded: true}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("req.json", []byte(requirement), 0o666); err != nil {
		t.Fatal(err)
	}
	execute := func(args []string, want int) string {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != want {
			t.Fatalf("%q: exit code %d, want %d\n%s%s", args, code, want, &stdout, &stderr)
		}
		return stdout.String()
	}
	execute([]string{"check", "net.onnx", "--original", "net.onnx", "--spec", "req.json"}, cli.ExitNo)
	var first []string // words of the output
	for line := range strings.SplitSeq(rest, "\n") {
		line, _, _ = strings.Cut(strings.TrimPrefix(line, "$ "), "#")
		args := strings.Fields(line)
		if len(args) == 0 {
			continue
		}
		if args[0] != "netmend" {
			t.Fatalf("%q does not begin with netmend", line)
		}
		word, _, _ := strings.Cut(execute(args[1:], cli.ExitYes), " ")
		first = append(first, word)
	}
	if got := strings.Join(first, " "); got != "net.onnx: repaired: holds:" {
		t.Errorf("the outputs begin with %q", got)
	}
}

// TestReadmeProgram: the Go program of the README is that of the example of package repair.
func TestReadmeProgram(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(text), "```go\n")
	block, _, ends := strings.Cut(block, "```")
	if !found || !ends {
		t.Fatal("README.md has no Go program")
	}
	example, err := os.ReadFile(filepath.Join("..", "..", "repair", "loop_example_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	indented := "\t" + strings.ReplaceAll(strings.TrimSpace(block), "\n", "\n\t")
	if !strings.Contains(string(example), strings.ReplaceAll(indented, "\t\n", "\n")) {
		t.Error("the Go program of README.md is not that of repair/loop_example_test.go")
	}
}
