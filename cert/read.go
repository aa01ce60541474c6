package cert

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// MaxSize is the size of the largest certificate that is read, decompressed.
const MaxSize = 256 << 20

// ReadFile reads the certificate at path. See [Read].
func ReadFile(path string) (*Certificate, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Read reads a certificate, compressed or not (its first bytes tell), and
// checks its form. Input of any content and length ends soon, in bounded
// memory, with a certificate or an error: texts beyond MaxSize, deep nesting,
// overlong numbers, repeated or unknown fields and anything after the document
// are refused.
func Read(r io.Reader) (*Certificate, error) {
	in := bufio.NewReader(r)
	var text io.Reader = in
	if magic, _ := in.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("not a certificate: %w", err)
		}
		text = z
	}
	data, err := io.ReadAll(io.LimitReader(text, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("not a certificate: %w", err)
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("certificate of more than %d MiB", MaxSize>>20)
	}
	if err := scan(data); err != nil {
		return nil, fmt.Errorf("not a certificate: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	c := &Certificate{}
	if err := dec.Decode(c); err != nil {
		return nil, fmt.Errorf("not a certificate: %w", err)
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c, nil
}
