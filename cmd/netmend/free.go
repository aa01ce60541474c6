package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/netmend/netmend/repair"
)

// parameterPattern is a weight, w(output,input), or a bias, b(output).
var parameterPattern = regexp.MustCompile(`^(?:w\(\s*(\d+)\s*,\s*(\d+)\s*\)|b\(\s*(\d+)\s*\))$`)

// parseFree reads which parameters may change: all, weights, biases, nonzero, a
// list such as "w(0,0),b(2)", or list=FILE with one.
func parseFree(s string) (repair.Free, error) {
	switch k := repair.FreeKind(s); k {
	case repair.FreeAll, repair.FreeWeights, repair.FreeBiases, repair.FreeNonzero:
		return repair.Free{Kind: k}, nil
	}
	text := s
	if path, ok := strings.CutPrefix(s, "list="); ok {
		data, err := os.ReadFile(path)
		if err != nil {
			return repair.Free{}, err
		}
		text = string(data)
	}
	free := repair.Free{Kind: repair.FreeList}
	for _, word := range splitParameters(text) {
		p, err := parseParameter(word)
		if err != nil {
			return free, err
		}
		free.List = append(free.List, p)
	}
	if len(free.List) == 0 {
		return free, fmt.Errorf("free parameters %q: the list is empty", s)
	}
	return free, nil
}

// splitParameters splits at commas outside of parentheses and at white space.
func splitParameters(text string) []string {
	depth := 0
	return strings.FieldsFunc(text, func(r rune) bool {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',', ' ', '\t', '\r', '\n':
			return depth <= 0
		}
		return false
	})
}

func parseParameter(word string) (repair.Parameter, error) {
	m := parameterPattern.FindStringSubmatch(word)
	if m == nil {
		return repair.Parameter{}, fmt.Errorf("free parameter %q: want all, weights, biases, nonzero, list=FILE, or a list of w(output,input) and b(output), counted from 0", word)
	}
	var numbers []int
	for _, digits := range m[1:] {
		if digits == "" {
			continue
		}
		n, err := strconv.Atoi(digits)
		if err != nil {
			return repair.Parameter{}, fmt.Errorf("free parameter %q: %w", word, err)
		}
		numbers = append(numbers, n)
	}
	if len(numbers) == 1 {
		return repair.Parameter{Output: numbers[0], Input: repair.BiasInput}, nil
	}
	return repair.Parameter{Output: numbers[0], Input: numbers[1]}, nil
}

// parameterName is w(output,input) or b(output).
func parameterName(output, input, inputs int) string {
	if input == inputs || input == repair.BiasInput {
		return fmt.Sprintf("b(%d)", output)
	}
	return fmt.Sprintf("w(%d,%d)", output, input)
}
