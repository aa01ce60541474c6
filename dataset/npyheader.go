package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// npyMagic opens every .npy file.
const npyMagic = "\x93NUMPY"

// maxNPYHeader bounds the header text. Version 1.0 cannot exceed it; NumPy
// itself refuses more than 10,000 characters unless told otherwise.
const maxNPYHeader = 1 << 16

// arrayHeader is what the start of a .npy or IDX file says.
type arrayHeader struct {
	elementType Type
	order       binary.ByteOrder
	columnMajor bool
	shape       []int
	length      int // bytes before the first element
}

// readNPYHeader reads the magic string, the version and the header dictionary:
// NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays".
func readNPYHeader(r io.Reader) (arrayHeader, error) {
	var h arrayHeader
	var start [8]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return h, fmt.Errorf("npy: no header: %w", err)
	}
	if string(start[:6]) != npyMagic {
		return h, fmt.Errorf("npy: starts with %q, want %q", start[:6], npyMagic)
	}
	major, minor := start[6], start[7]
	var length int
	switch {
	case major == 1 && minor == 0:
		var field [2]byte
		if _, err := io.ReadFull(r, field[:]); err != nil {
			return h, fmt.Errorf("npy: header length: %w", err)
		}
		length = int(binary.LittleEndian.Uint16(field[:]))
		h.length = len(start) + len(field) + length
	case (major == 2 || major == 3) && minor == 0:
		var field [4]byte
		if _, err := io.ReadFull(r, field[:]); err != nil {
			return h, fmt.Errorf("npy: header length: %w", err)
		}
		declared := binary.LittleEndian.Uint32(field[:])
		if declared > maxNPYHeader {
			return h, fmt.Errorf("npy: header of %d bytes, want at most %d", declared, maxNPYHeader)
		}
		length = int(declared)
		h.length = len(start) + len(field) + length
	default:
		return h, fmt.Errorf("npy: version %d.%d, want 1.0, 2.0 or 3.0", major, minor)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, fmt.Errorf("npy: header of %d bytes: %w", length, err)
	}
	if major == 3 && !utf8.Valid(text) {
		return h, errors.New("npy: header is not UTF-8")
	}
	if err := h.parse(string(text)); err != nil {
		return h, fmt.Errorf("npy: header %s: %w", quoteShort(text), err)
	}
	return h, nil
}

// parse reads the dictionary, a Python literal with the keys descr,
// fortran_order and shape in any order.
func (h *arrayHeader) parse(text string) error {
	p := literalParser{text: text}
	if err := p.expect('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for !p.accept('}') {
		key, err := p.quoted()
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("key %q twice", key)
		}
		seen[key] = true
		if err := p.expect(':'); err != nil {
			return err
		}
		switch key {
		case "descr":
			err = h.parseDescr(&p)
		case "fortran_order":
			h.columnMajor, err = p.boolean()
		case "shape":
			h.shape, err = p.tuple()
		default:
			err = fmt.Errorf("unknown key %q", key)
		}
		if err != nil {
			return err
		}
		if !p.accept(',') {
			if err := p.expect('}'); err != nil {
				return err
			}
			break
		}
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return fmt.Errorf("no key %q", key)
		}
	}
	if rest := strings.TrimSpace(p.text[p.at:]); rest != "" {
		return fmt.Errorf("%s after the dictionary", quoteShort([]byte(rest)))
	}
	return nil
}

// parseDescr reads an array-protocol type string such as '<f8'.
func (h *arrayHeader) parseDescr(p *literalParser) error {
	if p.accept('[') {
		return errors.New("structured element types are not supported")
	}
	descr, err := p.quoted()
	if err != nil {
		return err
	}
	if descr == "" {
		return errors.New("descr is empty")
	}
	t, ok := typeOfNumpy(descr[1:])
	if !ok {
		return fmt.Errorf("element type %q is not supported: want float16 to float64, int8 to int64, uint8 to uint64 or bool", descr)
	}
	h.elementType = t
	switch mark := descr[0]; {
	case mark == '<', mark == '|' && t.size() == 1:
		h.order = binary.LittleEndian
	case mark == '>':
		h.order = binary.BigEndian
	default:
		return fmt.Errorf("byte order %q of element type %q, want '<' or '>'", mark, descr)
	}
	return nil
}

// literalParser reads the few Python literals that a .npy header is made of.
type literalParser struct {
	text string
	at   int
}

func (p *literalParser) skipSpace() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// accept skips c when it comes next.
func (p *literalParser) accept(c byte) bool {
	p.skipSpace()
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *literalParser) expect(c byte) error {
	if p.accept(c) {
		return nil
	}
	return fmt.Errorf("offset %d: found %s, want %q", p.at, quoteShort([]byte(p.text[p.at:])), c)
}

// quoted reads a string without escapes in single or double quotes.
func (p *literalParser) quoted() (string, error) {
	for _, quote := range []byte{'\'', '"'} {
		if !p.accept(quote) {
			continue
		}
		length := strings.IndexByte(p.text[p.at:], quote)
		if length < 0 {
			return "", fmt.Errorf("offset %d: string without end", p.at)
		}
		s := p.text[p.at : p.at+length]
		p.at += length + 1
		return s, nil
	}
	return "", fmt.Errorf("offset %d: found %s, want a string", p.at, quoteShort([]byte(p.text[p.at:])))
}

func (p *literalParser) boolean() (bool, error) {
	p.skipSpace()
	for word, value := range map[string]bool{"True": true, "False": false} {
		if strings.HasPrefix(p.text[p.at:], word) {
			p.at += len(word)
			return value, nil
		}
	}
	return false, fmt.Errorf("offset %d: found %s, want True or False", p.at, quoteShort([]byte(p.text[p.at:])))
}

// tuple reads (), (3,) or (3, 4), with the L that Python 2 put after a number.
func (p *literalParser) tuple() ([]int, error) {
	if err := p.expect('('); err != nil {
		return nil, err
	}
	shape := []int{}
	for !p.accept(')') {
		p.skipSpace()
		start := p.at
		for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
			p.at++
		}
		length, err := strconv.Atoi(p.text[start:p.at])
		if err != nil {
			return nil, fmt.Errorf("offset %d: found %s, want the length of an axis", start, quoteShort([]byte(p.text[start:])))
		}
		p.accept('L')
		if len(shape) == maxAxes {
			return nil, fmt.Errorf("more than %d axes", maxAxes)
		}
		shape = append(shape, length)
		if !p.accept(',') {
			if err := p.expect(')'); err != nil {
				return nil, err
			}
			break
		}
	}
	return shape, nil
}

// quoteShort quotes the start of text for an error message.
func quoteShort(text []byte) string {
	const most = 80
	if len(text) > most {
		return fmt.Sprintf("%q...", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
