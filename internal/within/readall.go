package within

import (
	"context"
	"io"
	"io/fs"
)

const (
	// small is what is read without asking for memory.
	small = 1 << 20
	// growth is the part of what was read for which memory is taken beside it where it
	// grows: at most 1/growth of it is too much.
	growth = 4
)

// ReadAll is io.ReadAll within ctx, up to most bytes and one. It takes memory as bytes arrive,
// or once where r is a regular file, and asks before; what names the work. Where the bytes do
// not fit, they are read to their end without being kept, so that what is damaged or refused
// for its size is called so whatever memory is allowed, and the error names the memory that
// takes is for them: for a part of them it is what that and what is made of it take.
func ReadAll(ctx context.Context, r io.Reader, most int64, what string, takes func(part []byte) int64) ([]byte, error) {
	first := int64(small)
	if f, ok := r.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			first = min(info.Size()+1, most+1) // and one, to see the end
		}
	}
	r = io.LimitReader(Reader(ctx, r), most+1)
	data := make([]byte, 0, min(first, 512))
	for {
		if len(data) == cap(data) {
			next := max(first, int64(len(data)+len(data)/growth))
			if next > small {
				if err := Need(ctx, next, what); err != nil {
					return nil, tooMuch(ctx, r, takes(data), what, takes, err)
				}
			}
			data = append(make([]byte, 0, next), data...)
		}
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// Times is what a reader takes for each byte, for [ReadAll].
func Times(n int64) func(part []byte) int64 {
	return func(part []byte) int64 { return n * int64(len(part)) }
}

// tooMuch reads r to its end, and returns its error, or else that of the memory for what was
// read of it before and is now.
func tooMuch(ctx context.Context, r io.Reader, bytes int64, what string, takes func(part []byte) int64, err error) error {
	part := make([]byte, often)
	for {
		n, failed := r.Read(part)
		bytes += takes(part[:n])
		if failed == io.EOF {
			if all := Need(ctx, bytes, what); all != nil {
				return all
			}
			return err
		}
		if failed != nil {
			return failed
		}
	}
}

// NumbersRefused is the error of text for whose numbers there is no memory: where have of them
// were read, and r has the rest, as words between spaces, commas and brackets. It reads them,
// and names the memory for all, and as much again while they grow.
func NumbersRefused(ctx context.Context, r io.Reader, have int, what string, err error) error {
	const twice = 2 * 8
	inWord := false
	return tooMuch(ctx, Reader(ctx, r), twice*int64(have), what, func(part []byte) int64 {
		words := int64(0)
		for _, c := range part {
			switch c {
			case ' ', '\t', '\r', '\n', ',', '[', ']':
				inWord = false
			default:
				if !inWord {
					words++
				}
				inWord = true
			}
		}
		return twice * words
	}, err)
}
