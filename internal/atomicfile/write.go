// Package atomicfile replaces files in one step, so that neither an error nor an
// interruption leaves half a file, or none where there was one.
package atomicfile

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Write puts what write produces in the file at path: into a new file beside
// it, brought to the disk and renamed. After an error the file at path is as it
// was and nothing is left beside it.
func Write(path string, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	beside := filepath.Join(dir, "."+filepath.Base(path)+"."+rand.Text())
	// Not os.CreateTemp, which would keep the file from others.
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	buffered := bufio.NewWriter(f)
	if err = write(buffered); err == nil {
		err = errors.Join(buffered.Flush(), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(beside, path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, errors.Join(err, os.Remove(beside)))
	}
	// So that the new name survives a crash too, where folders can be synced.
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

// WriteBytes is [Write] for data at hand.
func WriteBytes(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}
