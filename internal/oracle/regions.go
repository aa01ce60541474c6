package oracle

// Region is a set of inputs on which one activation pattern executes.
type Region struct {
	*Cell
	// Pattern has for each unit of an activation or a maximum, in the order of the
	// nodes, its piece: of a maximum the index among the candidates.
	Pattern []int
	// value are the forms of the outputs through the value channel.
	value []form
}

// Map is output j as an affine function of the inputs: coefficients, then the
// constant.
func (r *Region) Map(j int) []Rat { return r.value[j] }

// Regions divides a set by the patterns that execute on it.
func Regions(net *Net, set *Cell) []Region {
	w := &walk{net: net, act: make([][]form, len(net.Nodes)), val: make([][]form, len(net.Nodes))}
	w.input = make([]form, net.Inputs)
	for i := range w.input {
		w.input[i] = zeros(net.Inputs + 1)
		w.input[i][i].SetInt64(1)
	}
	w.node(0, set)
	return w.found
}

// walk goes depth first through the nodes; act and val are the forms of both channels
// on the way from the root.
type walk struct {
	net      *Net
	input    []form
	act, val [][]form
	pattern  []int
	found    []Region
}

func (w *walk) node(i int, c *Cell) {
	if i == len(w.net.Nodes) {
		w.found = append(w.found, Region{Cell: c, Pattern: append([]int(nil), w.pattern...), value: w.val[i-1]})
		return
	}
	node := w.net.Nodes[i]
	act, val := gather(w.act, node.From, w.input), gather(w.val, node.From, w.input)
	length := w.net.Inputs + 1
	switch {
	case node.Affine != nil:
		w.act[i], w.val[i] = node.Affine.apply(act, length), node.Affine.value().apply(val, length)
		w.node(i+1, c)
	case node.Pieces != nil:
		w.act[i], w.val[i] = make([]form, len(act)), make([]form, len(act))
		w.pieces(i, 0, act, val, c)
	default:
		n := len(node.Max.Candidates)
		w.act[i], w.val[i] = make([]form, n), make([]form, n)
		w.candidates(i, 0, act, val, c)
	}
}

// pieces goes through the pieces of the units of an activation from unit u on.
func (w *walk) pieces(i, u int, act, val []form, c *Cell) {
	if u == len(act) {
		w.next(i, c)
		return
	}
	f := w.net.Nodes[i].Pieces
	for p := range f.Slope {
		part := c
		if p > 0 {
			part = part.cut(shifted(act[u], f.Breaks[p-1], 1), false)
		}
		if part != nil && p < len(f.Breaks) {
			part = part.cut(shifted(act[u], f.Breaks[p], -1), true)
		}
		if part == nil {
			continue
		}
		w.act[i][u], w.val[i][u] = f.piece(p, act[u]), f.piece(p, val[u])
		w.pattern = append(w.pattern, p)
		w.pieces(i, u+1, act, val, part)
		w.pattern = w.pattern[:len(w.pattern)-1]
	}
}

// next goes on behind node i. The forms of the node are copied: those of the units
// are written again for other pieces.
func (w *walk) next(i int, c *Cell) {
	act, val := w.act[i], w.val[i]
	w.act[i], w.val[i] = append([]form(nil), act...), append([]form(nil), val...)
	w.node(i+1, c)
	w.act[i], w.val[i] = act, val
}

// candidates goes through the candidates of the units of a maximum.
func (w *walk) candidates(i, u int, act, val []form, c *Cell) {
	if u == len(w.net.Nodes[i].Max.Candidates) {
		w.next(i, c)
		return
	}
	candidates := w.net.Nodes[i].Max.Candidates[u]
	for k, chosen := range candidates {
		part := c
		for j, other := range candidates {
			if j != k && part != nil {
				part = part.cut(minus(act[chosen], act[other]), j < k)
			}
		}
		if part == nil {
			continue
		}
		w.act[i][u], w.val[i][u] = act[chosen], val[chosen]
		w.pattern = append(w.pattern, k)
		w.candidates(i, u+1, act, val, part)
		w.pattern = w.pattern[:len(w.pattern)-1]
	}
}

// shifted is sign (f - b).
func shifted(f form, b Rat, sign int64) form {
	constant := Int(-sign)
	return combine([]Rat{Int(sign)}, []form{f}, constant.Mul(constant, b), len(f))
}

func minus(f, g form) form { return combine([]Rat{Int(1), Int(-1)}, []form{f, g}, Int(0), len(f)) }
