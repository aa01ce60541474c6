package oracle

import (
	"fmt"
	"math/big"
)

// Demand is a requirement of a repair: all half-spaces are to hold at every input of
// the set.
type Demand struct {
	Set   *Cell
	Holds []HalfSpace
}

// Repair is the problem of changing the value parameters of one layer, a node of the
// network, so that demands are met. A change has Outputs (Inputs + 1) numbers: row by
// row the weights and then the bias of one output of the layer.
type Repair struct {
	// Parameters is the length of a change.
	Parameters int
	rows       []row
	known      map[string]bool
}

// row is g D <= c, or g D < c.
type row struct {
	g      []Rat
	c      Rat
	strict bool
}

// NewRepair collects the rows of all demands.
func NewRepair(net *Net, layer int, demands []Demand) *Repair {
	a := net.Nodes[layer].Affine
	p := &Repair{Parameters: len(a.W) * (len(a.W[0]) + 1), known: map[string]bool{}}
	for _, d := range demands {
		for _, r := range Regions(net, d.Set) {
			h, gain := along(net, r.Pattern, layer)
			for _, half := range d.Holds {
				p.region(&r, h, gain, half)
			}
		}
	}
	return p
}

// region adds the rows of a half-space on one region.
func (p *Repair) region(r *Region, h []form, gain [][]Rat, half HalfSpace) {
	outer := make([]Rat, len(gain[0])) // the gradient by the layer's outputs
	for j := range outer {
		outer[j] = new(big.Rat)
		for k, a := range half.A {
			outer[j].Add(outer[j], new(big.Rat).Mul(a, gain[k][j]))
		}
	}
	slack := half.slack(r.value, len(r.vertices[0].x)+1)
	rows := make([]row, len(r.vertices))
	for i, v := range r.vertices {
		rows[i].c = slack.at(v.x)
		inner := make([]Rat, len(h)+1)
		for k := range h {
			inner[k] = h[k].at(v.x)
		}
		inner[len(h)] = Int(1)
		for _, o := range outer {
			for _, in := range inner {
				rows[i].g = append(rows[i].g, new(big.Rat).Mul(o, in))
			}
		}
		p.add(rows[i])
	}
	if !half.Strict {
		return
	}
	for _, face := range r.metFaces() {
		sum := row{g: zeros(p.Parameters), c: new(big.Rat), strict: true}
		for _, v := range face {
			sum.c.Add(sum.c, rows[v].c)
			for k, g := range rows[v].g {
				sum.g[k].Add(sum.g[k], g)
			}
		}
		p.add(sum)
	}
}

func (p *Repair) add(r row) {
	name := fmt.Sprint(r.g, r.c, r.strict)
	if !p.known[name] {
		p.known[name] = true
		p.rows = append(p.rows, r)
	}
}

// along returns the layer's inputs in the value channel as forms, and the derivatives
// of the outputs by the layer's outputs, under a pattern.
func along(net *Net, pattern []int, layer int) (h []form, gain [][]Rat) {
	width := len(net.Nodes[layer].Affine.W)
	length := net.Inputs + width + 1
	unit := func(i int) form {
		f := zeros(length)
		f[i].SetInt64(1)
		return f
	}
	var input []form
	for i := range net.Inputs {
		input = append(input, unit(i))
	}
	values := make([][]form, len(net.Nodes))
	for i, node := range net.Nodes {
		in := gather(values, node.From, input)
		switch {
		case i == layer:
			for _, f := range in {
				h = append(h, append(f[:net.Inputs:net.Inputs], f[length-1]))
			}
			for j := range width {
				values[i] = append(values[i], unit(net.Inputs+j))
			}
		case node.Affine != nil:
			values[i] = node.Affine.value().apply(in, length)
		case node.Pieces != nil:
			for u, z := range in {
				values[i] = append(values[i], node.Pieces.piece(pattern[u], z))
			}
			pattern = pattern[len(in):]
		default:
			for u, candidates := range node.Max.Candidates {
				values[i] = append(values[i], in[candidates[pattern[u]]])
			}
			pattern = pattern[len(node.Max.Candidates):]
		}
	}
	for _, f := range values[len(values)-1] {
		gain = append(gain, f[net.Inputs:net.Inputs+width])
	}
	return h, gain
}

// Norm is an objective: Sum Σ|D| + Max max|D|.
type Norm struct{ Sum, Max Rat }

// Limits say which changes are allowed.
type Limits struct {
	// Bound on each |D|, or nil for none.
	Bound Rat
	// Free tells for each parameter whether it may change; nil: all may.
	Free []bool
}

// Answer is what is true of a repair problem.
type Answer struct {
	// Feasible: some change meets the demands, strict ones strictly.
	Feasible bool
	// Room is the largest slack, at most 1, with which some change meets all rows, bounds
	// included. Where it is 0 no neighbourhood of any change meets the demands, so that
	// perhaps none can be stored.
	Room Rat
	// Least is the infimum of the norm, where feasible.
	Least Rat
	// Change meets the demands, where feasible.
	Change []Rat
}

// Solve decides the problem.
func (p *Repair) Solve(l Limits, n Norm) Answer {
	var a Answer
	one := Norm{new(big.Rat), new(big.Rat)}
	u, change := p.solve(l, one, strictRows)
	if u == nil || u.Cmp(Int(1)) >= 0 {
		return a
	}
	a.Feasible, a.Change = true, change
	a.Room = new(big.Rat)
	if u, _ = p.solve(l, one, allRows); u != nil && u.Cmp(Int(1)) < 0 {
		a.Room.Sub(Int(1), u)
	}
	a.Least, _ = p.solve(l, n, noRows)
	return a
}

// slackened says which rows are to have a slack s = 1 - u, where u is minimised.
type slackened int

const (
	noRows slackened = iota
	strictRows
	allRows
)

// solve minimises the norm, or u, adding rows as they are violated. The variables are
// the positive and the negative parts of D, max|D|, and u. It returns the minimum and
// D, or nil if the rows have no solution.
func (p *Repair) solve(l Limits, n Norm, s slackened) (Rat, []Rat) {
	size := p.Parameters
	cost := zeros(2*size + 2)
	for i := range 2 * size {
		cost[i] = n.Sum
	}
	cost[2*size] = n.Max
	if s != noRows {
		cost[2*size+1] = Int(1)
	}
	program := NewProgram(cost)
	for program.Solve() {
		x := program.X()
		if !p.violated(x, l, n, s, program.Add) {
			return program.Objective(), difference(x[:size], x[size:2*size])
		}
	}
	return nil, nil
}

// violated adds rows that x violates, and reports whether there are any.
func (p *Repair) violated(x []Rat, l Limits, n Norm, s slackened, add func([]Rat, Rat)) bool {
	size := p.Parameters
	found := false
	try := func(entries map[int]Rat, c Rat, slack bool) {
		sum := new(big.Rat).Neg(c)
		for k, v := range entries {
			sum.Add(sum, new(big.Rat).Mul(v, x[k]))
		}
		if slack {
			sum.Add(sum, new(big.Rat).Sub(Int(1), x[2*size+1]))
		}
		if sum.Sign() <= 0 {
			return
		}
		found = true
		a := zeros(len(x))
		for k, v := range entries {
			a[k] = v
		}
		if slack {
			a[2*size+1] = Int(-1)
			c = new(big.Rat).Sub(c, Int(1))
		}
		add(a, c)
	}
	for i := range size {
		both := map[int]Rat{i: Int(1), size + i: Int(1)}
		switch {
		case l.Free != nil && !l.Free[i]:
			try(both, new(big.Rat), false)
		case l.Bound != nil:
			try(both, l.Bound, s == allRows)
		}
		if n.Max.Sign() != 0 {
			both[2*size] = Int(-1)
			try(both, new(big.Rat), false)
		}
	}
	p.worst(x, s, try)
	return found
}

// worst offers the rows that D violates most, relative to the size of their
// coefficients.
func (p *Repair) worst(x []Rat, s slackened, try func(map[int]Rat, Rat, bool)) {
	const most = 4
	size := p.Parameters
	change := difference(x[:size], x[size:2*size])
	type violation struct {
		row  row
		much float64
	}
	var worst []violation
	for _, r := range p.rows {
		excess := dot(r.g, change)
		excess.Sub(excess, r.c)
		if s == allRows || s == strictRows && r.strict {
			excess.Add(excess, new(big.Rat).Sub(Int(1), x[2*size+1]))
		}
		if excess.Sign() <= 0 {
			continue
		}
		much, _ := excess.Float64()
		norm := 1e-300
		for _, g := range r.g {
			v, _ := g.Float64()
			norm += float64(v * v)
		}
		worst = append(worst, violation{r, much * much / norm})
	}
	for k := 0; k < most && k < len(worst); k++ {
		for i := k + 1; i < len(worst); i++ {
			if worst[i].much > worst[k].much {
				worst[k], worst[i] = worst[i], worst[k]
			}
		}
		entries := map[int]Rat{}
		for i, g := range worst[k].row.g {
			if g.Sign() != 0 {
				entries[i], entries[size+i] = g, new(big.Rat).Neg(g)
			}
		}
		try(entries, worst[k].row.c, s == allRows || s == strictRows && worst[k].row.strict)
	}
}
