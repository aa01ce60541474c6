package expr

import (
	"strings"
	"unicode/utf8"

	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/internal/linear"
)

// token is a word, a number, a symbol, or the end of the text.
type token struct {
	kind   tokenKind
	text   string
	offset int
}

type tokenKind byte

const (
	endOfText tokenKind = iota
	word
	number
	symbol // parentheses, brackets, comma, operators; also what is none
)

// String describes the token for messages.
func (t token) String() string {
	if t.kind == endOfText {
		return "the end"
	}
	return linear.Quote(t.text)
}

// is reports whether the token is this symbol or word.
func (t token) is(text string) bool {
	return (t.kind == symbol || t.kind == word) && t.text == text
}

// lexer splits a text into tokens, with the next one at hand.
type lexer struct {
	name, text string
	next       token
	end        int // offset behind next
}

func newLexer(text, name string) *lexer {
	l := &lexer{name: name, text: text}
	l.advance()
	return l
}

// take returns the next token and moves on.
func (l *lexer) take() token {
	t := l.next
	l.advance()
	return t
}

// advance reads the token behind next.
func (l *lexer) advance() {
	start := l.end
	for start < len(l.text) && strings.IndexByte(" \t\r\n", l.text[start]) >= 0 {
		start++
	}
	rest := l.text[start:]
	t := token{offset: start}
	switch {
	case rest == "":
	case isLetter(rest[0]):
		t.kind, t.text = word, rest[:span(rest, func(c byte) bool { return isLetter(c) || isDigit(c) })]
	case isDigit(rest[0]) || rest[0] == '.':
		t.kind, t.text = number, rest[:numberSpan(rest)]
	default:
		t.kind, t.text = symbol, rest[:symbolSpan(rest)]
	}
	l.next, l.end = t, start+len(t.text)
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// span is the number of leading bytes that satisfy ok.
func span(s string, ok func(byte) bool) int {
	n := 0
	for n < len(s) && ok(s[n]) {
		n++
	}
	return n
}

// numberSpan is the length of the number without sign that s starts with; what
// is wrong in it is found when it is parsed.
func numberSpan(s string) int {
	n := span(s, func(c byte) bool { return isDigit(c) || c == '.' })
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		n++
		if n < len(s) && (s[n] == '+' || s[n] == '-') {
			n++
		}
		n += span(s[n:], isDigit)
	}
	return n
}

// symbolSpan is the length of the operator that s starts with.
func symbolSpan(s string) int {
	if len(s) > 1 && s[1] == '=' && strings.IndexByte("<>=!", s[0]) >= 0 {
		return 2
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// errorAt is a *spec.ParseError at a byte offset.
func (l *lexer) errorAt(offset int, format string, args ...any) error {
	return spec.NewParseError(l.name, l.text, offset, format, args...)
}

// expect takes this symbol.
func (l *lexer) expect(text, where string) error {
	if t := l.take(); !t.is(text) {
		return l.errorAt(t.offset, "found %v, want %q%s", t, text, where)
	}
	return nil
}
