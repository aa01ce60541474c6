// Package report writes generated parts of Markdown documents, each between two
// marker lines, so that the text around them stays.
package report

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

// End is the marker line after every generated part.
const End = "<!-- to here -->\n"

// Replace writes a part into a file, after the marker line begin, or appends it
// with its markers.
func Replace(file, begin, part string) error {
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if text, err = Splice(text, begin, part); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, text, 0o644)
}

// Splice puts a part between the marker line begin of text and the next [End],
// or appends both markers with it.
func Splice(text []byte, begin, part string) ([]byte, error) {
	before, rest, found := bytes.Cut(text, []byte(begin))
	if !found {
		if len(text) > 0 {
			text = append(text, '\n')
		}
		return append(text, begin+part+End...), nil
	}
	_, after, found := bytes.Cut(rest, []byte(End))
	if !found {
		return nil, fmt.Errorf("the marker line %q has no end", strings.TrimSpace(begin))
	}
	return bytes.Join([][]byte{before, []byte(begin + part + End), after}, nil), nil
}

// Machine describes where figures come from.
func Machine() string {
	cpu := "unknown processor"
	info, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(info)) {
			key, value, _ := strings.Cut(line, ":")
			if strings.TrimSpace(key) == "model name" {
				cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores, %s/%s, %s", cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}
