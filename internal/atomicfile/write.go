// Package atomicfile replaces files in one step, one or several together, so that
// neither an error nor an interruption leaves half a file, or none where there was
// one.
package atomicfile

import (
	"context"
	"io"
)

// Write puts what write produces in the file at path, as a [Batch] of one does. After
// an error the file at path is as it was and nothing is left beside it.
func Write(path string, write func(io.Writer) error) error {
	var b Batch
	defer b.Discard()
	if _, err := b.Stage(path, write); err != nil {
		return err
	}
	_, err := b.Commit(context.Background())
	return err
}

// WriteBytes is [Write] for data at hand.
func WriteBytes(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}
