// Package emulated lets tests run their own program again where it was compiled for another
// processor, and an emulator runs it (go test -exec qemu-aarch64-static): the kernel cannot.
//
// The package is imported by tests only.
package emulated

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

// Self is the beginning of a command line that runs this program under the given name.
// Without an emulator the name does not count.
func Self(name string) ([]string, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	by, err := emulator()
	if err != nil || by == "" {
		return []string{path}, err
	}
	return []string{by, "-0", name, path}, nil
}

// Wrapper makes a folder with a program of the given name that runs this one under that
// name, where that takes an emulator.
func Wrapper(dir, name string) (written bool, err error) {
	line, err := Self(name)
	if err != nil || len(line) == 1 {
		return false, err
	}
	for i, word := range line {
		line[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, err
	}
	text := "#!/bin/sh\nexec " + strings.Join(line, " ") + " \"$@\"\n"
	return true, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700)
}

// emulator is the path of what runs this program; nothing where the kernel does.
var emulator = sync.OnceValues(func() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	try := exec.Command(path, "-test.run=^$")
	switch err := try.Start(); {
	case err == nil:
		_ = try.Process.Kill()
		_ = try.Wait()
		return "", nil
	case !errors.Is(err, syscall.ENOEXEC):
		return "", err
	}
	names := map[string]string{"amd64": "qemu-x86_64-static", "arm64": "qemu-aarch64-static"}
	found, err := exec.LookPath(names[runtime.GOARCH])
	if err != nil {
		return "", fmt.Errorf("neither this machine nor an emulator runs the program: %w", err)
	}
	return found, nil
})
