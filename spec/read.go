package spec

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// FormatVersion is the version of the JSON format that this package reads and
// writes.
const FormatVersion = 1

// maxNumbers bounds the coordinates of all items together, 2 GiB of memory: a
// short specification can name a large file many times.
const maxNumbers = 1 << 28

// Read reads a repair specification in JSON, as docs/SPEC.md describes it. name
// stands for it in errors; the paths of data files are taken relative to
// baseDir.
//
// An error in the text is a *[ParseError]. Labels and half-spaces are not
// compared with a network here: [Spec.Check] does that.
func Read(r io.Reader, name, baseDir string) (*Spec, error) {
	return read(context.Background(), r, name, baseDir, (*decoder).document)
}

// ReadContext is [Read], and fails with the cause of ctx if that is over first.
func ReadContext(ctx context.Context, r io.Reader, name, baseDir string) (*Spec, error) {
	return read(ctx, r, name, baseDir, (*decoder).document)
}

// read parses JSON and decodes its root.
func read(ctx context.Context, r io.Reader, name, baseDir string, decode func(*decoder, value) error) (*Spec, error) {
	doc, err := readDocument(ctx, r, name)
	if err != nil {
		return nil, err
	}
	d := decoder{ctx: ctx, baseDir: baseDir, spec: &Spec{}, files: map[dataFile]*Data{}}
	if err := decode(&d, doc.root()); err != nil {
		return nil, err
	}
	return d.spec, nil
}

// ReadFile reads the specification at path; the paths of data files in it are
// relative to its folder. See [Read].
func ReadFile(path string) (*Spec, error) { return readFile(context.Background(), path) }

func readFile(ctx context.Context, path string) (*Spec, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadContext(ctx, file, path, filepath.Dir(path))
}

// ReadArgument reads the specification that a command-line argument gives: the
// path of a file, or the JSON text itself, which starts with { or [. A list
// stands for the items alone, with no margin and the other defaults of the
// current version:
//
//	[{"point": [0.5], "output": {"bounds": {"0": [-1, -0.8]}}}]
//
// Data files in such a text are relative to the working directory.
func ReadArgument(argument string) (*Spec, error) {
	return ReadArgumentContext(context.Background(), argument)
}

// ReadArgumentContext is [ReadArgument], and fails with the cause of ctx if that is over
// first.
func ReadArgumentContext(ctx context.Context, argument string) (*Spec, error) {
	const name = "argument"
	text := strings.TrimSpace(argument)
	switch {
	case strings.HasPrefix(text, "{"):
		return ReadContext(ctx, strings.NewReader(argument), name, ".")
	case strings.HasPrefix(text, "["):
		return read(ctx, strings.NewReader(argument), name, ".", (*decoder).items)
	}
	return readFile(ctx, argument)
}
