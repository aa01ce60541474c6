package atomicfile

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Batch is a number of files that appear together or not at all. Each is first
// written beside its place ([Batch.Stage]); [Batch.Commit] puts all of them where
// they belong. The zero value is an empty batch; its methods may be called by
// several goroutines.
//
// What stands at a path decides how it is written. A symbolic link is followed. A
// device or a FIFO is written to, at the commit. A file with several names (hard
// links), or one that can be written in a folder that cannot, keeps its place: its
// contents are replaced. Any other file is replaced in one step, by renaming, and
// keeps its permissions.
type Batch struct {
	mu      sync.Mutex
	staged  []*staged
	folders []string // that were made, the outermost first
	closed  error    // why nothing more is staged or committed
}

// staged is one file of a batch.
type staged struct {
	path   string // as it was named
	place  string // where that leads, links followed
	beside string // the new contents; empty if a device keeps its data
	data   []byte // for devices and FIFOs
	mode   os.FileMode
	how    how
	// What undoes it: a second name of the old file, or its old contents.
	backup  string
	old     []byte
	created bool // there was no file
	done    bool
}

// how a file is put in its place.
type how int

const (
	renamed how = iota
	inPlace     // the contents are copied
	through     // a device or a FIFO
)

var (
	errCommitted = errors.New("the files were put in their places already")
	errDiscarded = errors.New("the files were discarded")
)

// Target finds out how the file at path would be written, without touching it: where
// the path leads, links followed, and whether a file there, or its folder, can be
// written.
func Target(path string) error {
	_, err := resolve(path)
	return err
}

// resolve follows links and decides how a file is written.
func resolve(path string) (*staged, error) {
	place, err := follow(path)
	if err != nil {
		return nil, err
	}
	s := &staged{path: path, place: place, mode: 0o666, how: renamed}
	info, err := os.Stat(place)
	switch {
	case errors.Is(err, os.ErrNotExist):
		s.created = true
		return s, probe(filepath.Dir(place))
	case err != nil:
		return nil, bare(err)
	case info.IsDir():
		return nil, errors.New("is a folder, want a file")
	case !info.Mode().IsRegular() || standard(info) != nil:
		s.how = through
		return s, nil
	}
	s.mode = info.Mode().Perm()
	f, err := os.OpenFile(place, os.O_WRONLY, 0)
	if err != nil {
		return nil, bare(err)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	if severalNames(info) || probe(filepath.Dir(place)) != nil {
		s.how = inPlace
	}
	return s, nil
}

// standard is the standard output or error, where that is the file; nil for others.
func standard(info os.FileInfo) *os.File {
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if own, err := f.Stat(); err == nil && os.SameFile(info, own) {
			return f
		}
	}
	return nil
}

// mostLinks is how many symbolic links are followed one after the other.
const mostLinks = 40

// follow is where a path leads, links followed; the last file need not exist.
func follow(path string) (string, error) {
	for range mostLinks {
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&os.ModeSymlink == 0 {
			return path, nil
		}
		// What the system's own links lead to, as those of /proc/self/fd, need have
		// no name.
		if to, err := os.Stat(path); err == nil && !to.Mode().IsRegular() {
			return path, nil
		}
		next, err := os.Readlink(path)
		if err != nil {
			return "", bare(err)
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(path), next)
		}
		path = next
	}
	return "", errors.New("too many symbolic links")
}

// probe reports whether files can be created in a folder.
func probe(dir string) error {
	f, err := os.CreateTemp(dir, ".netmend-*")
	if err != nil {
		return fmt.Errorf("cannot write in folder %s: %w", dir, bare(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// bare is an error of the operating system without the path, which the caller names.
func bare(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Stage takes what write produces for the file at path, which it leaves as it is. After
// an error nothing of it is left. It returns the number of bytes.
func (b *Batch) Stage(path string, write func(io.Writer) error) (n int64, err error) {
	s, err := resolve(path)
	if err != nil {
		return 0, fmt.Errorf("writing %s: %w", path, err)
	}
	var f *os.File
	if f, err = b.add(s); err != nil {
		return 0, fmt.Errorf("writing %s: %w", path, err)
	}
	counted := &counter{w: f}
	buffered := bufio.NewWriter(counted)
	if err = write(buffered); err == nil {
		err = buffered.Flush()
	}
	if err == nil && s.how == through {
		s.data, err = os.ReadFile(s.beside)
	} else if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if s.how == through && err == nil {
		err = os.Remove(s.beside)
		s.beside = ""
	}
	if err != nil {
		b.drop(s)
		return 0, fmt.Errorf("writing %s: %w", path, err)
	}
	return counted.n, nil
}

// add opens the file that takes the new contents and enters it in the batch, in one
// step, so that a batch that is discarded leaves nothing.
func (b *Batch) add(s *staged) (*os.File, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed != nil {
		return nil, b.closed
	}
	for _, other := range b.staged {
		if other.place == s.place && s.how != through {
			return nil, fmt.Errorf("%s is the same file", other.path)
		}
	}
	folder := filepath.Dir(s.place)
	if s.how != renamed {
		folder = os.TempDir()
	}
	s.beside = filepath.Join(folder, "."+filepath.Base(s.place)+"."+rand.Text())
	mode := s.mode | 0o600 // to be written and read
	if s.created {
		mode = s.mode // less what the user's mask takes
	}
	// Not os.CreateTemp, which would keep the file from others.
	f, err := os.OpenFile(s.beside, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, bare(err)
	}
	if !s.created && s.how == renamed {
		err = f.Chmod(s.mode)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(s.beside))
	}
	b.staged = append(b.staged, s)
	return f, nil
}

// drop takes a file out of the batch.
func (b *Batch) drop(s *staged) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, other := range b.staged {
		if other == s {
			b.staged = append(b.staged[:i], b.staged[i+1:]...)
			break
		}
	}
	if s.beside != "" {
		_ = os.Remove(s.beside)
	}
}

// Folder makes a folder, and those around it, where they are missing; where the batch is
// not committed they go again.
func (b *Batch) Folder(path string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed != nil {
		return b.closed
	}
	var missing []string
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, os.ErrNotExist) || at == filepath.Dir(at) {
			break
		}
		missing = append(missing, at)
	}
	for _, at := range slices.Backward(missing) {
		if err := os.Mkdir(at, 0o777); err != nil {
			return err
		}
		b.folders = append(b.folders, at)
	}
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s: is a file, want a folder", path)
	}
	return err
}

// Discard removes what was staged and not committed. What is staged after it fails.
func (b *Batch) Discard() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed == nil {
		b.closed = errDiscarded
		b.clean()
		b.removeFolders()
	}
}

// removeFolders removes the folders that were made, as far as they are empty.
func (b *Batch) removeFolders() {
	for _, at := range slices.Backward(b.folders) {
		_ = os.Remove(at)
	}
}

// clean removes what lies beside the files.
func (b *Batch) clean() {
	for _, s := range b.staged {
		for _, name := range []string{s.beside, s.backup} {
			if name != "" {
				_ = os.Remove(name)
			}
		}
		s.beside, s.backup = "", ""
	}
}

// Commit puts the files in their places, those first whose writing can fail, and
// returns their paths. Where one cannot be put there, those before it are taken back,
// but for what went through devices and FIFOs. It fails with the cause of ctx where that
// is over before the first file is in its place; a FIFO that nobody reads is waited for
// until then.
func (b *Batch) Commit(ctx context.Context) (paths []string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed != nil {
		return nil, b.closed
	}
	b.closed = errCommitted
	defer func() {
		b.clean()
		if err != nil {
			b.removeFolders()
		}
	}()
	for _, s := range b.staged {
		if s.how == through {
			if err := pass(ctx, s.place, s.data); err != nil {
				return nil, fmt.Errorf("writing %s: %w", s.path, err)
			}
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for _, h := range []how{inPlace, renamed} {
		for _, s := range b.staged {
			if s.how != h {
				continue
			}
			if err := s.put(); err != nil {
				return nil, errors.Join(fmt.Errorf("writing %s: %w", s.path, err), b.takeBack())
			}
		}
	}
	folders := map[string]bool{}
	for _, s := range b.staged {
		paths = append(paths, s.path)
		if dir := filepath.Dir(s.place); s.how == renamed && !folders[dir] {
			folders[dir] = true
			syncFolder(dir)
		}
	}
	return paths, nil
}

// syncFolder has new names survive a crash too, where folders can be synced.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// put brings a file to its place.
func (s *staged) put() error {
	if s.how == inPlace {
		data, err := os.ReadFile(s.beside)
		if err == nil {
			s.old, err = os.ReadFile(s.place)
		}
		if err != nil {
			return bare(err)
		}
		s.done = true
		return overwrite(s.place, data)
	}
	if !s.created {
		s.backup = s.beside + ".old"
		if os.Link(s.place, s.backup) != nil {
			s.backup = "" // a file system without links: it cannot be taken back
		}
	}
	if err := os.Rename(s.beside, s.place); err != nil {
		return bare(err)
	}
	s.beside, s.done = "", true
	return nil
}

// takeBack undoes what was done of a commit.
func (b *Batch) takeBack() error {
	var all error
	for _, s := range b.staged {
		var err error
		switch {
		case !s.done:
		case s.how == inPlace:
			err = overwrite(s.place, s.old)
		case s.created:
			err = os.Remove(s.place)
		case s.backup != "":
			err = os.Rename(s.backup, s.place)
			s.backup = ""
		default:
			err = fmt.Errorf("%s was replaced", s.path)
		}
		all = errors.Join(all, err)
	}
	return all
}

// overwrite replaces the contents of a file that keeps its place.
func overwrite(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return bare(err)
	}
	_, err = f.Write(data)
	return errors.Join(bare(err), bare(f.Close()))
}

// counter counts bytes.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
