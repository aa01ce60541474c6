package preimage

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// part is a box of the tree.
type part struct {
	box    set.Box
	volume float64 // as a share of the domain
	path   uint64  // from the root: a 1, then a bit for each halving
	number int
	// members of the target that may meet the box, with their polyhedra in it.
	members []member
	// whole reports whether all of the box lies in the preimage.
	whole           bool
	inside, covered int // of its samples
	samples         int
	axis            int  // to halve along
	unknown         bool // the time was over before anything was found out about it
	children        [2]*part
}

// member is a member of the target on a box.
type member struct {
	index       int
	under, over []set.HalfSpace
	none        bool // the subset has no part here
}

// gap is the volume between the preimage and the subset.
func (p *part) gap() float64 {
	return p.volume * float64(p.inside-p.covered) / float64(max(1, p.samples))
}

// parts is a heap, the largest gap first.
type parts []*part

func (h parts) Len() int { return len(h) }
func (h parts) Less(i, j int) bool {
	if a, b := h[i].gap(), h[j].gap(); a != b {
		return a > b
	}
	if h[i].volume != h[j].volume {
		return h[i].volume > h[j].volume
	}
	return h[i].number < h[j].number
}
func (h parts) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements [heap.Interface].
func (h *parts) Push(x any) { *h = append(*h, x.(*part)) }

// Pop implements [heap.Interface].
func (h *parts) Pop() any {
	old := *h
	p := old[len(old)-1]
	*h = old[:len(old)-1]
	return p
}

// halve cuts the box along its axis.
func (p *part) halve() []*part {
	middle := p.box.Center()[p.axis]
	for side := range p.children {
		c := &part{box: p.box.Clone(), volume: float64(p.volume / 2), path: p.path<<1 | uint64(side)}
		if side == 0 {
			c.box.Hi[p.axis] = middle
		} else {
			c.box.Lo[p.axis] = middle
		}
		for _, m := range p.members {
			c.members = append(c.members, member{index: m.index})
		}
		p.children[side] = c
	}
	return p.children[:]
}

// sample counts the points of a box that are in the preimage and in the subset.
func (a *approximator) sample(ctx context.Context, p *part) error {
	p.samples = a.opt.Samples
	if len(p.members) == 0 {
		return nil
	}
	if p.whole {
		p.inside, p.covered = p.samples, p.samples
		return nil
	}
	random := rand.New(rand.NewPCG(a.opt.Seed, mix(p.path, p.box)))
	x := nn.NewMatrix(p.samples, a.net.InDim())
	for r := range x.Rows {
		drawIn(random, p.box, x.Row(r))
	}
	y, err := a.net.EvalContext(ctx, x, 1)
	if err != nil {
		return err
	}
	for r := range x.Rows {
		for _, m := range p.members {
			if meetsAll(a.target[m.index].Rows, y.Row(r)) {
				p.inside++
				break
			}
		}
		for _, m := range p.members {
			if meetsAll(m.under, x.Row(r)) {
				p.covered++
				break
			}
		}
	}
	p.covered = min(p.covered, p.inside) // but for rounding of the evaluation
	return nil
}

// mix makes a seed of a place in the tree; a path longer than 64 bits is told
// from others by its box.
func mix(path uint64, box set.Box) uint64 {
	for j := range box.Lo {
		path = (path ^ math.Float64bits(box.Lo[j]+float64(3*box.Hi[j]))) * 0x9e3779b97f4a7c15
		path ^= path >> 29
	}
	return path
}

// drawIn draws a point of a box, uniformly.
func drawIn(r *rand.Rand, box set.Box, x []float64) {
	for j, lo := range box.Lo {
		x[j] = min(max(lo+float64(r.Float64()*(box.Hi[j]-lo)), lo), box.Hi[j])
	}
}

// meetsAll reports whether y meets the rows as far as rounding tells.
func meetsAll(rows []set.HalfSpace, y []float64) bool {
	for _, h := range rows {
		if s := h.Slack(y); s < 0 || s == 0 && h.Strict {
			return false
		}
	}
	return true
}
