package vnnlib

import (
	"context"
	"strings"

	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/internal/linear"
)

// token is a parenthesis, a word, or the end of the file.
type token struct {
	kind   tokenKind
	text   string // of a word, a substring of the file
	offset int    // of its first byte
}

type tokenKind byte

const (
	endOfFile tokenKind = iota
	opening
	closing
	word
	quoted // a string or a quoted symbol, which no construct here uses
)

// String describes the token for messages.
func (t token) String() string {
	switch t.kind {
	case endOfFile:
		return "the end of the file"
	case opening:
		return `"("`
	case closing:
		return `")"`
	}
	return linear.Quote(t.text)
}

// scanner splits a file into tokens.
type scanner struct {
	name, text string
	offset     int
	ctx        context.Context
	tokens     int
}

// over is why reading has to end, asked for every token or other small step, and looked
// at from time to time.
func (s *scanner) over() error {
	const often = 1 << 12
	if s.tokens++; s.tokens%often == 0 && s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	return nil
}

// next returns the next token. After the end of the file it returns that again.
func (s *scanner) next() (token, error) {
	if err := s.over(); err != nil {
		return token{}, err
	}
	s.skipSpace()
	start := s.offset
	if start == len(s.text) {
		return token{kind: endOfFile, offset: start}, nil
	}
	switch c := s.text[start]; c {
	case '(', ')':
		s.offset++
		if c == '(' {
			return token{kind: opening, offset: start}, nil
		}
		return token{kind: closing, offset: start}, nil
	case '"', '|':
		end := strings.IndexByte(s.text[start+1:], c)
		if end < 0 {
			return token{}, s.errorAt(start, "the text that starts with %c here does not end", c)
		}
		s.offset = start + end + 2
		return token{kind: quoted, text: s.text[start:s.offset], offset: start}, nil
	}
	for s.offset < len(s.text) && !endsWord(s.text[s.offset]) {
		s.offset++
	}
	return token{kind: word, text: s.text[start:s.offset], offset: start}, nil
}

// skipSpace moves to the next byte that is neither space nor comment.
func (s *scanner) skipSpace() {
	for s.offset < len(s.text) {
		switch c := s.text[s.offset]; {
		case isSpace(c):
			s.offset++
		case c == ';':
			end := strings.IndexByte(s.text[s.offset:], '\n')
			if end < 0 {
				end = len(s.text) - s.offset
			}
			s.offset += end
		default:
			return
		}
	}
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'
}

func endsWord(c byte) bool {
	return isSpace(c) || c == '(' || c == ')' || c == ';' || c == '"' || c == '|'
}

// errorAt is a *spec.ParseError at a byte offset.
func (s *scanner) errorAt(offset int, format string, args ...any) error {
	return spec.NewParseError(s.name, s.text, offset, format, args...)
}
