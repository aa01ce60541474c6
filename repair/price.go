package repair

import (
	"math"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair/internal/keypoint"
)

// violation is how far a key point misses its worst half-space; row is that
// half-space's index, next those of the next worst ones that are violated, -1
// where there are none or they were not looked for.
type violation struct {
	value float64
	row   int32
	next  [moreRows]int32
}

// moreRows are noted of each key point where many rows enter at once.
const moreRows = 2

// price computes the worst violation of every key point under the change d,
// out x in numbers with the bias last, for the margin given. It is one batch
// evaluation; the matrix of rows is never built.
func (p *problem) price(dst []violation, d []float64, margin float64) {
	if p.keepsChanges() {
		p.changes(d)
	}
	parallel.Ranges(len(p.Keys), p.Batch, p.workers, func(a, b int) { p.priceKeys(dst[a:b], a, d, margin) })
}

// keepsChanges reports whether the changes of the layer's output are computed for
// all points at once, since several key points share a point, and do not take
// more room than its inputs do anyway.
func (p *problem) keepsChanges() bool { return p.op.rankOne() }

// changes computes those of the layer's output, and of the network's where no
// activation lies between.
func (p *problem) changes(d []float64) {
	if p.u.Rows == 0 {
		p.u = nn.NewMatrix(len(p.Points), p.net.Dim(p.layer))
	}
	parallel.Ranges(len(p.Points), p.Batch, p.workers, func(a, b int) { p.op.change(p.u.Slice(a, b), p.Inputs.Slice(a, b), d) })
	if p.straight {
		p.dy = p.net.PushForward(p.layer, p.u, p.noTails(), nil, p.workers)
	}
}

// noTails is a linearisation for networks in which none is needed.
func (p *problem) noTails() *nn.Linearization { return &nn.Linearization{} }

func (p *problem) priceKeys(dst []violation, from int, d []float64, margin float64) {
	keys := p.Keys[from : from+len(dst)]
	dy := nn.Matrix{}
	if !p.straight || !p.keepsChanges() {
		dv := nn.NewMatrix(len(keys), p.net.Dim(p.layer))
		tails := make([]int32, len(keys))
		for i, k := range keys {
			tails[i] = k.Tail
			if p.keepsChanges() {
				copy(dv.Row(i), p.u.Row(int(k.Point)))
			} else {
				p.op.change(dv.Slice(i, i+1), p.Inputs.Slice(int(k.Point), int(k.Point)+1), d)
			}
		}
		lin, rowOf := p.Slopes(tails)
		dy = p.net.PushForward(p.layer, dv, lin, rowOf, 1)
	}
	y := make([]float64, p.net.OutDim())
	for i, k := range keys {
		var change []float64
		if dy.Rows == 0 {
			change = p.dy.Row(int(k.Point))
		} else {
			change = dy.Row(i)
		}
		for o, v := range p.Outputs.Row(int(k.Point)) {
			y[o] = v + change[o]
		}
		m := margin + p.reserveFor(int32(from+i))
		if p.few {
			dst[i] = worstFew(&p.Needs[k.Need], y, m)
		} else {
			dst[i] = worst(&p.Needs[k.Need], y, m)
		}
	}
}

// worst is the most violated half-space at output y.
func worst(n *keypoint.Need, y []float64, margin float64) violation {
	v := violation{value: n.HalfSpaces[0].Value(y) + margin, next: [moreRows]int32{-1, -1}}
	for j := 1; j < len(n.HalfSpaces); j++ {
		if x := n.HalfSpaces[j].Value(y) + margin; x > v.value {
			v.value, v.row = x, int32(j)
		}
	}
	return v
}

// worstFew is worst and the next worst half-spaces that are violated.
func worstFew(n *keypoint.Need, y []float64, margin float64) violation {
	const none = -1
	values := [moreRows + 1]float64{math.Inf(-1)}
	rows := [moreRows + 1]int32{none, none, none}
	for j := range n.HalfSpaces {
		x, row := n.HalfSpaces[j].Value(y)+margin, int32(j)
		for i := range rows {
			if rows[i] == none || x > values[i] {
				values[i], x, rows[i], row = x, values[i], row, rows[i]
			}
			if row == none {
				break
			}
		}
	}
	v := violation{value: values[0], row: rows[0]}
	for i := range v.next {
		v.next[i] = none
		if rows[i+1] != none && values[i+1] > 0 {
			v.next[i] = rows[i+1]
		}
	}
	return v
}
