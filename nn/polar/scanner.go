package polar

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// longestWord bounds a number or name: a longer run of characters is no text
// file of this format.
const longestWord = 4096

// scanner splits a file into words.
type scanner struct {
	source *bufio.Reader
	name   string
	line   int // of the last word, or of the end
	ended  int // line ends read behind the last word
}

// errorf makes an error at the line of the last word.
func (s *scanner) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", s.name, s.line, fmt.Errorf(format, args...))
}

// word returns the next word, or io.EOF.
func (s *scanner) word() (string, error) {
	s.line, s.ended = s.line+s.ended, 0
	var text []byte
	for {
		c, err := s.source.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && len(text) > 0:
			return string(text), nil
		case errors.Is(err, io.EOF):
			return "", io.EOF
		case err != nil:
			return "", s.errorf("%w", err)
		}
		switch {
		case c != ' ' && c != '\t' && c != '\r' && c != '\n':
			if len(text) == longestWord {
				return "", s.errorf("found a word of more than %d characters: this is not a POLAR file", longestWord)
			}
			text = append(text, c)
			continue
		case c == '\n' && len(text) > 0:
			s.ended = 1
		case c == '\n':
			s.line++
		}
		if len(text) > 0 {
			return string(text), nil
		}
	}
}

// want returns the next word; what names it for messages.
func (s *scanner) want(what string) (string, error) {
	text, err := s.word()
	if errors.Is(err, io.EOF) {
		return "", s.errorf("the file ends, want %s", what)
	}
	return text, err
}

// number returns the next word as a finite number.
func (s *scanner) number(what string) (float64, error) {
	text, err := s.want(what)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, s.errorf("%s: %s is beyond the range of float64", what, quoteShort(text))
	case err != nil:
		return 0, s.errorf("found %s, want %s", quoteShort(text), what)
	case math.IsNaN(v) || math.IsInf(v, 0):
		return 0, s.errorf("%s is %v, want a finite number", what, v)
	}
	return v, nil
}

// size returns the next word as an integer from least on.
func (s *scanner) size(what string, least int) (int, error) {
	text, err := s.want(what)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseInt(text, 10, 32)
	if err != nil || int(v) < least {
		return 0, s.errorf("found %s, want %s: an integer of at least %d", quoteShort(text), what, least)
	}
	return int(v), nil
}

// quoteShort quotes the start of text for an error message.
func quoteShort(text string) string {
	const most = 40
	if len(text) > most {
		return strconv.Quote(text[:most]) + "..."
	}
	return strconv.Quote(text)
}
