package repair

import (
	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair/internal/row"
)

// buildRows returns the given rows.
func (p *problem) buildRows(ids []rowID) []*row.Row {
	rows := make([]*row.Row, len(ids))
	parallel.Ranges(len(ids), p.Batch, p.workers, func(from, to int) {
		a := nn.NewMatrix(to-from, p.net.OutDim())
		tails := make([]int32, to-from)
		for i, id := range ids[from:to] {
			k := p.Keys[id.key]
			p.Needs[k.Need].HalfSpaces[id.row].Normal(a.Row(i))
			tails[i] = k.Tail
		}
		lin, rowOf := p.Slopes(tails)
		g := p.net.PullBack(p.layer, a, lin, rowOf, 1)
		for i, id := range ids[from:to] {
			rows[from+i] = p.op.row(g.Row(i), p.Inputs.Row(int(p.Keys[id.key].Point)))
		}
	})
	return rows
}

// row is the row of a half-space at a key point.
func (p *problem) row(id rowID) *row.Row { return p.buildRows([]rowID{id})[0] }

// rhs is the row's right-hand side for margin 0: b - a . N(x), less the reserve.
func (p *problem) rhs(id rowID) float64 {
	k := p.Keys[id.key]
	return -p.Needs[k.Need].HalfSpaces[id.row].Value(p.Outputs.Row(int(k.Point))) - p.reserveFor(id.key)
}
