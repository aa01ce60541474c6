package cert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/netmend/netmend/internal/unzip"
	"github.com/netmend/netmend/internal/within"
)

// Limits on the texts that are read.
const (
	// MaxSize is the size of the largest certificate that is read, decompressed.
	MaxSize = 256 << 20
	// freeText is what a compressed certificate may expand to in any case; beyond that
	// [unzip.Ratio] counts. Certificates shrink by 3 to 20.
	freeText = 1 << 20
	// perByte is what is taken in memory for a byte of text, about.
	perByte = 4
)

// ReadFile reads the certificate at path. See [Read].
func ReadFile(ctx context.Context, path string) (*Certificate, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := Read(ctx, f)
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, err
}

// Read reads a certificate, compressed or not (its first bytes tell), and checks its form. It
// refuses texts beyond MaxSize or far larger than their compressed form, overlong numbers,
// fields that are missing, repeated or unknown, null, and anything after the document.
//
// Whatever the input, Read ends soon, with a certificate or an error, and soon after the
// context is done, with its cause. It takes at most 32 times the text in memory, and the text
// is at most 1 MiB or 100 times what is read.
func Read(ctx context.Context, r io.Reader) (*Certificate, error) {
	text, err := readText(ctx, r)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if errors.Is(err, within.ErrMemory) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("not a certificate: %w", err)
	}
	c := &Certificate{}
	err = decode(ctx, text, c)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("not a certificate: %w", err)
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c, nil
}

// readText reads all, decompressed.
func readText(ctx context.Context, r io.Reader) ([]byte, error) {
	from, err := unzip.Detect(r, freeText)
	if err != nil {
		return nil, err
	}
	text, err := within.ReadAll(ctx, from, MaxSize, "reading it", within.Times(perByte))
	if err == nil && len(text) > MaxSize {
		err = fmt.Errorf("a text of more than %d MiB", MaxSize>>20)
	}
	return text, err
}
