package vnnlib

import (
	"slices"
	"strconv"
	"strings"

	"github.com/netmend/netmend/spec/internal/formula"
)

const (
	// maxDepth bounds the nesting of formulas and terms, and with it the stack.
	maxDepth = 1000
	// maxIndex bounds i in X_i and Y_i; a file that declares all smaller ones
	// has tens of megabytes.
	maxIndex = 1 << 22
)

// parser reads the commands of one file.
type parser struct {
	scan     scanner
	declared map[variable]int // offset of the declaration
	atoms    []atom
	asserted []*formula.Node
	checked  bool // check-sat was seen
}

// commands reads the whole file.
func (p *parser) commands() error {
	for {
		t, err := p.scan.next()
		if err != nil {
			return err
		}
		if t.kind == endOfFile {
			return p.checkFile(t.offset)
		}
		if t.kind != opening {
			return p.scan.errorAt(t.offset, `found %v, want "(" and a command`, t)
		}
		name, err := p.expect(word, "a command")
		if err != nil {
			return err
		}
		if err := p.command(name); err != nil {
			return err
		}
	}
}

// command reads the rest of a command.
func (p *parser) command(name token) error {
	switch name.text {
	case "declare-const", "declare-fun":
		return p.declaration(name.text == "declare-fun")
	case "assert":
		if p.checked {
			return p.scan.errorAt(name.offset, "found assert after check-sat: want all before it")
		}
		t, err := p.scan.next()
		if err != nil {
			return err
		}
		f, err := p.formula(t, false, 0)
		if err != nil {
			return err
		}
		p.asserted = append(p.asserted, f)
		_, err = p.expect(closing, `")" after the asserted formula`)
		return err
	case "set-logic", "set-info", "set-option":
		return p.skip(name)
	case "check-sat", "get-model", "exit":
		p.checked = true
		return p.skip(name)
	}
	return p.scan.errorAt(name.offset, "the command %v is not supported: want declare-const or assert", name)
}

// skip moves behind the command's closing parenthesis.
func (p *parser) skip(name token) error {
	for depth := 1; depth > 0; {
		t, err := p.scan.next()
		if err != nil {
			return err
		}
		switch t.kind {
		case opening:
			depth++
		case closing:
			depth--
		case endOfFile:
			return p.scan.errorAt(t.offset, `the file ends within %v, want ")"`, name)
		}
	}
	return nil
}

// expect reads one token of the given kind; want names it for messages.
func (p *parser) expect(kind tokenKind, want string) (token, error) {
	t, err := p.scan.next()
	if err == nil && t.kind != kind {
		err = p.scan.errorAt(t.offset, "found %v, want %s", t, want)
	}
	return t, err
}

// declaration reads "X_0 Real)" or "X_0 () Real)".
func (p *parser) declaration(function bool) error {
	name, err := p.expect(word, "a variable X_i or Y_j")
	if err != nil {
		return err
	}
	v, ok := parseVariable(name.text)
	if !ok {
		return p.scan.errorAt(name.offset, "found %v, want a variable X_i or Y_j with i and j below %d", name, maxIndex)
	}
	if first, ok := p.declared[v]; ok {
		return p.scan.errorAt(name.offset, "%s is declared a second time, first at byte %d", name.text, first)
	}
	p.declared[v] = name.offset
	if function {
		if _, err := p.expect(opening, `"()": only variables without arguments are supported`); err != nil {
			return err
		}
		if _, err := p.expect(closing, `")": only variables without arguments are supported`); err != nil {
			return err
		}
	}
	sort, err := p.expect(word, "Real")
	if err != nil {
		return err
	}
	if sort.text != "Real" {
		return p.scan.errorAt(sort.offset, "%s has the type %v, want Real", name.text, sort)
	}
	_, err = p.expect(closing, `")" after the declaration`)
	return err
}

// parseVariable reads X_i or Y_i.
func parseVariable(name string) (variable, bool) {
	digits, isInput := strings.CutPrefix(name, "X_")
	if !isInput {
		var isOutput bool
		if digits, isOutput = strings.CutPrefix(name, "Y_"); !isOutput {
			return 0, false
		}
	}
	i, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || i >= maxIndex || strconv.FormatUint(i, 10) != digits {
		return 0, false
	}
	if isInput {
		return variable(2 * i), true
	}
	return variable(2*i + 1), true
}

// checkFile reports a file that says nothing and variables that are missing.
func (p *parser) checkFile(end int) error {
	if len(p.asserted) == 0 {
		return p.scan.errorAt(end, "the file asserts nothing")
	}
	for _, kind := range []variables{inputs, outputs} {
		if err := p.checkDeclared(kind); err != nil {
			return err
		}
	}
	return nil
}

// checkDeclared reports a gap in the numbers of a kind's variables, or that
// there are none.
func (p *parser) checkDeclared(kind variables) error {
	letter := map[variables]string{inputs: "X", outputs: "Y"}[kind]
	var found []variable
	for v := range p.declared {
		if v.kind() == kind {
			found = append(found, v)
		}
	}
	if len(found) == 0 {
		return p.scan.errorAt(len(p.scan.text), "the file declares no variable %s_0", letter)
	}
	slices.Sort(found)
	for i, v := range found {
		if v.index() != i {
			return p.scan.errorAt(p.declared[v], "%s_%d is declared, %s_%d is not: want all numbers from 0", letter, v.index(), letter, i)
		}
	}
	return nil
}

// count is the number of declared variables of a kind.
func (p *parser) count(kind variables) int {
	n := 0
	for v := range p.declared {
		if v.kind() == kind {
			n++
		}
	}
	return n
}
