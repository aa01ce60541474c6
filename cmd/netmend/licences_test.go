package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/golden"
)

// TestLicences compares licences.txt, which version --licences prints, with the licences
// of the modules that the command is built from, on any system.
func TestLicences(t *testing.T) {
	type module struct{ Path, Version, Dir string }
	modules := map[string]module{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", "list", "-deps", "-json=Module", ".")
		cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		for d := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct{ Module *module }
			if err := d.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if p.Module != nil && p.Module.Version != "" {
				modules[p.Module.Path] = *p.Module
			}
		}
	}
	var paths []string
	for p := range modules {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	var text bytes.Buffer
	text.WriteString("The netmend command contains the standard library and runtime of Go, and these modules.\n")
	section := func(heading, folder string) {
		files, err := filepath.Glob(filepath.Join(folder, "LICEN[CS]E*"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no licence in %s (%v)", heading, folder, err)
		}
		for _, f := range files {
			licence, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&text, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), heading, strings.TrimSpace(strings.ReplaceAll(string(licence), "\r\n", "\n")))
		}
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	section("Go", strings.TrimSpace(string(root)))
	for _, p := range paths {
		section(p+" "+modules[p].Version, modules[p].Dir)
	}
	golden.Compare(t, "licences.txt", text.Bytes())
}
