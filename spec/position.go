package spec

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// ParseError says what is wrong in a specification and where.
type ParseError struct {
	File string
	// Line and Column count from 1, Column in characters.
	Line, Column int
	// Message says what was found and what was expected.
	Message string
	// Err is the cause, or nil: for point data in another file, the error of
	// package dataset.
	Err error
}

// Error is "file:line:column: message".
func (e *ParseError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// Unwrap returns the cause.
func (e *ParseError) Unwrap() error { return e.Err }

// source is the text of a specification, with its name for errors.
type source struct {
	name string
	text []byte
	// starts has the offset of each line's first byte; it is made when first
	// needed.
	starts []int
}

// lineColumn converts a byte offset.
func (s *source) lineColumn(offset int) (line, column int) {
	if s.starts == nil {
		s.starts = []int{0}
		for i, c := range s.text {
			if c == '\n' {
				s.starts = append(s.starts, i+1)
			}
		}
	}
	offset = min(offset, len(s.text))
	line = sort.SearchInts(s.starts, offset+1)
	return line, utf8.RuneCount(s.text[s.starts[line-1]:offset]) + 1
}

// errorAt is a *ParseError at a byte offset. A single %w in format becomes its
// cause.
func (s *source) errorAt(offset int, format string, args ...any) *ParseError {
	line, column := s.lineColumn(offset)
	return newParseError(s.name, line, column, format, args...)
}

// NewParseError is the error at a byte offset of a file's text, for parsers of
// other formats. A single %w in format becomes its cause.
func NewParseError(file, text string, offset int, format string, args ...any) *ParseError {
	before := text[:min(offset, len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	line, column := strings.Count(before, "\n")+1, utf8.RuneCountInString(before[start:])+1
	return newParseError(file, line, column, format, args...)
}

func newParseError(file string, line, column int, format string, args ...any) *ParseError {
	wrapped := fmt.Errorf(format, args...)
	e := &ParseError{File: file, Line: line, Column: column, Message: wrapped.Error()}
	if u, ok := wrapped.(interface{ Unwrap() error }); ok {
		e.Err = u.Unwrap()
	}
	return e
}
