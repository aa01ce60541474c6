package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// isSpecification reports whether an argument names a repair specification in JSON:
// an object with items.
func isSpecification(path string) bool {
	if !strings.HasSuffix(strings.ToLower(path), ".json") {
		return false
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	text := json.NewDecoder(file)
	if t, err := text.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	for text.More() {
		switch key, err := text.Token(); {
		case err != nil || key == "sets" || key == "halfspaces": // which may be long
			return false
		case key == "items":
			return true
		}
		if !skipValue(text) {
			return false
		}
	}
	return false
}

// skipValue reads a value of any length without keeping it, and reports whether there is one.
func skipValue(text *json.Decoder) bool {
	for depth := 0; ; {
		t, err := text.Token()
		if err != nil {
			return false
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return true
		}
	}
}

// questionsOf has a question for each point, segment and polygon of a repair
// specification: where it gives outputs in the set asked for, or without one
// where it violates what is required there.
func (f *setFlags) questionsOf(inv *cli.Invocation, net *nn.Network) ([]preimage.Question, error) {
	s, err := readSpec(inv, f.input, net)
	if err != nil {
		return nil, err
	}
	if f.output != "" {
		target, err := f.outputSet(inv.Ctx, net)
		return preimage.QuestionsOn(s, func(*spec.Item) set.Union { return target }), err
	}
	if s.Shares() {
		return nil, fmt.Errorf("%s: the violation of a bound on a probability of more than two classes is not a union of polyhedra before the final %s; netmend verify and check decide it",
			specName(f.input), net.Meta.End.Kind)
	}
	if s, err = s.Bind(net.OutDim(), evaluator(inv, net)); err != nil {
		return nil, err
	}
	return preimage.QuestionsOn(s, func(it *spec.Item) set.Union { return it.Output.Violation(net.OutDim(), s.Margin) }), nil
}

// evaluator evaluates a network at a list of points, for [spec.Spec.Bind].
func evaluator(inv *cli.Invocation, net *nn.Network) func([][]float64) ([][]float64, error) {
	return func(points [][]float64) ([][]float64, error) {
		p := &dataset.Points{Rows: len(points), Dim: net.InDim()}
		for _, x := range points {
			p.Data = append(p.Data, x...)
		}
		y, err := outputsOf(inv, net, p)
		if err != nil {
			return nil, err
		}
		rows := make([][]float64, y.Rows)
		for i := range rows {
			rows[i] = y.Row(i)
		}
		return rows, nil
	}
}
