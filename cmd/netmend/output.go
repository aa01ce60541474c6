package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// checkOutput tells, before any work, whether the file at path can be written,
// without touching it. A file that is also read must not be written, since the
// original of a repair is needed to check it: inputs are the paths of those.
func checkOutput(path string, inputs ...string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err == nil {
		if info.IsDir() {
			return fmt.Errorf("output %s: is a folder, want a file", path)
		}
		for _, in := range inputs {
			if other, err := os.Stat(in); err == nil && os.SameFile(info, other) {
				return fmt.Errorf("output %s: is the input %s too; choose another name", path, in)
			}
		}
	}
	return checkFolder(filepath.Dir(path), path)
}

// checkFolder tells whether files can be created in a folder, for the output
// named.
func checkFolder(dir, output string) error {
	probe, err := os.CreateTemp(dir, ".netmend-*")
	if err != nil {
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return fmt.Errorf("output %s: cannot write in folder %s: %w", output, dir, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}
