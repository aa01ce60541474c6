//go:build linux

package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
)

// TestMemory: files that expand a hundredfold, and lines of millions of numbers, are read
// within --memory, or refused with an amount that does. A file that is damaged or refused for
// its size is called so with and without.
func TestMemory(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := filepath.Join(dir, "netmend") // package testscript has the test binary act by its name
	if err := os.Symlink(self, command); err != nil {
		t.Fatal(err)
	}
	memoryInputs(t, dir)
	floor := regexp.MustCompile(`give at least (\d+MB)`)
	for _, test := range []struct {
		line   string
		code   int
		answer string // without a limit
	}{
		{"info zeroes.onnx.gz", cli.ExitBadInput, "times its size"},
		{"verify net.eran zeroes.vnnlib.gz", cli.ExitBadInput, "times its size"},
		{"eval net.eran zeroes.csv.gz", cli.ExitBadInput, "times its size"},
		{"eval net.eran line.csv.gz", cli.ExitBadInput, "times its size"},
		{"eval net.eran zeroes.npy.gz", cli.ExitBadInput, "times its size"},
		{"eval net.eran short.npy.gz", cli.ExitBadInput, "the data ends"},
		{"eval net.eran zeroes-images-idx3-ubyte.gz", cli.ExitBadInput, "times its size"},
		{"eval net.eran zeroes.npz", cli.ExitBadInput, "times its size"},
		{"repair net.eran --spec csv.json", cli.ExitBadInput, "times its size"},
		{"check zeroes.json.gz --network net.eran", cli.ExitNo, "times its size"},
		{"eval net.eran line.csv", cli.ExitBadInput, "points of dimension 1000000, want 2"},
		{"repair net.eran --spec line.json", cli.ExitBadInput, "lies in 1000000 dimensions"},
		{"preimage net.eran --input sets.json --output y0<=0", cli.ExitBadInput, "has 1,000,000 coefficients"},
		{"info line.eran", cli.ExitYes, "1,000,001 in 1 layer"},
		{"eval net.eran many.csv -o many.npy", cli.ExitYes, "many.npy"},
	} {
		run := func(memory string) limitedRun {
			t.Helper()
			args := strings.Fields(test.line)
			if memory != "" {
				args = append(args, "--memory", memory)
			}
			return runLimited(t, command, dir, args, 0)
		}
		free := run("")
		if free.code != test.code || !strings.Contains(free.text, test.answer) {
			t.Errorf("%s: exit code %d, %s; want %d, %s", test.line, free.code, free.text, test.code, test.answer)
		}
		r := run("30MB")
		if most := int64(33e6); r.memory > most {
			t.Errorf("%s within 30MB: took %d MB", test.line, r.memory/1e6)
		}
		if r.code == cli.ExitUnknown {
			named := floor.FindStringSubmatch(r.text)
			switch {
			case named != nil:
				r = run(named[1])
			case strings.Contains(r.text, "the memory allowed is used up"): // on the way
				r = run("400MB")
			}
		}
		if r.code != test.code || !strings.Contains(r.text, test.answer) {
			t.Errorf("%s with --memory: exit code %d, %s; want %d, %s", test.line, r.code, r.text, test.code, test.answer)
		}
	}
	// The result that is asked for is written where a limit ends the run.
	r := runLimited(t, command, dir, strings.Fields("verify line.eran zeroes.vnnlib.gz --result r.txt --memory 22MB"), 0)
	if text, err := os.ReadFile(filepath.Join(dir, "r.txt")); r.code != cli.ExitUnknown || string(text) != "unknown\n" {
		t.Errorf("a result at a limit: exit code %d, %q, %v: %s", r.code, text, err, r.text)
	}
}

// memoryInputs writes the inputs of TestMemory.
func memoryInputs(t *testing.T, dir string) {
	t.Helper()
	const packed, numbers = 24 << 20, 1_000_000 // bytes before compression; in a line
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	zip1 := func(name, start, repeated string) {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		block := []byte(strings.Repeat(repeated, 1<<16))
		_, err = z.Write([]byte(start))
		for n := 0; n < packed && repeated != ""; n += len(block) {
			_, failed := z.Write(block)
			err = errors.Join(err, failed)
		}
		if err := errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
		write(name, b.String())
	}
	array := func(rows int) string { // of which the numbers are missing
		var b bytes.Buffer
		if err := dataset.EncodeNPY(&b, &dataset.Array{Shape: []int{1, 2}, Data: []float64{0, 0}, Type: dataset.Uint8}); err != nil {
			t.Fatal(err)
		}
		header := b.String()[:b.Len()-2]
		shape := fmt.Sprintf("(%d, 2)", rows)
		return strings.Replace(strings.Replace(header, "(1, 2)", shape, 1), strings.Repeat(" ", len(shape)-len("(1, 2)"))+"\n", "\n", 1)
	}
	write("net.eran", "Affine\n[[1, 2]]\n[0]\n")
	zip1("zeroes.onnx.gz", "", "\x00")
	zip1("zeroes.vnnlib.gz", "", "(assert (<= X_0 1))\n")
	zip1("zeroes.csv.gz", "", "0,0\n")
	zip1("line.csv.gz", "", "0,")
	zip1("zeroes.json.gz", "", " ")
	zip1("zeroes.npy.gz", array(packed/2), "\x00")
	zip1("short.npy.gz", array(1e9), "")
	zip1("zeroes-images-idx3-ubyte.gz", "\x00\x00\x08\x03\x01\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02", "\x00")
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	member, err := z.Create("x.npy")
	if err == nil {
		_, err = io.WriteString(member, array(packed/2)+strings.Repeat("\x00", packed))
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	write("zeroes.npz", archive.String())
	line := strings.Repeat("0,", numbers-1) + "0"
	write("line.csv", line)
	write("csv.json", `{"version": 1, "items": [{"points": {"file": "zeroes.csv.gz"}, "label": 0}]}`)
	write("line.json", `{"version": 1, "items": [{"point": [`+line+`], "label": 0}]}`)
	write("sets.json", `{"halfspaces": [{"normal": [`+line+`], "offset": 1}]}`)
	write("line.eran", "Affine\n[["+line+"]]\n[0]\n")
	write("many.csv", strings.Repeat("0,0\n", numbers))
}
