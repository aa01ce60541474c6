package attack

import (
	"math/rand/v2"

	"github.com/netmend/netmend/internal/oracle"
)

// askSlices compares the numbers of linear regions on the segments and polygons of a
// specification.
func (r *run) askSlices(s specification) {
	want, sets := []int{}, 0
	for _, it := range s.items {
		c := it.set.cell()
		if c.Dim() == 0 {
			continue
		}
		sets++
		count := 0
		for _, region := range oracle.Regions(r.exact, c) {
			if region.Dim() == c.Dim() {
				count++
			}
		}
		want = append(want, count)
	}
	if sets == 0 || r.hasMaxima() {
		return
	}
	args := []string{"regions", r.path("net.onnx"), "--spec", r.path("spec.json"), "--count"}
	var a struct {
		Status string
		Counts []int
	}
	code, trouble := r.ask(&a, args...)
	if trouble != "" || code != 0 || a.Status != "complete" {
		r.record(Unknown, args, "%s %s", a.Status, trouble)
		return
	}
	// Segments come first, then polygons.
	total := 0
	for _, n := range want {
		total += n
	}
	for _, n := range a.Counts {
		total -= n
	}
	if total != 0 || len(a.Counts) != sets {
		r.record(False, args, "there are %v regions, said are %v", want, a.Counts)
		return
	}
	r.record(Right, args, "")
}

// askSlicePreimage asks for a preimage on the first segment or polygon: each part with an
// interior in it must be in some polyhedron, and there are none where there is no such part.
func (r *run) askSlicePreimage(s specification) {
	rng := rand.New(rand.NewPCG(r.seed, 0x736c696365)) // the other questions stay as they are
	var on *item
	for i := range s.items {
		if it := &s.items[i]; on == nil && it.set.cell().Dim() > 0 && !it.keep {
			on = it
		}
	}
	if on == nil {
		return
	}
	one := s
	one.items = []item{*on}
	c := on.set.cell()
	regions := oracle.Regions(r.exact, c)
	target := newHalves(rng, regions, r.exact.Outputs(), true)
	args := []string{"preimage", r.path("net.onnx"), "--input", r.write("slice.json", one.text()), "--output", target.expression(), "--sets"}
	var a preimage
	code, trouble := r.ask(&a, args...)
	if trouble != "" || code != 0 || !a.Complete {
		r.record(Unknown, args, "%s %s", a.Limit, trouble)
		return
	}
	reach := 0.0
	for _, x := range on.set.corners {
		for _, v := range x {
			reach = max(reach, abs(v))
		}
	}
	found := false
	for _, part := range oracle.Preimage(regions, target.union(half.exact)) {
		if part.Dim() < c.Dim() {
			continue
		}
		found = true
		in := false
		for _, p := range a.Sets {
			in = in || p.aboutIn(part.Middle(), reach)
		}
		if !in {
			r.record(False, args, "%v is in the preimage and in no polyhedron", part.Middle())
			return
		}
	}
	if !found && a.Count > 0 && !thin(target) {
		r.record(False, args, "%d polyhedra, and no part with an interior", a.Count)
		return
	}
	r.record(Right, args, "")
}

// thin reports whether some part of a target may be an equation, which asks for faces.
func thin(u halves) bool {
	for _, part := range u {
		for i, h := range part {
			for _, g := range part[:i] {
				if parallel(h.a, g.a) {
					return true
				}
			}
		}
	}
	return false
}

// hasMaxima reports whether regions may be divided further: by who loses to whom.
func (r *run) hasMaxima() bool {
	for _, node := range r.exact.Nodes {
		if node.Max != nil {
			return true
		}
	}
	return false
}
