package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/expr"
	"github.com/netmend/netmend/spec/vnnlib"
)

// halfSpaceInfo is normal . x <= offset (< where it is strict) in JSON.
type halfSpaceInfo struct {
	Normal []float64 `json:"normal"`
	Offset float64   `json:"offset"`
	Strict bool      `json:"strict,omitempty"`
}

// polyhedronInfo is an intersection of half-spaces in JSON, with its vertices
// where they are known.
type polyhedronInfo struct {
	HalfSpaces []halfSpaceInfo `json:"halfspaces"`
	Vertices   [][]float64     `json:"vertices,omitempty"`
	Pattern    string          `json:"pattern,omitempty"`
	Loose      bool            `json:"loose,omitempty"`
}

func describePolyhedron(p set.Polyhedron, vertices [][]float64) polyhedronInfo {
	info := polyhedronInfo{HalfSpaces: []halfSpaceInfo{}, Vertices: vertices}
	for _, h := range p.Rows {
		info.HalfSpaces = append(info.HalfSpaces, halfSpaceInfo{h.Normal, h.Offset, h.Strict})
	}
	return info
}

// readSets reads a union of polyhedra from a JSON file: an object with "sets", as
// --sets prints it, or with "halfspaces" for a single one.
func readSets(path string, dim int) (set.Union, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Sets       []polyhedronInfo `json:"sets"`
		HalfSpaces []halfSpaceInfo  `json:"halfspaces"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if (file.Sets == nil) == (file.HalfSpaces == nil) {
		return nil, fmt.Errorf(`%s: want an object with either "sets", a list of {"halfspaces": [...]}, or "halfspaces"`, path)
	}
	if file.HalfSpaces != nil {
		file.Sets = []polyhedronInfo{{HalfSpaces: file.HalfSpaces}}
	}
	u := set.Union{}
	for i, s := range file.Sets {
		p := set.Whole(dim)
		for k, h := range s.HalfSpaces {
			if len(h.Normal) != dim {
				return nil, fmt.Errorf("%s: set %d, half-space %d: has %s, want %d", path, i+1, k+1, count(len(h.Normal), "coefficient"), dim)
			}
			p = p.With(set.HalfSpace{Normal: h.Normal, Offset: h.Offset, Strict: h.Strict})
		}
		u = append(u, p)
	}
	return u, u.Validate()
}

// setFlags say which inputs and outputs a question is about.
type setFlags struct {
	input, output string
}

// isFile tells whether an argument names a file of sets rather than a set.
func isFile(s string) bool {
	return isVNNLIB(s) || strings.HasSuffix(strings.ToLower(s), ".json")
}

// inputSets reads --input: a box, or a file of half-spaces or in VNN-LIB. Several
// input sets are a union.
func (f *setFlags) inputSets(net *nn.Network) (set.Union, error) {
	dim := net.InDim()
	switch {
	case f.input == "":
		return nil, usagef("--input is missing: the box of inputs, such as %s, or a file", strings.TrimSuffix(strings.Repeat("-1:1,", min(dim, 4)), ","))
	case isVNNLIB(f.input):
		p, err := vnnlib.ReadFile(f.input)
		if err != nil {
			return nil, err
		}
		if err := fits(f.input, p, net); err != nil {
			return nil, err
		}
		var u set.Union
		for i := range p.Cases {
			u = append(u, p.Cases[i].Input.Polyhedron())
		}
		return u, nil
	case isSpecification(f.input):
		return nil, usagef("--input %s: a repair specification is no set of inputs here; preimage and partition take one", f.input)
	case isFile(f.input):
		return readSets(f.input, dim)
	}
	box, err := expr.ParseBox(f.input, "--input")
	if err != nil {
		return nil, err
	}
	if box.Dim() != dim {
		return nil, fmt.Errorf("--input has %s, want %d for the network", count(box.Dim(), "range"), dim)
	}
	return set.Union{box.Polyhedron()}, nil
}

// inputBox reads --input where it must be a box.
func (f *setFlags) inputBox(net *nn.Network) (set.Box, error) {
	if isFile(f.input) {
		return set.Box{}, usagef("--input %s: want a box here, such as -1:1,0:0.5", f.input)
	}
	if _, err := f.inputSets(net); err != nil {
		return set.Box{}, err
	}
	return expr.ParseBox(f.input, "--input")
}

// fits compares a property with a network.
func fits(path string, p *vnnlib.Property, net *nn.Network) error {
	if p.Inputs != net.InDim() || p.Outputs != fileOutputs(net) {
		return fmt.Errorf("%s: has %d inputs and %d outputs, the network %d and %d", path, p.Inputs, p.Outputs, net.InDim(), fileOutputs(net))
	}
	return nil
}

// outputSet reads --output: an expression, or a file of half-spaces or in VNN-LIB.
// The pairs are what a VNN-LIB file gives as --input at the same time: each of
// its input sets with its own outputs.
func (f *setFlags) outputSet(net *nn.Network) (set.Union, error) {
	u, err := f.fileOutputSet(net)
	if err != nil {
		return nil, err
	}
	if u, err = outputsBefore(net, u); err != nil {
		return nil, fmt.Errorf("--output: %w", err)
	}
	return u, nil
}

// fileOutputSet is the set of outputs as the file has them.
func (f *setFlags) fileOutputSet(net *nn.Network) (set.Union, error) {
	switch {
	case f.output == "":
		return nil, usagef(`--output is missing: the set of outputs, such as "y0 <= y1" or "argmax == 2", or a file`)
	case isVNNLIB(f.output):
		p, err := vnnlib.ReadFile(f.output)
		if err != nil {
			return nil, err
		}
		if err := fits(f.output, p, net); err != nil {
			return nil, err
		}
		if len(p.Cases) > 1 {
			return nil, fmt.Errorf("%s: has %d input sets with outputs of their own; give the same file as --input", f.output, len(p.Cases))
		}
		if len(p.Cases) == 0 {
			return set.Union{}, nil
		}
		return p.Cases[0].Target(fileOutputs(net)), nil
	case isFile(f.output):
		return readSets(f.output, fileOutputs(net))
	}
	return expr.Parse(f.output, "--output", fileOutputs(net))
}

// polyhedra is "1 polyhedron" or "2 polyhedra".
func polyhedra(n int) string {
	if n == 1 {
		return "1 polyhedron"
	}
	return thousands(n) + " polyhedra"
}

// setsDim is the dimension of the sets in a file: that of the first half-space.
func setsDim(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var file struct {
		Sets       []polyhedronInfo `json:"sets"`
		HalfSpaces []halfSpaceInfo  `json:"halfspaces"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	for _, s := range append(file.Sets, polyhedronInfo{HalfSpaces: file.HalfSpaces}) {
		if len(s.HalfSpaces) > 0 {
			return len(s.HalfSpaces[0].Normal), nil
		}
	}
	return 0, fmt.Errorf("%s: has no half-spaces to draw", path)
}

// filepathBase is a file's name without its folder.
func filepathBase(path string) string { return filepath.Base(path) }
