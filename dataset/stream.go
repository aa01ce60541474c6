package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/netmend/netmend/internal/unzip"
	"github.com/netmend/netmend/internal/within"
)

// Stream delivers the points of a file batch by batch, so that a data set may
// be larger than memory; only its labels are held, one number per point.
type Stream struct {
	// Dim is the number of coordinates of each point.
	Dim int
	// Rows is the number of points, or -1 if it is known only after reading to the end.
	Rows int

	ctx     context.Context
	path    string
	next    func(n int) (*Points, error)
	close   []io.Closer
	divide  float64
	done    int
	axes    []int // of the array; nil for none
	image   *arranger
	labels  []int // of arrays; CSV files bring their own
	failure error
}

// OpenStream opens the points in the file at path, by the rules of [Load]. A
// file may have more than [MaxElements] elements. Arrays in column-major order
// cannot be streamed.
func OpenStream(path string, o Options) (*Stream, error) {
	return OpenStreamContext(context.Background(), path, o)
}

// OpenStreamContext is [OpenStream], and the stream fails with the cause of ctx if that is
// over before its end.
func OpenStreamContext(ctx context.Context, path string, o Options) (*Stream, error) {
	s := &Stream{path: path, divide: o.DivideBy, ctx: ctx}
	if err := s.open(o); err != nil {
		return nil, errors.Join(named(path, err), s.Close())
	}
	if o.Dim != 0 && s.Dim != o.Dim {
		return nil, errors.Join(o.wrongDim(path, s.Dim), s.Close())
	}
	if o.Image != nil {
		var err error
		if s.image, err = o.Image.arrange(s.axes, s.Dim); err != nil {
			return nil, errors.Join(named(path, err), s.Close())
		}
	}
	return s, nil
}

// named puts the path before an error that does not begin with it.
func named(path string, err error) error {
	if strings.HasPrefix(err.Error(), path) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// Close closes the file.
func (s *Stream) Close() error {
	var failed []error
	for i := len(s.close) - 1; i >= 0; i-- {
		failed = append(failed, s.close[i].Close())
	}
	s.close = nil
	return errors.Join(failed...)
}

// Next returns the next points, n of them or those that are left, with their
// labels if there are any. After the last it returns io.EOF.
func (s *Stream) Next(n int) (*Points, error) {
	if s.failure != nil {
		return nil, s.failure
	}
	p, err := s.read(n)
	if err != nil {
		s.failure = err
		return nil, err
	}
	return p, nil
}

func (s *Stream) read(n int) (*Points, error) {
	p, err := s.next(n)
	if errors.Is(err, io.EOF) {
		if s.labels != nil && s.done != len(s.labels) {
			return nil, fmt.Errorf("%s: %d labels for %d points", s.path, len(s.labels), s.done)
		}
		return nil, io.EOF
	}
	if err == nil {
		err = s.finish(p)
	}
	if err != nil {
		return nil, named(s.path, err)
	}
	s.done += p.Rows
	return p, nil
}

// finish scales and labels a batch.
func (s *Stream) finish(p *Points) error {
	if s.labels != nil {
		if s.done+p.Rows > len(s.labels) {
			return fmt.Errorf("%d labels for more points", len(s.labels))
		}
		p.Labels = s.labels[s.done : s.done+p.Rows]
	}
	if err := p.checkFinite(); err != nil {
		return s.at(err)
	}
	if s.divide != 0 && s.divide != 1 {
		if err := p.divide(s.divide); err != nil {
			return s.at(fmt.Errorf("divided by %v: %w", s.divide, err))
		}
	}
	if s.image != nil {
		s.image.apply(p)
	}
	return nil
}

// at says where in the file a batch begins.
func (s *Stream) at(err error) error {
	if s.done == 0 {
		return err
	}
	return fmt.Errorf("after %d points: %w", s.done, err)
}

// open opens the file and finds out its format and labels.
func (s *Stream) open(o Options) error {
	file, member := splitMember(s.path)
	switch formatOf(file) {
	case formatNPZ:
		return s.openNPZ(file, member, o)
	case formatNPY:
		return s.openFile(file, o, readNPYHeader)
	case formatIDX:
		return s.openFile(file, o, readIDXHeader)
	case formatCSV:
		return s.openCSV(file, o)
	}
	return errors.New("the name says no format: want .npy, .npz, .csv, .idx or *-ubyte")
}

// openReader opens a file, through gzip where it is called .gz.
func (s *Stream) openReader(path string) (io.Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s.close = append(s.close, file)
	if !strings.HasSuffix(strings.ToLower(path), ".gz") {
		return within.Reader(s.ctx, file), nil
	}
	return unzip.NewReader(within.Reader(s.ctx, file))
}

// openFile opens a file that is one array.
func (s *Stream) openFile(path string, o Options, header func(io.Reader) (arrayHeader, error)) error {
	r, err := s.openReader(path)
	if err != nil {
		return err
	}
	labels := o.Labels
	if beside := mnistLabels(path); beside != "" && labels == "" {
		if _, err := os.Stat(beside); err == nil {
			labels = beside
		}
	}
	if err := s.openArray(r, o, header); err != nil {
		return err
	}
	return s.readLabels(labels)
}

// readLabels reads the labels from a file of their own, if there is one.
func (s *Stream) readLabels(path string) error {
	if path == "" {
		return nil
	}
	a, err := loadArray(s.ctx, path)
	if err != nil {
		return err
	}
	return s.setLabels(path, a)
}

func (s *Stream) setLabels(where string, a *Array) error {
	p := &Points{Rows: s.Rows}
	if s.Rows < 0 {
		p.Rows = len(a.Data)
	}
	if err := p.setLabels(a); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	s.labels = p.Labels
	return nil
}

// openNPZ opens a member of an archive, with the archive's labels.
func (s *Stream) openNPZ(path, member string, o Options) error {
	z, err := OpenNPZ(path)
	if err != nil {
		return err
	}
	s.close = append(s.close, z)
	z.ctx = s.ctx
	if member == "" {
		if member, err = z.choosePoints(); err != nil {
			return err
		}
	}
	_, content, err := z.open(member)
	if err != nil {
		return err
	}
	s.close = append(s.close, content)
	if err := s.openArray(within.Reader(s.ctx, content), o, readNPYHeader); err != nil {
		return fmt.Errorf("member %q: %w", member, err)
	}
	if o.Labels != "" {
		return s.readLabels(o.Labels)
	}
	labels, err := z.chooseLabels()
	if err != nil || labels == "" || labels == member {
		return err
	}
	a, err := z.Read(labels)
	if err != nil {
		return err
	}
	return s.setLabels(fmt.Sprintf("member %q", labels), a)
}
