package nn

// Linearization replaces every activation unit by an affine function, row by
// row: unit u of node i computes Slope[i][r][u] v + Offset[i][r][u]. It is
// Linearize[sigma, z] of Definition 4.2 at points, or the pieces of an
// activation pattern.
type Linearization struct {
	// Slope and Offset are indexed by node and empty where the node is no
	// activation (or precedes the node asked for).
	Slope, Offset []Matrix

	rowOf []int32 // row of the linearisation for each row of a batch; nil: the same
}

func (l *Linearization) row(r int) int {
	if l.rowOf != nil {
		return int(l.rowOf[r])
	}
	return r
}

// apply computes dst = slope v (+ offset) for row r of a batch at node i. A
// unit with slope 0 gives its constant whatever v is.
func (l *Linearization) apply(i, r int, dst, v []float64, affine bool) {
	r = l.row(r)
	s := l.Slope[i].Row(r)
	if !affine {
		for u, x := range v {
			dst[u] = s[u] * x
		}
		return
	}
	o := l.Offset[i].Row(r)
	for u, x := range v {
		if s[u] == 0 {
			dst[u] = o[u]
		} else {
			dst[u] = s[u]*x + o[u]
		}
	}
}

// LinearizeAt linearises every activation around the activation channel's
// values at each row of x: the executed pattern where the function is piecewise
// affine.
func (n *Network) LinearizeAt(x Matrix, workers int) *Linearization {
	t := n.RunActivation(x, workers)
	l := n.newLinearization(x.Rows, 0)
	for i, node := range n.Nodes {
		if a, ok := node.Op.(Activation); ok {
			z := t.of(node.Inputs[0])
			for r := range x.Rows {
				a.Linearize(l.Slope[i].Row(r), l.Offset[i].Row(r), z.Row(r))
			}
		}
	}
	return l
}

// LinearizePatterns linearises every activation of the nodes from..end to the
// pieces of each pattern, one row a pattern. Those nodes must be piecewise
// affine and the pieces in range.
func (n *Network) LinearizePatterns(ps []Pattern, from int) *Linearization {
	l := n.newLinearization(len(ps), from)
	for i := from; i < len(n.Nodes); i++ {
		pw, ok := n.Nodes[i].Op.(*Piecewise)
		if !ok {
			continue
		}
		lo, hi := n.Units(i)
		for r, p := range ps {
			s, o := l.Slope[i].Row(r), l.Offset[i].Row(r)
			for u, k := range p[lo:hi] {
				s[u], o[u] = pw.Slope[k], pw.Offset[k]
			}
		}
	}
	return l
}

func (n *Network) newLinearization(rows, from int) *Linearization {
	l := &Linearization{Slope: make([]Matrix, len(n.Nodes)), Offset: make([]Matrix, len(n.Nodes))}
	for i := from; i < len(n.Nodes); i++ {
		if _, ok := n.Nodes[i].Op.(Activation); ok {
			l.Slope[i], l.Offset[i] = NewMatrix(rows, n.dims[i]), NewMatrix(rows, n.dims[i])
		}
	}
	return l
}
