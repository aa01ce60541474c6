package polytope

import (
	"slices"

	"github.com/netmend/netmend/region/internal/vertices"
)

// job is a cell of the search with all below it, on its own, for one goroutine.
type job struct {
	stage, sinceBound int
	// By vertex.
	coords []float64
	facets []int32
	blocks []float64 // of the stage
	signs  []uint64  // likewise

	edges   []int32
	sides   []uint64 // see [vertices.Sides.AppendTo]
	path    []Facet
	settled vertices.Settled // the stages before
}

// save copies frame i of the stack.
func (r *search) save(i int) *job {
	f := r.stack[i]
	verts, edges := r.verts[f.verts:], r.edges[f.edges:]
	if i+1 < len(r.stack) {
		verts, edges = r.verts[f.verts:r.stack[i+1].verts], r.edges[f.edges:r.stack[i+1].edges]
	}
	n := r.s.Stages[f.stage].Words
	j := &job{
		stage: f.stage, sinceBound: f.sinceBound,
		edges:   slices.Clone(edges),
		sides:   slices.Clone(r.words[f.words : f.words+2*n]),
		path:    slices.Clone(r.path[:f.path]),
		settled: r.out.settled.Until(r.s.Network, f.stage),
	}
	j.path[f.path-1].Above = true
	for _, v := range verts {
		j.coords = append(j.coords, r.store.coords.Row(int(v))...)
		j.facets = append(j.facets, r.store.facets.Row(int(v))...)
		j.blocks = append(j.blocks, r.store.Blocks[f.stage].Row(int(v))...)
		j.signs = append(j.signs, r.store.Signs[f.stage].Row(int(v))...)
	}
	return j
}

// resume makes a saved cell the current cell.
func (r *search) resume(j *job) {
	r.reset()
	r.path = append(r.path, j.path...)
	r.out.settled.Set(j.settled)
	r.stage, r.sinceBound = j.stage, j.sinceBound
	if r.guide != nil {
		r.guide.maps.Enter()
		for i := range j.stage {
			r.guide.maps.Advance(i, r.out.settled.Pattern)
		}
	}
	d := r.s.dim
	width, words := 0, 0
	if len(r.s.Stages) > 0 {
		width, words = r.s.Stages[j.stage].Width, 2*r.s.Stages[j.stage].Words
	}
	r.body.edges = append(r.body.edges, j.edges...)
	n := 1
	if d > 0 {
		n = len(j.edges) / d
	}
	ready := j.stage
	if len(r.s.Stages) == 0 {
		ready = -1
	}
	for i := range n {
		v := r.store.push(ready)
		r.body.verts = append(r.body.verts, int32(v))
		copy(r.store.coords.Row(v), j.coords[i*d:])
		row := r.store.facets.Row(v)
		copy(row, j.facets[i*d:])
		r.store.sums[v] = 0
		for _, f := range row {
			r.store.sums[v] += r.store.hash(f)
		}
		if ready >= 0 {
			copy(r.store.Blocks[ready].Row(v), j.blocks[i*width:])
			copy(r.store.Signs[ready].Row(v), j.signs[i*words:])
		}
	}
	if ready < 0 {
		return
	}
	r.sides.Set(j.sides)
	r.narrow()
}

// rest are the jobs for what explore left undone, in order.
func (r *search) rest() []*job {
	var js []*job
	for i := len(r.stack) - 1; i >= 0; i-- {
		js = append(js, r.save(i))
	}
	return js
}
