// Package unzip reads files compressed with gzip, and gives up on those that expand to
// many times their size, as no file of numbers does: memory is to be in proportion to
// the file.
package unzip

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

const (
	// Free is what a file may expand to in any case, in bytes.
	Free = 16 << 20
	// Ratio is how many times its size it may expand to else.
	Ratio = 100
)

// NewReader reads the contents of a compressed file. Its reads fail beyond [Free] bytes
// and [Ratio] times what was read of the file.
func NewReader(file io.Reader) (io.Reader, error) { return NewReaderWithin(file, Free) }

// NewReaderWithin is [NewReader] with another number of bytes in place of Free.
func NewReaderWithin(file io.Reader, free int64) (io.Reader, error) {
	r := &reader{file: counter{from: file}, free: free}
	var err error
	r.contents, err = gzip.NewReader(&r.file)
	return r, err
}

// TooFar is the error of what expands to more than free bytes and [Ratio] times its size.
func TooFar(free int64) error {
	return fmt.Errorf("expands to more than %d MiB and %d times its size; decompress it first, if it is meant", free>>20, Ratio)
}

// Detect reads the contents of a file, through [NewReaderWithin] where its first bytes say
// that it is compressed.
func Detect(file io.Reader, free int64) (io.Reader, error) {
	start := make([]byte, 2)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	plain := &plain{start: start[:n], file: file}
	if string(plain.start) == "\x1f\x8b" {
		return NewReaderWithin(plain, free)
	}
	return plain, nil
}

// plain is a file whose first bytes were read.
type plain struct {
	start []byte
	file  io.Reader
}

func (p *plain) Read(b []byte) (int, error) {
	if len(p.start) > 0 {
		n := copy(b, p.start)
		p.start = p.start[n:]
		return n, nil
	}
	return p.file.Read(b)
}

// Stat describes the file, where it is one of the operating system.
func (p *plain) Stat() (fs.FileInfo, error) {
	if f, ok := p.file.(interface{ Stat() (fs.FileInfo, error) }); ok {
		return f.Stat()
	}
	return nil, errors.ErrUnsupported
}

// reader counts what goes in and what comes out.
type reader struct {
	file     counter
	contents *gzip.Reader
	n, free  int64
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.contents.Read(p)
	if r.n += int64(n); r.n > r.free && r.n > Ratio*r.file.n {
		return 0, TooFar(r.free)
	}
	return n, err
}

// counter counts the bytes that are read.
type counter struct {
	from io.Reader
	n    int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}
