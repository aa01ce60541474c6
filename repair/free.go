package repair

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/netmend/netmend/nn"
)

// FreeKind selects parameters of a layer.
type FreeKind string

const (
	// FreeAll lets all weights and biases change.
	FreeAll FreeKind = "all"
	// FreeWeights lets the weights change.
	FreeWeights FreeKind = "weights"
	// FreeBiases lets the biases change.
	FreeBiases FreeKind = "biases"
	// FreeNonzero lets the parameters that are not zero change.
	FreeNonzero FreeKind = "nonzero"
	// FreeList lets the listed parameters change.
	FreeList FreeKind = "list"
)

// Free selects the parameters that may change. The zero value is FreeAll.
type Free struct {
	Kind FreeKind
	// List has the parameters for FreeList.
	List []Parameter
}

// Parameter is one parameter of a dense layer: the weight from input Input to
// output Output, or the bias of Output where Input is [BiasInput].
type Parameter struct{ Output, Input int }

// BiasInput means the bias among the inputs of a [Parameter].
const BiasInput = -1

// String is the parameter's name: w(output,input), or b(output) of a bias.
func (p Parameter) String() string {
	if p.Input == BiasInput {
		return fmt.Sprintf("b(%d)", p.Output)
	}
	return fmt.Sprintf("w(%d,%d)", p.Output, p.Input)
}

// Mask marks the free parameters of a layer, out x (in+1) flags row-major with the bias last;
// nil means all. There may be no free parameter, for example with FreeNonzero in a layer of
// zeros: then there is a repair only if none is needed.
func (f Free) Mask(p *nn.Params) ([]bool, error) {
	out, in := p.Weight.Rows, p.Weight.Cols
	free := make([]bool, out*(in+1))
	mark := func(j, i int) { free[j*(in+1)+i] = true }
	switch f.Kind {
	case "", FreeAll:
		return nil, nil
	case FreeWeights, FreeBiases, FreeNonzero:
		for j := range out {
			for i, w := range p.Weight.Row(j) {
				if f.Kind == FreeWeights || (f.Kind == FreeNonzero && w != 0) {
					mark(j, i)
				}
			}
			if f.Kind == FreeBiases || (f.Kind == FreeNonzero && p.Bias[j] != 0) {
				mark(j, in)
			}
		}
	case FreeList:
		if len(f.List) == 0 {
			return nil, errors.New("the list of free parameters is empty")
		}
		for _, q := range f.List {
			i := q.Input
			if i == BiasInput {
				i = in
			}
			if q.Output < 0 || q.Output >= out || i < 0 || i > in {
				return nil, fmt.Errorf("parameter (output %d, input %d): the layer has outputs 0 to %d and inputs 0 to %d (%d for the bias)",
					q.Output, q.Input, out-1, in-1, BiasInput)
			}
			mark(q.Output, i)
		}
	default:
		return nil, fmt.Errorf("free parameters %q: want all, weights, biases, nonzero or list", f.Kind)
	}
	return free, nil
}

// parameterPattern is a weight, w(output,input), or a bias, b(output).
var parameterPattern = regexp.MustCompile(`^(?:w\(\s*(\d+)\s*,\s*(\d+)\s*\)|b\(\s*(\d+)\s*\))$`)

// ParseFree reads which parameters may change: all, weights, biases, nonzero, or a list of
// the names that [Parameter.String] gives, such as "w(0,0),b(2)", separated by commas or
// white space.
func ParseFree(text string) (Free, error) {
	switch k := FreeKind(text); k {
	case FreeAll, FreeWeights, FreeBiases, FreeNonzero:
		return Free{Kind: k}, nil
	}
	free := Free{Kind: FreeList}
	for _, word := range splitParameters(text) {
		p, err := parseParameter(word)
		if err != nil {
			return free, err
		}
		free.List = append(free.List, p)
	}
	if len(free.List) == 0 {
		return free, fmt.Errorf("free parameters %q: the list is empty", text)
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

func parseParameter(word string) (Parameter, error) {
	m := parameterPattern.FindStringSubmatch(word)
	if m == nil {
		return Parameter{}, fmt.Errorf("free parameter %q: want all, weights, biases, nonzero, list=FILE, or a list of w(output,input) and b(output), counted from 0", word)
	}
	var numbers []int
	for _, digits := range m[1:] {
		if digits == "" {
			continue
		}
		n, err := strconv.Atoi(digits)
		if err != nil {
			return Parameter{}, fmt.Errorf("free parameter %q: %w", word, err)
		}
		numbers = append(numbers, n)
	}
	if len(numbers) == 1 {
		return Parameter{Output: numbers[0], Input: BiasInput}, nil
	}
	return Parameter{Output: numbers[0], Input: numbers[1]}, nil
}
