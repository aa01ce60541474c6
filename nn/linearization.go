package nn

import "github.com/netmend/netmend/internal/choice"

// Linearization replaces every activation unit by an affine function, row by
// row: unit u of node i computes Slope[i][r][u] v + Offset[i][r][u]. It is
// Linearize[sigma, z] of Definition 4.2 at points, or the pieces of an
// activation pattern.
type Linearization struct {
	// Slope and Offset are indexed by node and empty if the node is no
	// activation (or precedes the node asked for); [Network.SlopesOf] leaves Offset
	// empty.
	Slope, Offset []Matrix
	// Choice is indexed by node and empty if the node is no [Selection] (or
	// precedes the node asked for): for each row one after the other, the place of
	// the chosen input of each unit in the concatenation of the node's inputs.
	Choice [][]int32

	rows  int     // number of rows
	rowOf []int32 // row of the linearisation for each row of a batch; nil: the same
}

func (l *Linearization) row(r int) int {
	if l.rowOf != nil {
		return int(l.rowOf[r])
	}
	return r
}

// Covers reports whether the linearisation replaces the function of node i.
func (l *Linearization) Covers(i int) bool {
	return l != nil && (l.Slope[i].Rows > 0 || len(l.Choice[i]) > 0)
}

// choice is the choice of selection node i for row r of a batch.
func (l *Linearization) choice(i, r int) []int32 {
	units := len(l.Choice[i]) / l.rows
	r = l.row(r)
	return l.Choice[i][r*units : (r+1)*units]
}

// ChoiceAt is the choice of selection node i, see [Linearization.Choice], in row rowOf[r], or
// r if rowOf is nil.
func (l *Linearization) ChoiceAt(i, r int, rowOf []int32) []int32 {
	with := *l
	with.rowOf = rowOf
	return with.choice(i, r)
}

// apply computes dst = slope v (+ offset) for row r of a batch at node i. A
// unit with slope 0 gives its constant whatever v is.
func (l *Linearization) apply(i, r int, dst, v []float64, affine bool) {
	r = l.row(r)
	s := l.Slope[i].Row(r)
	if !affine {
		for u, x := range v {
			dst[u] = float64(s[u] * x)
		}
		return
	}
	o := l.Offset[i].Row(r)
	for u, x := range v {
		if s[u] == 0 {
			dst[u] = o[u]
		} else {
			dst[u] = float64(s[u]*x) + o[u]
		}
	}
}

// LinearizeAt linearises every activation around the activation channel's
// values at each row of x: the executed pattern where the function is piecewise
// affine.
func (n *Network) LinearizeAt(x Matrix, workers int) *Linearization {
	t := n.RunActivation(x, workers)
	l := n.newLinearization(x.Rows, 0, true)
	for i, node := range n.Nodes {
		src := make([]Matrix, len(node.Inputs))
		for k, j := range node.Inputs {
			src[k] = t.of(j)
		}
		switch op := node.Op.(type) {
		case Activation:
			eachRow(x.Rows, n.dims[i], workers, func(r int) {
				op.Linearize(l.Slope[i].Row(r), l.Offset[i].Row(r), src[0].Row(r))
			})
		case Selection:
			eachRow(x.Rows, n.dims[i]*op.Pieces(), workers, func(r int) {
				pieces := make([]uint8, n.dims[i])
				op.Choose(pieces, choice.Rows(nil, src, r))
				op.Sources(l.choice(i, r), pieces)
			})
		}
	}
	return l
}

// LinearizePatterns linearises every activation of the nodes from..end to the
// pieces of each pattern, one row a pattern. Those nodes must be piecewise
// affine and the pieces in range.
func (n *Network) LinearizePatterns(ps []Pattern, from int) *Linearization {
	return n.linearizePatterns(ps, from, true)
}

// SlopesOf is [Network.LinearizePatterns] without the offsets, which
// [Network.PushForward] and [Network.PullBack] do not need.
func (n *Network) SlopesOf(ps []Pattern, from int) *Linearization {
	return n.linearizePatterns(ps, from, false)
}

func (n *Network) linearizePatterns(ps []Pattern, from int, offsets bool) *Linearization {
	l := n.newLinearization(len(ps), from, offsets)
	for i := from; i < len(n.Nodes); i++ {
		lo, hi := n.Units(i)
		if s, ok := n.Nodes[i].Op.(Selection); ok {
			for r, p := range ps {
				s.Sources(l.choice(i, r), p[lo:hi])
			}
		}
		pw, ok := n.Nodes[i].Op.(*Piecewise)
		if !ok {
			continue
		}
		for r, p := range ps {
			s := l.Slope[i].Row(r)
			for u, k := range p[lo:hi] {
				s[u] = pw.Slope[k]
			}
			if !offsets {
				continue
			}
			o := l.Offset[i].Row(r)
			for u, k := range p[lo:hi] {
				o[u] = pw.Offset[k]
			}
		}
	}
	return l
}

func (n *Network) newLinearization(rows, from int, offsets bool) *Linearization {
	l := &Linearization{
		Slope: make([]Matrix, len(n.Nodes)), Offset: make([]Matrix, len(n.Nodes)),
		Choice: make([][]int32, len(n.Nodes)), rows: rows,
	}
	for i := from; i < len(n.Nodes); i++ {
		switch n.Nodes[i].Op.(type) {
		case Activation:
			l.Slope[i] = NewMatrix(rows, n.dims[i])
			if offsets {
				l.Offset[i] = NewMatrix(rows, n.dims[i])
			}
		case Selection:
			l.Choice[i] = make([]int32, rows*n.dims[i])
		}
	}
	return l
}
