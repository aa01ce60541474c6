//go:build ort

package ortest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// libraryVariable names the environment variable that holds the path of
// another libonnxruntime.so than the one that `make deps` installs.
const libraryVariable = "NETMEND_ONNXRUNTIME"

// libraryPattern is where the npm package onnxruntime-node, installed below
// the repository root, keeps the library; the napi version changes between
// releases. The verb is the architecture by Node.js's name.
const libraryPattern = ".deps/onnxruntime/node_modules/onnxruntime-node/bin/napi-v*/linux/%s/libonnxruntime.so*"

// start loads ONNX Runtime, once a process. It stays loaded until the process
// ends: a test binary has no last user who could unload it.
var start = sync.OnceValue(func() error {
	path, err := library()
	if err != nil {
		return fmt.Errorf("%w: %w", errUnavailable, err)
	}
	ort.SetSharedLibraryPath(path)
	// Errors are returned, too; warnings are about initialisers that older exporters
	// list as inputs.
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		return fmt.Errorf("loading %s: %w", path, err)
	}
	return nil
})

// library returns the path of ONNX Runtime's shared library.
func library() (string, error) {
	if path := os.Getenv(libraryVariable); path != "" {
		_, err := os.Stat(path)
		return path, err
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	pattern := fmt.Sprintf(libraryPattern, arch)
	for {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return "", err
		}
		if len(found) > 0 {
			return found[0], nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no %s here or in a folder above: run `make deps`", pattern)
		}
		dir = parent
	}
}
