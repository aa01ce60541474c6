package dataset

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/netmend/netmend/internal/unzip"
	"github.com/netmend/netmend/internal/within"
)

// Options says how [Load] reads a file. The zero value takes the file as it is.
type Options struct {
	// Dim is the dimension that every point must have, 0 for any. With it,
	// arrays of more axes (images, batches of batches) are arranged by their
	// trailing axes, and a single list of Dim numbers is one point.
	Dim int
	// Shape is the shape that every point should have, nil for any. Points
	// stored with several axes must have them in this order, axes of length 1
	// left out: an image stored height x width x channels is not an image of
	// channels x height x width. Points stored as lists have no order to check.
	Shape []int
	// Image rearranges images stored in another order than the network's, and
	// normalises them; nil leaves them as stored.
	Image *Image
	// DivideBy divides every coordinate, 255 turning 8-bit images into [0, 1].
	// 0 leaves them as stored.
	DivideBy float64
	// LabelColumn names the column of a CSV file that holds the classes; see
	// [ReadCSV].
	LabelColumn string
	// Labels is the path of a separate file with the labels, .npy, .npz
	// (file.npz:member selects one) or IDX; it overrides labels found beside
	// the points.
	Labels string
}

// Load reads the points in the file at path. The extension decides the format: .npy, .npz,
// .csv, .idx or *-ubyte (as the MNIST files are called), and, except for .npz, the same with
// .gz.
//
// In a .npz archive, file.npz:NAME selects the member NAME. Without it the points are the one
// member named x, X, points or images, or otherwise the only member that is not a label; when
// there are several or none, the error lists the members with their shapes. Labels are the
// member named y, label or labels. For an IDX file *-images-idx3-ubyte the labels are in
// *-labels-idx1-ubyte beside it, if that exists.
//
// An array's first axis counts the points and the others make up the dimension
// (see [Options.Dim]). A coordinate that is NaN or infinite is an error that
// names its row and column.
func Load(path string, o Options) (*Points, error) {
	return LoadContext(context.Background(), path, o)
}

// LoadContext is [Load], and fails with the cause of ctx if that is over before everything
// has been read.
func LoadContext(ctx context.Context, path string, o Options) (*Points, error) {
	p, err := loadPoints(ctx, path, o)
	if err != nil {
		return nil, err
	}
	if o.Labels != "" {
		if err := p.loadLabels(ctx, o.Labels); err != nil {
			return nil, err
		}
	}
	if o.Dim != 0 && p.Dim != o.Dim {
		return nil, o.wrongDim(path, p.Dim)
	}
	if o.DivideBy != 0 && o.DivideBy != 1 {
		if err := p.divide(o.DivideBy); err != nil {
			return nil, fmt.Errorf("%s: divided by %v: %w", path, o.DivideBy, err)
		}
	}
	if o.Image != nil {
		a, err := o.Image.arrange(p.layout.axes, p.Dim)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		a.apply(p)
		p.layout.image = o.Image
	}
	return p, nil
}

// wrongDim reports points of another dimension than wanted. Of a CSV file with a
// column too many, that column may well be the classes.
func (o *Options) wrongDim(path string, dim int) error {
	hint := ""
	if formatOf(path) == formatCSV && dim == o.Dim+1 && o.LabelColumn == "" {
		hint = ": if a column holds the classes, name it as the label column"
	}
	return fmt.Errorf("%s: points of dimension %d, want %d%s", path, dim, o.Dim, hint)
}

// format is a file format, by the file's name.
type format int

const (
	formatUnknown format = iota
	formatNPY
	formatNPZ
	formatIDX
	formatCSV
)

func formatOf(path string) format {
	name := strings.ToLower(filepath.Base(path))
	if strings.HasSuffix(name, ".npz") {
		return formatNPZ
	}
	switch name = strings.TrimSuffix(name, ".gz"); {
	case strings.HasSuffix(name, ".npy"):
		return formatNPY
	case strings.HasSuffix(name, ".idx"), strings.HasSuffix(name, "-ubyte"):
		return formatIDX
	case strings.HasSuffix(name, ".csv"):
		return formatCSV
	}
	return formatUnknown
}

func loadPoints(ctx context.Context, path string, o Options) (*Points, error) {
	file, member := splitMember(path)
	switch formatOf(file) {
	case formatNPZ:
		return loadNPZ(ctx, file, member, o)
	case formatCSV:
		return loadCSV(ctx, file, o)
	}
	a, err := loadArray(ctx, path)
	if err != nil {
		return nil, err
	}
	p, err := pointsOf(a, o.Dim)
	if err == nil {
		err = checkOrder(a.Shape, o.Image.stored(o.Shape))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if labels := mnistLabels(file); labels != "" && o.Labels == "" {
		if _, err := os.Stat(labels); err == nil {
			return p, p.loadLabels(ctx, labels)
		}
	}
	return p, nil
}

// splitMember splits file.npz:NAME.
func splitMember(path string) (file, member string) {
	const mark = ".npz:"
	i := strings.LastIndex(strings.ToLower(path), mark)
	if i < 0 {
		return path, ""
	}
	return path[:i+len(mark)-1], path[i+len(mark):]
}

// mnistImages matches the names under which MNIST and its relatives are
// published.
var mnistImages = regexp.MustCompile(`^(.*)images([-.])idx3(-ubyte(?:\.gz)?)$`)

// mnistLabels returns the path of the label file that belongs to an image file,
// or "" when the name does not follow MNIST's.
func mnistLabels(path string) string {
	parts := mnistImages.FindStringSubmatch(filepath.Base(path))
	if parts == nil {
		return ""
	}
	return filepath.Join(filepath.Dir(path), parts[1]+"labels"+parts[2]+"idx1"+parts[3])
}

// loadLabels takes the labels of p from the array in another file.
func (p *Points) loadLabels(ctx context.Context, path string) error {
	a, err := loadArray(ctx, path)
	if err != nil {
		return err
	}
	if err := p.setLabels(a); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// loadArray reads the one array in a .npy or IDX file, or the selected or only
// member of a .npz archive.
func loadArray(ctx context.Context, path string) (*Array, error) {
	file, member := splitMember(path)
	switch f := formatOf(file); f {
	case formatNPZ:
		return loadMember(ctx, file, member)
	case formatNPY, formatIDX:
		var a *Array
		err := openStream(ctx, file, func(r io.Reader, from delivery) (err error) {
			if f == formatIDX {
				a, err = readIDX(r, from)
			} else {
				a, err = readNPY(r, from)
			}
			if err != nil {
				return err
			}
			return expectEnd(r)
		})
		if err != nil {
			return nil, err
		}
		return a, nil
	}
	return nil, fmt.Errorf("%s: the name says no format: want .npy, .npz, .csv, .idx or *-ubyte", path)
}

func loadCSV(ctx context.Context, path string, o Options) (*Points, error) {
	var p *Points
	err := openStream(ctx, path, func(r io.Reader, _ delivery) (err error) {
		p, err = ReadCSVContext(ctx, r, path, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// openStream opens the file at path, through gzip when it is called .gz, and
// passes it on with what is known of it. It puts the path before errors that do
// not begin with it.
func openStream(ctx context.Context, path string, read func(r io.Reader, from delivery) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	stream := within.Reader(ctx, file)
	from := delivery{ctx: ctx, bytes: sizeUnknown}
	if info.Mode().IsRegular() {
		from.bytes = info.Size()
	}
	if strings.HasSuffix(strings.ToLower(path), ".gz") {
		from.bytes, from.packed = sizeUnknown, max(0, from.bytes)
		if stream, err = unzip.NewReader(stream); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if err := read(stream, from); err != nil {
		if strings.HasPrefix(err.Error(), path) {
			return err
		}
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
