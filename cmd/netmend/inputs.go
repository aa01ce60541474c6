package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/within"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
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

// setsFile is a file of sets.
type setsFile struct {
	Sets       []polyhedronInfo `json:"sets"`
	HalfSpaces []halfSpaceInfo  `json:"halfspaces"`
}

// readSetsFile reads a file of sets.
func readSetsFile(ctx context.Context, path string) (*setsFile, error) {
	text, err := readText(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := within.Need(ctx, setsTake(text)-int64(len(text)), "reading it"); err != nil {
		return nil, cli.Named(path, err)
	}
	file := &setsFile{}
	if err := json.Unmarshal(text, file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return file, nil
}

// setsTake is what a part of a file of sets takes in memory.
func setsTake(part []byte) int64 {
	const number = 2 * 8 // one of a list which grows
	return int64(len(part)) + number*int64(bytes.Count(part, []byte(",")))
}

// readText reads a text file.
func readText(ctx context.Context, path string) ([]byte, error) {
	const most = 1 << 30
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := within.ReadAll(ctx, file, most, "reading it", setsTake)
	if err == nil && len(text) > most {
		err = fmt.Errorf("more than %d MiB of text", most>>20)
	}
	if err != nil {
		return nil, cli.Named(path, err)
	}
	return text, nil
}

// readSets reads a union of polyhedra from a JSON file: an object with "sets", as
// --sets prints it, or with "halfspaces" for a single one.
func readSets(ctx context.Context, path string, dim int) (set.Union, error) {
	file, err := readSetsFile(ctx, path)
	if err != nil {
		return nil, err
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
				return nil, fmt.Errorf("%s: set %d, half-space %d: has %s, want %d", path, i+1, k+1, cli.Count(len(h.Normal), "coefficient"), dim)
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

// isFile reports whether an argument names a file of sets rather than a set.
func isFile(s string) bool {
	return isVNNLIB(s) || strings.HasSuffix(strings.ToLower(s), ".json")
}

// inputSets reads --input: a box, or a file of half-spaces or in VNN-LIB. Several
// input sets are a union.
func (f *setFlags) inputSets(inv *cli.Invocation, net *nn.Network) (set.Union, error) {
	dim := net.InDim()
	if isFile(f.input) && !isVNNLIB(f.input) {
		if isSpecification(f.input) {
			return nil, cli.Usagef("--input %s: a repair specification cannot be the set of inputs here; preimage and partition take one", f.input)
		}
		return readSets(inv.Ctx, f.input, dim)
	}
	inputs, err := f.boxes(inv, net)
	if err != nil {
		return nil, err
	}
	if err := needsHalfSpaces(inv, dim, len(inputs)); err != nil {
		return nil, err
	}
	var u set.Union
	for i := range inputs {
		u = append(u, inputs[i].Polyhedron())
	}
	return u, nil
}

// boxes reads --input where it is a box, or a file in VNN-LIB: boxes that may be cut.
func (f *setFlags) boxes(inv *cli.Invocation, net *nn.Network) ([]vnnlib.InputSet, error) {
	if f.input == "" {
		return nil, cli.Usagef("--input is missing: the box of inputs, such as %s, or a file", strings.TrimSuffix(strings.Repeat("-1:1,", min(net.InDim(), 4)), ","))
	}
	if isVNNLIB(f.input) {
		p, err := vnnlib.ReadFileContext(inv.Ctx, f.input)
		if err != nil {
			return nil, err
		}
		if err := fits(f.input, p, net); err != nil {
			return nil, err
		}
		var all []vnnlib.InputSet
		for i := range p.Cases {
			all = append(all, p.Cases[i].Input)
		}
		return all, nil
	}
	box, err := expr.ParseBox(f.input, "--input")
	if err != nil {
		return nil, err
	}
	if box.Dim() != net.InDim() {
		return nil, fmt.Errorf("--input has %s, want %d for the network", cli.Count(box.Dim(), "range"), net.InDim())
	}
	return []vnnlib.InputSet{{Box: box}}, nil
}

// plainBoxes are the input sets where all of them are boxes, without half-spaces: these take
// the square of the number of inputs.
func (f *setFlags) plainBoxes(inv *cli.Invocation, net *nn.Network) (boxes []set.Box, ok bool, err error) {
	if isFile(f.input) && !isVNNLIB(f.input) {
		return nil, false, nil
	}
	inputs, err := f.boxes(inv, net)
	if err != nil {
		return nil, false, err
	}
	for i := range inputs {
		if len(inputs[i].HalfSpaces) > 0 {
			return nil, false, nil
		}
		boxes = append(boxes, inputs[i].Box)
	}
	return boxes, true, nil
}

// boundingBoxes are the boxes around the input sets.
func (f *setFlags) boundingBoxes(inv *cli.Invocation, net *nn.Network) ([]set.Box, error) {
	boxes, ok, err := f.plainBoxes(inv, net)
	if ok || err != nil {
		return boxes, err
	}
	domains, err := f.inputSets(inv, net)
	if err != nil {
		return nil, err
	}
	for _, d := range domains {
		box, err := solve.Within(inv.Ctx).BoundingBox(d)
		if err != nil {
			return nil, fmt.Errorf("--input: %w", err)
		}
		boxes = append(boxes, box)
	}
	return boxes, nil
}

// mostHalfSpaces is what the half-spaces of input sets may take without --memory, in bytes.
const mostHalfSpaces = 4 << 30

// needsHalfSpaces refuses input sets whose half-spaces take too much memory.
func needsHalfSpaces(inv *cli.Invocation, dim, sets int) error {
	bytes := 2 * int64(dim) * int64(dim) * 8 * int64(sets)
	what := fmt.Sprintf("%s by half-spaces in %d inputs", cli.Count(sets, "input set"), dim)
	if bytes > mostHalfSpaces && inv.Limits.Memory == 0 {
		return fmt.Errorf("--input: %s would take %d GB: verify, and image without --exact, take boxes in that many inputs", what, bytes/1e9)
	}
	return inv.Needs(bytes, what)
}

// inputBox reads --input where it must be a box.
func (f *setFlags) inputBox(inv *cli.Invocation, net *nn.Network) (set.Box, error) {
	if isFile(f.input) {
		return set.Box{}, cli.Usagef("--input %s: want a box here, such as -1:1,0:0.5", f.input)
	}
	inputs, err := f.boxes(inv, net)
	if err != nil {
		return set.Box{}, err
	}
	return inputs[0].Box, nil
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
func (f *setFlags) outputSet(ctx context.Context, net *nn.Network) (set.Union, error) {
	u, err := f.fileOutputSet(ctx, net)
	if err != nil {
		return nil, err
	}
	if u, err = outputsBefore(net, u); err != nil {
		return nil, fmt.Errorf("--output: %w", err)
	}
	return u, nil
}

// fileOutputSet is the set of outputs as the file has them.
func (f *setFlags) fileOutputSet(ctx context.Context, net *nn.Network) (set.Union, error) {
	switch {
	case f.output == "":
		return nil, cli.Usagef(`--output is missing: the set of outputs, such as "y0 <= y1" or "argmax == 2", or a file`)
	case isVNNLIB(f.output):
		p, err := vnnlib.ReadFileContext(ctx, f.output)
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
		return readSets(ctx, f.output, fileOutputs(net))
	}
	return expr.Parse(f.output, "--output", fileOutputs(net))
}

// setsDim is the dimension of the sets in a file: that of the first half-space.
func setsDim(ctx context.Context, path string) (int, error) {
	file, err := readSetsFile(ctx, path)
	if err != nil {
		return 0, err
	}
	for _, s := range append(file.Sets, polyhedronInfo{HalfSpaces: file.HalfSpaces}) {
		if len(s.HalfSpaces) > 0 {
			return len(s.HalfSpaces[0].Normal), nil
		}
	}
	return 0, fmt.Errorf("%s: has no half-spaces to draw", path)
}
