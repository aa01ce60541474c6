package attack

import (
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

// hasMaxima tells whether regions may be divided further: by who loses to whom.
func (r *run) hasMaxima() bool {
	for _, node := range r.exact.Nodes {
		if node.Max != nil {
			return true
		}
	}
	return false
}
