package eran

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// token is a bracket, a comma, a word (label or number) or the end of the file.
type token struct {
	kind tokenKind
	text string // of a word
	line int
}

type tokenKind byte

const (
	endOfFile tokenKind = 0
	word      tokenKind = 'w'
	open      tokenKind = '['
	closing   tokenKind = ']'
	comma     tokenKind = ','
)

// String describes the token for messages.
func (t token) String() string {
	switch t.kind {
	case endOfFile:
		return "the end of the file"
	case word:
		const most = 40
		if len(t.text) > most {
			return strconv.Quote(t.text[:most]) + "..."
		}
		return strconv.Quote(t.text)
	}
	return strconv.Quote(string(t.kind))
}

// isLabel reports whether a word is a name rather than a number.
func (t token) isLabel() bool {
	return t.kind == word && isLetter(t.text[0])
}

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

// scanner splits a file into tokens.
type scanner struct {
	source *bufio.Reader
	name   string
	line   int
	buffer []byte
}

func newScanner(r io.Reader, name string) *scanner {
	return &scanner{source: bufio.NewReaderSize(r, 1<<16), name: name, line: 1}
}

// errorf makes an error at a line.
func (s *scanner) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", s.name, line, fmt.Errorf(format, args...))
}

// next returns the next token. After the end of the file it returns that again.
func (s *scanner) next() (token, error) {
	for {
		c, err := s.source.ReadByte()
		if errors.Is(err, io.EOF) {
			return token{line: s.line}, nil
		}
		if err != nil {
			return token{}, s.errorf(s.line, "%w", err)
		}
		switch c {
		case '\n':
			s.line++
		case ' ', '\t', '\r':
		case '[', ']', ',':
			return token{kind: tokenKind(c), line: s.line}, nil
		default:
			return s.word(c)
		}
	}
}

// word reads the rest of a word that starts with c.
func (s *scanner) word(c byte) (token, error) {
	// A longer run of other characters is no text file.
	const longest = 4096
	s.buffer = append(s.buffer[:0], c)
	for {
		c, err := s.source.ReadByte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return token{}, s.errorf(s.line, "%w", err)
		}
		if endsWord(c) {
			// Only a byte just read is put back, which never fails.
			_ = s.source.UnreadByte()
			break
		}
		if len(s.buffer) == longest {
			return token{}, s.errorf(s.line, "found a word of more than %d characters: this is not an ERAN file", longest)
		}
		s.buffer = append(s.buffer, c)
	}
	return token{kind: word, text: string(s.buffer), line: s.line}, nil
}

func endsWord(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', '[', ']', ',':
		return true
	}
	return false
}

// skipToLabel skips what belongs to a label that is not supported, its
// arguments and lists, and returns the next label at the start of a line, or
// the end of the file. Words like filters=16 are arguments.
func (s *scanner) skipToLabel() (token, error) {
	line := s.line
	for {
		t, err := s.next()
		if err != nil || t.kind == endOfFile {
			return t, err
		}
		first := t.line > line
		line = t.line
		if !first || !t.isLabel() {
			continue
		}
		if isName(t.text) {
			return t, nil
		}
	}
}

// isName reports whether a word has letters and digits alone.
func isName(text string) bool {
	for i := range len(text) {
		if c := text[i]; !isLetter(c) && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
