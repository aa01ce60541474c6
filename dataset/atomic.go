package dataset

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeAtomically lets write fill a temporary file beside path and renames it
// to path, so that neither an error nor an interruption leaves half a file
// there.
func writeAtomically(path string, write func(io.Writer) error) (err error) {
	file, err := createBeside(path)
	if err != nil {
		return err
	}
	temporary := file.Name()
	defer func() {
		if err != nil {
			os.Remove(temporary)
		}
	}()
	buffered := bufio.NewWriterSize(file, chunkBytes)
	if err = write(buffered); err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.Rename(temporary, path)
}

// createBeside creates a new hidden file in the folder of path. Unlike
// os.CreateTemp it leaves the permissions to the user's umask, as the renamed
// file keeps them.
func createBeside(path string) (*os.File, error) {
	const attempts = 100 // left over by as many interrupted runs
	var last error
	for i := range attempts {
		name := fmt.Sprintf(".%s.%d-%d.partial", filepath.Base(path), os.Getpid(), i)
		file, err := os.OpenFile(filepath.Join(filepath.Dir(path), name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		last = err
	}
	return nil, last
}
