package vnnlib

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"

	"github.com/netmend/netmend/internal/unzip"
	"github.com/netmend/netmend/internal/within"
)

// maxText bounds a file, after decompression, in bytes.
const maxText = 1 << 28

// perByte is what is taken in memory for a byte of text, about.
const perByte = 12

// Read reads a property; name stands for the file in errors.
//
// An error in the text is a *[spec.ParseError] with line and column. Besides
// what the package comment excludes, an undeclared variable, gaps in the
// numbers of the variables, a file without assert, and a disjunctive normal form
// beyond the limits (262,144 disjuncts, 16 million bounds and coefficients) are
// errors. Contradictory bounds are none: see [Property.Contradictory].
func Read(r io.Reader, name string) (*Property, error) {
	return ReadContext(context.Background(), r, name)
}

// ReadContext is [Read], and fails with the cause of ctx if that is over first.
func ReadContext(ctx context.Context, r io.Reader, name string) (*Property, error) {
	text, err := within.ReadAll(ctx, r, maxText, "reading it", within.Times(perByte))
	if err == nil && len(text) > maxText {
		err = fmt.Errorf("more than %d bytes of text", maxText)
	}
	if err == nil {
		if err = within.Need(ctx, int64(len(text)), "reading it"); err != nil { // again, as a string
			err = cmp.Or(within.Need(ctx, (perByte-1)*int64(len(text)), "reading it"), err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := parser{scan: scanner{ctx: ctx, name: name, text: string(text)}, declared: map[variable]int{}}
	if err := p.commands(); err != nil {
		return nil, err
	}
	b := builder{
		property: &Property{Inputs: p.count(inputs), Outputs: p.count(outputs)},
		atoms:    p.atoms,
		halves:   make([]*HalfSpace, len(p.atoms)),
		scan:     &p.scan,
		seen:     map[uint64][]candidate{},
		seed:     maphash.MakeSeed(),
	}
	if err := b.build(p.asserted); err != nil {
		return nil, err
	}
	return b.property, nil
}

// ReadFile reads the property at path. A file compressed with gzip is
// recognised by its first bytes; where there is no file at path, path.gz is read, as
// the instance lists of VNN-COMP leave the ending out. See [Read].
func ReadFile(path string) (*Property, error) { return ReadFileContext(context.Background(), path) }

// ReadFileContext is [ReadFile], and fails with the cause of ctx if that is over first.
func ReadFileContext(ctx context.Context, path string) (*Property, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if zipped, also := os.Open(path + ".gz"); also == nil {
			file, err = zipped, nil
		}
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	contents, err := unzip.Detect(file, unzip.Free)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return ReadContext(ctx, contents, path)
}
