package repair

import (
	"context"
	"fmt"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
)

// learn makes key points of violations: each at the checker's own point with its
// pattern, and, where the enumeration did not find the piece, at the piece's other
// vertices. A key point that is violated again gets more in reserve.
func (v *prover) learn(ctx context.Context, check *proof.Result) error {
	p := v.x.p
	d := v.x.candidate.d
	p.reindex()
	known := len(p.keys)
	worst := map[int32]float64{} // by how much each is missed
	var keys []int32
	for i := range check.Violations {
		at := &check.Violations[i]
		key, err := v.keyOf(at)
		if err != nil {
			return err
		}
		if key < 0 {
			continue
		}
		amount := floatOf(check.Violated(at))
		if at.Strict {
			amount = max(amount, firstExtra*v.x.scale)
		}
		if _, ok := worst[key]; !ok {
			keys = append(keys, key)
		}
		worst[key] = max(worst[key], amount)
	}
	if err := p.addExtras(ctx); err != nil {
		return err
	}
	p.linearise()
	if err := p.renew(ctx); err != nil {
		return err
	}
	v.x.measure()
	g := v.x.g
	g.worst = make([]violation, len(p.keys))
	if n := len(p.keys) - len(p.reserves); n > 0 {
		p.reserves = append(p.reserves, make([]float64, n)...)
	}
	// What float64 makes of the stored change there.
	before := p.reserves
	p.reserves = nil
	p.price(g.worst, d, p.margin)
	p.reserves = before
	grown := map[int32]bool{}
	for _, key := range keys {
		amount := worst[key]
		want := before[key] + float64(extraFactor*amount*portable.Pow(repeatFactor, float64(v.missed[key])))
		if key >= int32(known) { // float64 sees less there than there is
			want = float64((amount - g.worst[key].value) * (1 + 0x1p-10))
		} else {
			v.missed[key]++
		}
		if want > p.reserves[key] {
			p.reserves[key] = want
			grown[key] = true
		}
	}
	// Rows that are present with less in reserve may come again.
	for id := range g.present {
		if grown[id.key] {
			delete(g.present, id)
		}
	}
	return nil
}

// keyOf is the key point of a violation, -1 for none.
func (v *prover) keyOf(at *proof.Place) (int32, error) {
	p := v.x.p
	item := &p.spec.Items[at.Item]
	if len(at.Pattern) != p.net.PatternLen() || item.Segment == nil && item.Polygon == nil {
		if k := v.pointKey(at); k >= 0 {
			return k, nil
		}
	}
	if len(at.Pattern) != p.net.PatternLen() {
		return -1, nil
	}
	id := fmt.Sprint(at.Item, at.Class, at.Weights, string(at.Pattern[p.unit:]))
	if k, ok := v.learned[id]; ok {
		return k, nil
	}
	tail := p.tail(p.relevant(at.Pattern))
	class := v.chosen(at, tail)
	if !v.knows(at.Item, tail) && len(at.Piece) > 1 {
		c := cell{item: int32(at.Item), tail: tail, class: class}
		for _, x := range at.Piece {
			c.places = append(c.places, v.place(at.Item, x))
		}
		p.cells = append(p.cells, c)
		p.addCell(&c)
	}
	c := cell{item: int32(at.Item), tail: tail, class: class, places: []int32{v.place(at.Item, at.Point)}}
	need := p.need(&item.Output, int(class))
	p.add(c.places[0], tail, need, false)
	k := p.keyOf[keyPoint{point: p.pointAt(c.places[0], tail), tail: tail, need: need}]
	v.learned[id] = k
	p.exact[k] = at
	return k, nil
}

func (v *prover) place(item int, x []float64) int32 {
	p := v.x.p
	p.places = append(p.places, place{item: int32(item), x: x})
	return int32(len(p.places) - 1)
}

// knows reports whether the enumeration found a cell of the item with a pattern.
func (v *prover) knows(item int, tail int32) bool {
	for i := range v.x.p.cells {
		if c := &v.x.p.cells[i]; int(c.item) == item && c.tail == tail {
			return true
		}
	}
	return false
}

// chosen is the class that is recorded for a place.
func (v *prover) chosen(at *proof.Place, tail int32) int32 {
	p := v.x.p
	o := &p.spec.Items[at.Item].Output
	switch len(o.Allowed) {
	case 0:
		return -1
	case 1:
		return int32(o.Allowed[0])
	}
	x := nn.RowMatrix(at.Point)
	lin := p.unpack([]int32{tail}, p.net.LinearizePatterns) // the tail may be new
	y := p.net.RunLinear(x, lin, []int32{0}, 1).Output().Row(0)
	return int32(o.Extremum.Prefers(y, o.Allowed))
}

// pointKey is the key point of an item that is a point.
func (v *prover) pointKey(at *proof.Place) int32 {
	p := v.x.p
	for i, key := range p.keys {
		if int(p.places[p.points[key.point].place].item) != at.Item {
			continue
		}
		if len(at.Pattern) == p.net.PatternLen() && string(p.relevant(at.Pattern)) != p.patterns[key.tail] {
			continue
		}
		return int32(i)
	}
	return -1
}
