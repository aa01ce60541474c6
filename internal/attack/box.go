package attack

import (
	"math/big"

	"github.com/netmend/netmend/internal/oracle"
)

// askBox asks all questions about a box.
func (r *run) askBox(s set) {
	r.kind = s.kind
	r.askProperty(s)
	regions := oracle.Regions(r.exact, s.cell())
	r.askImage(s, regions)
	if r.exact.Outputs() > 1 {
		r.askPartition(s, regions)
	}
	r.askRegions(s, regions)
	r.askPreimage(s, regions)
	if r.rng.IntN(3) == 0 {
		r.askApproximate(s, regions)
	}
}

// scale is the size of the terms of the outputs on the regions, of which every
// rounding is a part.
func (r *run) scale(regions []oracle.Region, s set) float64 {
	size := 1.0
	for _, region := range regions {
		for j := range r.exact.Outputs() {
			f := region.Map(j)
			sum := 0.0
			for i, c := range f {
				v, _ := new(big.Rat).Abs(c).Float64()
				if i < len(f)-1 {
					v = float64(v * max(abs(s.corners[0][i]), abs(s.corners[1][i])))
				}
				sum += v
			}
			size = max(size, sum)
		}
	}
	return size
}

func abs(x float64) float64 { return max(x, -x) }

// close reports whether a number is a rounding of the exact one, with some slack.
func close(exact oracle.Rat, f, scale float64) bool {
	d, _ := new(big.Rat).Sub(exact, oracle.Float(f)).Float64()
	return abs(d) <= 1e-12*scale
}

type partition struct {
	Complete bool
	Limit    string
	Classes  []struct {
		Class int
		volumes
	}
	None struct {
		Count int
		volumes
	} `json:"no_class"`
}

// volumes are a volume, its share of the whole, and bounds of both.
type volumes struct {
	Volume   *float64
	Fraction *float64 `json:"volume_fraction"`
	Bounds   *struct {
		Lower, Upper  float64
		FractionLower float64 `json:"fraction_lower"`
		FractionUpper float64 `json:"fraction_upper"`
		Basis         string
	} `json:"volume_bounds"`
}

// askPartition compares the volumes of the classes.
func (r *run) askPartition(s set, regions []oracle.Region) {
	args := []string{"partition", r.path("net.onnx"), s.input()}
	var a partition
	code, trouble := r.ask(&a, args...)
	if trouble != "" || code != 0 || !a.Complete {
		r.record(Unknown, args, "%s %s", a.Limit, trouble)
		return
	}
	free, outputs := s.free(), r.exact.Outputs()
	if len(free) == 0 {
		r.record(Right, args, "a point, which is not looked at")
		return
	}
	whole := oracle.Volume(s.cell(), free)
	rest := new(big.Rat).Set(whole)
	for _, c := range a.Classes {
		u := oracle.OneOf([]int{c.Class}, outputs, oracle.Int(0))
		v := oracle.TotalVolume(oracle.Preimage(regions, u), free)
		if !r.volume(args, v, whole, &c.volumes) {
			return
		}
		rest.Sub(rest, v)
	}
	if !r.volume(args, rest, whole, &a.None.volumes) {
		return
	}
	r.record(Right, args, "")
}

// volume compares a volume; what differs is recorded.
func (r *run) volume(args []string, exact, whole oracle.Rat, v *volumes) bool {
	said, fraction := v.Volume, v.Fraction
	e, _ := exact.Float64()
	w, _ := whole.Float64()
	if said == nil || fraction == nil {
		if exact.Sign() == 0 && len(args) == 0 {
			return true
		}
		r.record(Unknown, args, "no volume where it is %v", e)
		return false
	}
	if abs(e-*said) > float64(1e-6*e)+float64(1e-12*w) || abs(e/w-*fraction) > 1e-6*e/w+1e-12 {
		r.record(False, args, "the volume is %v, a share of %v; said are %v and %v", e, e/w, *said, *fraction)
		return false
	}
	b, share := v.Bounds, new(big.Rat).Quo(exact, whole)
	switch {
	case b == nil || b.Basis != "rigorous":
		r.record(Unknown, args, "no rigorous bounds of the volume %v", e)
		return false
	case oracle.Float(b.Lower).Cmp(exact) > 0 || oracle.Float(b.Upper).Cmp(exact) < 0 || oracle.Float(b.FractionLower).Cmp(share) > 0 || oracle.Float(b.FractionUpper).Cmp(share) < 0:
		r.record(False, args, "the volume is %v, a share of %v; the bounds are %v", e, e/w, *b)
		return false
	case b.Upper-b.Lower > float64(1e-6*b.Upper)+1e-290 || b.FractionUpper-b.FractionLower > float64(1e-6*b.FractionUpper)+1e-290:
		r.record(Unknown, args, "wide bounds: %v", *b)
		return false
	}
	return true
}

// askRegions compares the number of linear regions.
func (r *run) askRegions(s set, regions []oracle.Region) {
	args := []string{"regions", r.path("net.onnx"), s.input(), "--count"}
	if len(s.free()) == 0 {
		return
	}
	var a struct {
		Status string
		Count  *int
	}
	code, trouble := r.ask(&a, args...)
	if trouble != "" || code != 0 || a.Status != "complete" || a.Count == nil {
		r.record(Unknown, args, "%s %s", a.Status, trouble)
		return
	}
	count := 0
	for _, region := range regions {
		if region.Dim() == len(s.free()) {
			count++
		}
	}
	if *a.Count < count || *a.Count > count && !r.hasMaxima() {
		r.record(False, args, "there are %d regions, said are %v", count, *a.Count)
		return
	}
	r.record(Right, args, "")
}

type preimage struct {
	Complete bool
	Limit    string
	Count    int
	volumes
	Sets []polyhedron
}

type polyhedron struct {
	HalfSpaces []struct {
		Normal []float64
		Offset float64
	}
	Vertices [][]float64
}

// askPreimage compares the volume of a preimage, looks for a polyhedron around the
// middle of every part with interior, and for parts close to the vertices.
func (r *run) askPreimage(s set, regions []oracle.Region) {
	target := newHalves(r.rng, regions, r.exact.Outputs(), true)
	if r.rng.IntN(30) == 0 { // numbers whose products leave float64
		target[0][0].a[r.rng.IntN(r.exact.Outputs())] = []float64{1e308, -1e300}[r.rng.IntN(2)]
	}
	args := []string{"preimage", r.path("net.onnx"), s.input(), "--output", target.expression(), "--volume", "--sets"}
	var a preimage
	code, trouble := r.ask(&a, args...)
	if trouble != "" || code != 0 || !a.Complete {
		r.record(Unknown, args, "%s %s", a.Limit, trouble)
		return
	}
	free := s.free()
	var cells []*oracle.Cell
	rest := oracle.Union{nil}
	exact := target.union(half.exact)
	for _, part := range exact { // disjoint parts, so that volumes add up
		one := oracle.Union{part}
		for _, c := range oracle.Preimage(regions, rest.And(one)) {
			if c.Dim() == len(free) {
				cells = append(cells, c)
			}
		}
		rest = rest.And(one.Not())
	}
	volume := oracle.TotalVolume(cells, free)
	if len(free) > 0 && !r.volume(args, volume, oracle.Volume(s.cell(), free), &a.volumes) {
		return
	}
	for _, c := range cells {
		x := c.Middle()
		found := false
		for _, p := range a.Sets {
			found = found || p.about(x)
		}
		if !found {
			r.record(False, args, "%v is in the preimage and in no polyhedron", x)
			return
		}
	}
	for _, p := range a.Sets {
		for _, v := range p.Vertices {
			if !r.meets(s, regions, exact, v) {
				r.record(False, args, "the vertex %v is far from the preimage", v)
				return
			}
		}
	}
	r.record(Right, args, "")
}

// about reports whether a polyhedron contains a point, but for roundings.
func (p polyhedron) about(x []oracle.Rat) bool { return p.aboutIn(x, 0) }

// aboutIn is about on a set with numbers of a size, of which roundings are a part.
func (p polyhedron) aboutIn(x []oracle.Rat, reach float64) bool {
	for _, h := range p.HalfSpaces {
		size, excess := abs(h.Offset), oracle.Float(-h.Offset)
		for i, a := range h.Normal {
			term := new(big.Rat).Mul(oracle.Float(a), x[i])
			excess.Add(excess, term)
			f, _ := term.Float64()
			size += max(abs(f), float64(reach*abs(a)))
		}
		if f, _ := excess.Float64(); f > 1e-12*size {
			return false
		}
	}
	return true
}

// meets reports whether some point of the preimage's closure is close to x.
func (r *run) meets(s set, regions []oracle.Region, target oracle.Union, x []float64) bool {
	for _, region := range regions {
		c := region.Cell
		for i, v := range x {
			by := float64(1e-9*abs(v)) + float64(1e-11*(s.corners[1][i]-s.corners[0][i]))
			if c != nil {
				c = c.Within(i, oracle.Float(v-by), oracle.Float(v+by))
			}
		}
		if c == nil {
			continue
		}
		near := region.On(c)
		for _, part := range target {
			if near.In(closure(part)) != nil {
				return true
			}
		}
	}
	return false
}

func closure(part []oracle.HalfSpace) []oracle.HalfSpace {
	closed := append([]oracle.HalfSpace(nil), part...)
	for i := range closed {
		closed[i].Strict = false
	}
	return closed
}
