package dataset

import (
	"bufio"
	"bytes"
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

// ReadCSV reads points from comma-separated numbers, one point a line. name
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
// Fields that are no finite number, labels that are no integer from 0, more
// than [MaxElements] numbers and a file without points are errors.
func ReadCSV(r io.Reader, name, labelColumn string) (*Points, error) {
	return newCSVReader(r, name).points(labelColumn)
}

func newCSVReader(r io.Reader, name string) *csvReader {
	source := csv.NewReader(&shortLines{from: skipByteOrderMark(r)})
	source.Comment = '#'
	source.ReuseRecord = true
	source.TrimLeadingSpace = true
	return &csvReader{source: source, name: name, from: unknown()}
}

// longestLine is how many bytes a line may have: those of a few hundred thousand
// numbers. Lines are kept whole.
const longestLine = 1 << 24

// shortLines fails where a line is too long.
type shortLines struct {
	from io.Reader
	line int // bytes of the line at hand
}

func (s *shortLines) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	for rest := p[:n]; ; {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			s.line += len(rest)
			break
		}
		if s.line+end > longestLine {
			s.line += end
			break
		}
		s.line, rest = 0, rest[end+1:]
	}
	if s.line > longestLine {
		return 0, fmt.Errorf("a line of more than %d MiB", longestLine>>20)
	}
	return n, err
}

// csvReader reads one file.
type csvReader struct {
	source *csv.Reader
	name   string
	label  int // index of the label column, or noLabel
	from   delivery
}

const noLabel = -1

func (c *csvReader) points(labelColumn string) (*Points, error) {
	p, err := c.begin(labelColumn)
	if err != nil {
		return nil, err
	}
	for {
		record, err := c.source.Read()
		switch {
		case errors.Is(err, io.EOF) && p.Rows == 0:
			return nil, fmt.Errorf("%s: no points after the header", c.name)
		case errors.Is(err, io.EOF):
			return p, nil
		case err != nil:
			return nil, c.wrap(err)
		}
		if err := c.add(p, record); err != nil {
			return nil, err
		}
	}
}

// begin reads the first line, a header or the first point.
func (c *csvReader) begin(labelColumn string) (*Points, error) {
	first, err := c.source.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: no points", c.name)
	}
	if err != nil {
		return nil, c.wrap(err)
	}
	var header []string
	if isHeader(first) {
		header = slices.Clone(first)
	}
	if c.label, err = findLabelColumn(header, len(first), labelColumn); err != nil {
		return nil, c.at(0, err)
	}
	p := &Points{Dim: len(first)}
	if c.label != noLabel {
		p.Dim--
		p.Labels = []int{}
	}
	if p.Dim == 0 {
		return nil, c.at(0, errors.New("no column but the labels"))
	}
	if header == nil {
		if err := c.add(p, first); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// add appends the point in record to p.
func (c *csvReader) add(p *Points, record []string) error {
	if len(p.Data)+len(record) > MaxElements {
		return c.at(0, ErrTooLarge)
	}
	if len(p.Data)+len(record) > cap(p.Data) {
		capacity := max(chunkBytes/8, 2*(len(p.Data)+len(record)))
		if err := within.Need(c.from.ctx, 8*int64(capacity), "reading so many numbers at once"); err != nil {
			return c.at(0, err)
		}
		p.Data = slices.Grow(p.Data, capacity-len(p.Data))
	}
	for i, field := range record {
		v, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		switch {
		case errors.Is(err, strconv.ErrRange):
			return c.at(i, fmt.Errorf("%s is beyond the range of float64", quoteShort([]byte(field))))
		case err != nil:
			return c.at(i, fmt.Errorf("found %s, want a number", quoteShort([]byte(field))))
		case math.IsNaN(v) || math.IsInf(v, 0):
			return c.at(i, fmt.Errorf("row %d, column %d (counted from 1): %v is not finite", p.Rows+1, i+1, v))
		}
		if i != c.label {
			p.Data = append(p.Data, v)
			continue
		}
		label, err := classOf(v)
		if err != nil {
			return c.at(i, err)
		}
		p.Labels = append(p.Labels, label)
	}
	p.Rows++
	return nil
}

// at puts the position of a field of the current record before err.
func (c *csvReader) at(field int, err error) error {
	line, column := c.source.FieldPos(field)
	return fmt.Errorf("%s:%d:%d: %w", c.name, line, column, err)
}

// wrap puts the position of an error of the CSV syntax before it.
func (c *csvReader) wrap(err error) error {
	var syntax *csv.ParseError
	if !errors.As(err, &syntax) {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	if errors.Is(err, csv.ErrFieldCount) {
		return fmt.Errorf("%s:%d:%d: wrong number of fields, want %d as in the first line",
			c.name, syntax.Line, syntax.Column, c.source.FieldsPerRecord)
	}
	return fmt.Errorf("%s:%d:%d: %w", c.name, syntax.Line, syntax.Column, syntax.Err)
}

// isHeader reports whether no field of the record is a number.
func isHeader(record []string) bool {
	for _, field := range record {
		_, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		if err == nil || errors.Is(err, strconv.ErrRange) {
			return false
		}
	}
	return true
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
