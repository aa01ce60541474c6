package dataset

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/netmend/netmend/internal/within"
)

// ReadCSV reads points from comma-separated numbers, one point per line. name
// stands for the file in error messages, which have the form
// file:line:column.
//
// A first line without any number is a header with the columns' names. Empty
// lines and lines that start with # are skipped; every other line must have as
// many fields as the first. labelColumn says which column holds the classes: a
// name from the header, or a number counted from 1; when it is empty, a column
// named label or labels does (in any case), if the header has exactly one, and
// otherwise every column is a coordinate.
//
// Fields that are not finite numbers, labels that are not integers from 0, more than
// [MaxElements] numbers and a file without points are errors.
func ReadCSV(r io.Reader, name, labelColumn string) (*Points, error) {
	return ReadCSVContext(context.Background(), r, name, Options{LabelColumn: labelColumn})
}

// ReadCSVContext is [ReadCSV] with the options Dim and LabelColumn, and fails with the cause
// of ctx if that is over first.
func ReadCSVContext(ctx context.Context, r io.Reader, name string, o Options) (*Points, error) {
	c := newCSVReader(within.Reader(ctx, r), name, o)
	c.ctx = ctx
	return c.points()
}

func newCSVReader(r io.Reader, name string, o Options) *csvReader {
	return &csvReader{source: newCSVScanner(skipByteOrderMark(r)), name: name, options: o, ctx: context.Background(), label: noLabel}
}

// csvReader reads one file.
type csvReader struct {
	ctx     context.Context
	source  *csvScanner
	name    string
	options Options
	fields  int  // of each record
	label   int  // index of the label column, or noLabel
	refused bool // there was no memory for a number
}

const (
	noLabel = -1
	// longestHeader is how many bytes the names of columns may have.
	longestHeader = 1 << 22
)

func (c *csvReader) points() (*Points, error) {
	p, err := c.begin()
	if err != nil {
		return nil, err
	}
	for {
		switch err := c.add(p); {
		case errors.Is(err, io.EOF) && p.Rows == 0:
			return nil, fmt.Errorf("%s: no points after the header", c.name)
		case errors.Is(err, io.EOF):
			return p, nil
		case err != nil && c.refused:
			return nil, c.rest(p, err)
		case err != nil:
			return nil, err
		}
	}
}

// begin reads the first line, a header or the first point.
func (c *csvReader) begin() (*Points, error) {
	first := firstRecord{reader: c}
	n, failed, err := c.source.record(first.add)
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s: no points", c.name)
	case err != nil:
		return nil, c.wrap(err)
	case c.refused:
		return nil, cmp.Or(c.needs(n), failed)
	case failed != nil:
		return nil, failed
	}
	c.fields = n
	if c.label, err = findLabelColumn(first.names, n, c.options.LabelColumn); err != nil {
		return nil, c.atRecord(err)
	}
	p := &Points{Dim: n}
	if c.label != noLabel {
		p.Dim--
		p.Labels = []int{}
	}
	switch {
	case p.Dim == 0:
		return nil, c.atRecord(errors.New("no column but the labels"))
	case c.options.Dim != 0 && p.Dim != c.options.Dim:
		return nil, c.options.wrongDim(c.name, p.Dim)
	case !first.point:
		return p, nil
	case first.failed != nil:
		return nil, first.failed
	}
	p.Rows, p.Data = 1, first.numbers
	if c.label != noLabel {
		label, err := classOf(p.Data[c.label])
		if err != nil {
			return nil, c.atRecord(err)
		}
		p.Labels, p.Data = append(p.Labels, label), slices.Delete(p.Data, c.label, c.label+1)
	}
	return p, nil
}

// firstRecord is the first line while it is read, when it is not known what it is.
type firstRecord struct {
	reader  *csvReader
	point   bool     // it has a number
	names   []string // of columns, where it is not a point
	length  int      // of all names
	numbers []float64
	failed  error // the first that is wrong, if it is a point
}

// add adds a field. It fails if that is wrong whatever the line is.
func (f *firstRecord) add(k int) error {
	c := f.reader
	v, err := c.number(0, k)
	var none *notNumber
	if f.failed == nil {
		f.failed = err
	}
	if !errors.As(err, &none) {
		f.point, f.names = true, nil
	}
	switch {
	case !f.point:
		f.names = append(f.names, string(c.source.field))
		if f.length += len(c.source.field) + 1; f.length > longestHeader {
			return c.at(fmt.Errorf("the names of the columns have more than %d MiB", longestHeader>>20))
		}
	case f.failed != nil || c.options.Dim != 0 && k > c.options.Dim:
		f.numbers = nil // they are not asked for
	default:
		return c.at(c.keep(&f.numbers, v))
	}
	return nil
}

// keep appends a number, where there is memory for it.
func (c *csvReader) keep(to *[]float64, v float64) error {
	if len(*to) >= MaxElements {
		return ErrTooLarge
	}
	grown, err := within.Grow(c.ctx, *to, 1, readingNumbers)
	if err != nil {
		c.refused = true
		return err
	}
	*to = append(grown, v)
	return nil
}

// needs asks for the memory of that many numbers, and for the same again while they grow.
func (c *csvReader) needs(n int) error {
	if err := within.Need(c.ctx, 2*8*int64(n), readingNumbers); err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	return nil
}

// readingNumbers is the work that memory is asked for.
const readingNumbers = "reading so many numbers at once"

// add appends the next point to p; it returns io.EOF at the end.
func (c *csvReader) add(p *Points) error {
	n, failed, err := c.source.record(func(k int) error {
		if k >= c.fields {
			return nil // there are too many
		}
		v, err := c.number(p.Rows, k)
		if err != nil || c.refused {
			return err
		}
		if k == c.label {
			label, err := classOf(v)
			p.Labels = append(p.Labels, label)
			return c.at(err)
		}
		return c.at(c.keep(&p.Data, v))
	})
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case err != nil:
		return c.wrap(err)
	case n != c.fields:
		return fmt.Errorf("%s:%d:1: wrong number of fields, want %d as in the first line", c.name, c.source.recordLine, c.fields)
	}
	p.Rows++
	return failed
}

// rest reads what is left, after a point for which there was no memory, without keeping it: a
// file that is damaged is called so whatever memory is allowed. The error names the memory
// for all of it.
func (c *csvReader) rest(p *Points, refusal error) error {
	p.Data = nil
	for {
		switch err := c.add(p); {
		case errors.Is(err, io.EOF):
			return cmp.Or(c.needs(p.Rows*p.Dim), refusal)
		case err != nil:
			return err
		}
	}
}

// number is the field at hand, number k of the point at that row.
func (c *csvReader) number(row, k int) (float64, error) {
	text := bytes.TrimSpace(c.source.field)
	v, err := strconv.ParseFloat(string(text), 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, c.at(fmt.Errorf("%s is beyond the range of float64", quoteShort(c.source.field)))
	case err != nil:
		return 0, c.at(&notNumber{quoteShort(c.source.field)})
	case math.IsNaN(v) || math.IsInf(v, 0):
		return 0, c.at(fmt.Errorf("row %d, column %d (counted from 1): %v is not finite", row+1, k+1, v))
	}
	return v, nil
}

// notNumber is a field that is not a number.
type notNumber struct{ found string }

func (e *notNumber) Error() string { return fmt.Sprintf("found %s, want a number", e.found) }

// at puts the position of the field at hand before err, if that is one.
func (c *csvReader) at(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s:%d:%d: %w", c.name, c.source.fieldLine, c.source.fieldColumn, err)
}

// atRecord puts the position of the record at hand before err.
func (c *csvReader) atRecord(err error) error {
	return fmt.Errorf("%s:%d:%d: %w", c.name, c.source.firstLine, c.source.firstColumn, err)
}

// wrap puts the position of an error of the CSV syntax, or the file's name, before it.
func (c *csvReader) wrap(err error) error {
	var syntax *csv.ParseError
	if !errors.As(err, &syntax) {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	return fmt.Errorf("%s:%d:%d: %w", c.name, syntax.Line, syntax.Column, syntax.Err)
}

// findLabelColumn returns the index of the label column among the given number
// of columns, or noLabel. header is nil when the file has none.
func findLabelColumn(header []string, columns int, wanted string) (int, error) {
	found := noLabel
	for i, title := range header {
		title = strings.TrimSpace(title)
		isLabel := wanted != "" && title == wanted ||
			wanted == "" && (strings.EqualFold(title, "label") || strings.EqualFold(title, "labels"))
		if !isLabel {
			continue
		}
		if found != noLabel {
			return 0, fmt.Errorf("columns %d and %d are both named %q", found+1, i+1, title)
		}
		found = i
	}
	if found != noLabel || wanted == "" {
		return found, nil
	}
	number, err := strconv.Atoi(wanted)
	switch {
	case err == nil && number >= 1 && number <= columns:
		return number - 1, nil
	case err == nil:
		return 0, fmt.Errorf("no label column %d, found %d columns", number, columns)
	case header == nil:
		return 0, fmt.Errorf("no label column %q: the file has no header, give the column's number", wanted)
	}
	return 0, fmt.Errorf("no label column %q in the header", wanted)
}

// skipByteOrderMark drops the mark that some spreadsheets put before UTF-8.
func skipByteOrderMark(r io.Reader) io.Reader {
	const mark = "\ufeff"
	buffered := bufio.NewReader(r)
	if start, err := buffered.Peek(len(mark)); err == nil && string(start) == mark {
		_, _ = buffered.Discard(len(mark)) // already in the buffer
	}
	return buffered
}
