package onnx

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// replaceFile puts data in the file at path in one step: it writes a new file
// beside it, brings that to the disk, and renames it. After an error the file
// is as it was and nothing is left beside it.
func replaceFile(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	temp := filepath.Join(dir, "."+filepath.Base(path)+"."+rand.Text())
	// Not os.CreateTemp, which would keep the file from others.
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, werr := f.Write(data)
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, errors.Join(err, os.Remove(temp)))
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("writing %s: %w", path, errors.Join(err, os.Remove(temp)))
	}
	// So that the new name survives a crash too, where directories can be synced.
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}
