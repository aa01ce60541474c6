package dataset

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"
)

// longestField is how many bytes a field may have: a longer one is not a number.
const longestField = 1 << 16

// csvScanner reads the records of a CSV file field by field, so that a line of any length
// takes no memory. What it takes for a field, a comment or an error is that of package
// encoding/csv with the comment # and leading space trimmed; spaces behind a field are its own.
type csvScanner struct {
	from                   *bufio.Reader
	line, column           int // of the next byte, from 1
	field                  []byte
	fieldLine, fieldColumn int // where it begins
	recordLine             int // where the record at hand begins
	firstLine, firstColumn int // and its first field
}

func newCSVScanner(r io.Reader) *csvScanner {
	return &csvScanner{from: bufio.NewReaderSize(r, chunkBytes), line: 1, column: 1}
}

// read reads a byte; the end of a line is one, and a carriage return at the end of the file
// is none.
func (s *csvScanner) read() (byte, error) {
	c, err := s.from.ReadByte()
	if err == nil && c == '\r' {
		next, failed := s.from.Peek(1)
		switch {
		case len(next) == 1 && next[0] == '\n':
			c, err = s.from.ReadByte()
			s.column++
		case errors.Is(failed, io.EOF):
			c, err = 0, io.EOF
		}
	}
	if err != nil {
		return 0, err
	}
	if s.column++; c == '\n' {
		s.line, s.column = s.line+1, 1
	}
	return c, nil
}

// record reads the next record and calls each for every field of it, by its number from 0.
// Where each fails, the rest is read all the same: what is wrong with the record as a whole
// goes before that. It returns the number of fields, the failure of each, and the error of
// reading, of syntax or io.EOF.
func (s *csvScanner) record(each func(k int) error) (fields int, failed, err error) {
	if err := s.skip(); err != nil {
		return 0, nil, err
	}
	s.recordLine = s.line
	for last := false; !last; fields++ {
		if last, err = s.next(); err != nil {
			return fields, nil, err
		}
		if fields == 0 {
			s.firstLine, s.firstColumn = s.fieldLine, s.fieldColumn
		}
		if failed == nil {
			failed = each(fields)
		}
	}
	return fields, failed, nil
}

// skip skips empty lines and comments.
func (s *csvScanner) skip() error {
	for {
		c, err := s.from.Peek(1)
		if len(c) == 0 {
			return err
		}
		switch c[0] {
		case '#':
			for c := byte(0); c != '\n'; {
				if c, err = s.read(); err != nil {
					return err
				}
			}
		case '\n':
			_, _ = s.read()
		case '\r':
			two, _ := s.from.Peek(2)
			if len(two) == 2 && two[1] != '\n' {
				return nil
			}
			if _, err := s.read(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// next reads a field, and whether it is the last of its record.
func (s *csvScanner) next() (last bool, err error) {
	if err := s.space(); err != nil {
		return false, err
	}
	s.field, s.fieldLine, s.fieldColumn = s.field[:0], s.line, s.column
	for quoted := false; ; {
		line, column := s.line, s.column
		c, err := s.read()
		switch {
		case errors.Is(err, io.EOF) && quoted:
			return false, s.syntax(line, column, csv.ErrQuote)
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, err
		case quoted && c == '"':
			if next, _ := s.from.Peek(1); len(next) == 1 && next[0] == '"' {
				_, _ = s.read()
				break
			}
			return s.behindQuote()
		case quoted:
		case c == '"' && len(s.field) == 0 && column == s.fieldColumn:
			quoted = true
			continue
		case c == '"':
			return false, s.syntax(line, column, csv.ErrBareQuote)
		case c == ',' || c == '\n':
			return c == '\n', nil
		}
		if len(s.field) == longestField {
			return false, s.syntax(line, column, fmt.Errorf("a field of more than %d kB", longestField>>10))
		}
		s.field = append(s.field, c)
	}
}

// behindQuote reads what is behind the closing quote of a field.
func (s *csvScanner) behindQuote() (last bool, err error) {
	line, column := s.line, s.column
	switch c, err := s.read(); {
	case errors.Is(err, io.EOF):
		return true, nil
	case err != nil:
		return false, err
	case c == ',' || c == '\n':
		return c == '\n', nil
	}
	return false, s.syntax(line, column-1, csv.ErrQuote)
}

// space skips the space before a field.
func (s *csvScanner) space() error {
	for {
		next, err := s.from.Peek(utf8.UTFMax)
		if len(next) == 0 && !errors.Is(err, io.EOF) {
			return err
		}
		c, size := utf8.DecodeRune(next)
		ends := c == '\n' || c == '\r' && (len(next) == 1 || next[1] == '\n')
		if size == 0 || ends || !unicode.IsSpace(c) {
			return nil
		}
		_, _ = s.from.Discard(size)
		s.column += size
	}
}

func (s *csvScanner) syntax(line, column int, err error) error {
	return &csv.ParseError{StartLine: s.recordLine, Line: line, Column: column, Err: err}
}
