package preimage

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/proof/volume"
	"github.com/netmend/netmend/region/certify"
)

// Basis is what the bounds of volumes rest on.
type Basis string

// The bases of volumes. A volume without bounds is computed in float64: its last digits may
// be wrong, and more of them for tiny parts.
const (
	// Unbounded volumes have no bounds.
	Unbounded Basis = ""
	// Rigorous bounds contain the volume for certain: package proof/volume encloses the volume
	// of each part, using the exact half-spaces that package proof/tree knows, and the result
	// is proven complete.
	Rigorous Basis = "rigorous"
	// Sampled bounds contain the volume with [Confidence]: they are those of a share of
	// independent random points.
	Sampled Basis = "sampled"
)

// and is the basis of a sum.
func (b Basis) and(other Basis) Basis {
	switch {
	case b == Unbounded || other == Unbounded:
		return Unbounded
	case b == Sampled || other == Sampled:
		return Sampled
	}
	return Rigorous
}

// emptyBasis is that of the volumes of an empty domain.
func emptyBasis(opt RegionsOptions) Basis {
	if opt.Prove {
		return Rigorous
	}
	return Unbounded
}

// rigorousDim is the largest dimension in which volumes are enclosed rigorously: the number of
// simplices of a polyhedron grows faster than exponentially.
const rigorousDim = 5

// Extents are volumes that contain those of a result; see [Result.Volume].
type Extents struct {
	Basis          Basis
	Volume, Domain volume.Interval
}

// Share is the volume's share of the domain's: between 0 and 1.
func (e Extents) Share() volume.Interval { return ShareOf(e.Volume, e.Domain) }

// ShareOf is the share of a part in the whole, given intervals that contain their volumes;
// from 0 to 1 if the whole may have no volume.
func ShareOf(part, whole volume.Interval) volume.Interval {
	if part == whole {
		return volume.Interval{Lo: 1, Hi: 1} // so are parts that are all of it
	}
	if !(whole.Lo > 0) {
		return volume.Interval{Hi: 1}
	}
	return part.Over(whole)
}

// add adds the extents of another part of the same set.
func (e *Extents) add(o Extents) {
	e.Basis = e.Basis.and(o.Basis)
	e.Volume, e.Domain = e.Volume.Plus(o.Volume), e.Domain.Plus(o.Domain)
}

// middle is a number in an interval: its middle, or where that is known to twelve digits the
// one with the fewest bits, since all are as good.
func middle(i volume.Interval) float64 {
	m := min(i.Hi, max(i.Lo, i.Lo+float64((i.Hi-i.Lo)/2)))
	if i.Hi-i.Lo > float64(0x1p-40*i.Hi) {
		return m
	}
	fraction, e := math.Frexp(m)
	for bits := range 53 {
		if v := math.Ldexp(math.Round(math.Ldexp(fraction, bits)), e-bits); v >= i.Lo && v <= i.Hi {
			return v
		}
	}
	return m
}

// varying counts the inputs of a problem that vary.
func varying(p *tree.Problem) int {
	n := 0
	for j, lo := range p.Lo {
		if lo < p.Hi[j] {
			n++
		}
	}
	return n
}

// boxVolume is the volume of a problem's box in the inputs that vary.
func boxVolume(p *tree.Problem) volume.Interval {
	v := big.NewRat(1, 1)
	for j, lo := range p.Lo {
		if lo < p.Hi[j] {
			w := new(big.Rat).SetFloat64(p.Hi[j])
			v.Mul(v, w.Sub(w, new(big.Rat).SetFloat64(lo)))
		}
	}
	return volume.Around(v)
}

// measured reports whether a covering is asked for volumes.
func (e *enumeration) measured(opt RegionsOptions) bool {
	return opt.Volume && !e.faces && opt.Rounded == Exact && (e.result.free == nil && e.domain.Dim <= rigorousDim || e.result.free != nil && len(e.result.free) <= rigorousDim)
}

// coverOptions are those of a covering that measures, where that is asked for: what is
// negligible in a term is so of all that float64 found of it, part by part. In small networks
// nothing is.
func (e *enumeration) coverOptions(opt RegionsOptions) certify.CoverOptions {
	o := certify.CoverOptions{Faces: e.faces, Workers: opt.Workers, Rounded: direction(opt.Rounded), Volumes: e.measured(opt)}
	r := &e.result
	if !o.Volumes || e.net.PatternLen() <= fewUnits || !(r.DomainVolume > 0) {
		return o
	}
	// Few parts are so hard to enclose that they need it, and those are small.
	const few = 32
	of := func(s Share) float64 {
		if share := s.Volume / r.DomainVolume; share > 0 && share <= 1 && s.Count > 0 {
			return few * tree.Precise * share / float64(s.Count)
		}
		return 0
	}
	for _, m := range e.members {
		if r.Shares != nil {
			o.Negligible = append(o.Negligible, of(r.Shares[m]))
		} else {
			o.Negligible = append(o.Negligible, of(Share{Count: r.Count, Volume: r.Volume}))
		}
	}
	return o
}

// measure takes over the volumes of a covering.
func (e *enumeration) measure(p *tree.Problem, covering *certify.Covering) {
	r := &e.result
	box := boxVolume(p)
	whole, total := covering.Domain.Times(box), volume.Interval{}
	members, some := make([]volume.Interval, len(r.Shares)), make(map[int]bool)
	for i := range covering.Leaves {
		for _, v := range covering.Leaves[i].Volumes {
			total = total.Plus(v.Share)
			m := e.members[v.Term]
			if some[m] = true; r.Shares != nil {
				members[m] = members[m].Plus(v.Share)
			}
		}
	}
	var tied volume.Interval
	for _, share := range covering.Tied {
		tied = tied.Plus(share)
	}
	within := func(share volume.Interval) volume.Interval {
		v := share.Times(box)
		return volume.Interval{Lo: min(v.Lo, whole.Hi), Hi: min(v.Hi, whole.Hi)}
	}
	r.Extents = Extents{Basis: Rigorous, Volume: within(total), Domain: whole}
	if !covering.Partial {
		r.Extents.Volume = whole
	}
	r.Volume, r.DomainVolume = middle(r.Extents.Volume), middle(whole)
	for m := range members {
		s := &r.Shares[m]
		if s.Within = within(members[m]); !covering.Partial && len(some) == 1 && some[m] {
			s.Within = whole
		}
		s.Volume = middle(s.Within)
	}
	r.TiedVolume = within(tied)
}

// measurePoint gives a proven domain of one point the volume 1.
func (e *enumeration) measurePoint(opt RegionsOptions) {
	r, one := &e.result, volume.Interval{Lo: 1, Hi: 1}
	if !opt.Volume || !r.Proof.Accepted {
		return
	}
	r.Extents = Extents{Basis: Rigorous, Domain: one}
	if r.Count > 0 {
		r.Extents.Volume = one
	}
	for k := range r.Shares {
		if r.Shares[k].Count > 0 {
			r.Shares[k].Within = one
		}
	}
	if r.Ties > 0 {
		r.TiedVolume = one
	}
}

// exactAxes are the axes: from the first corner to the others where there are corners.
func (f *Flat) exactAxes() [][]*big.Rat {
	axes := make([][]*big.Rat, len(f.Axes))
	for k, axis := range f.Axes {
		for j, a := range axis {
			x := new(big.Rat).SetFloat64(a)
			if f.corners != nil {
				x.SetFloat64(f.corners[k+1][j])
				x.Sub(x, new(big.Rat).SetFloat64(f.corners[0][j]))
			}
			axes[k] = append(axes[k], x)
		}
	}
	return axes
}

// unitOf is the volume of the figure that axes span: the root of the determinant of their
// products.
func unitOf(axes [][]*big.Rat) volume.Interval {
	n := len(axes)
	g := make([][]*big.Rat, n)
	for i := range axes {
		for j := range axes {
			sum := new(big.Rat)
			for k, a := range axes[i] {
				sum.Add(sum, new(big.Rat).Mul(a, axes[j][k]))
			}
			g[i] = append(g[i], sum)
		}
	}
	det := big.NewRat(1, 1)
	for k := range n {
		if g[k][k].Sign() <= 0 {
			return volume.Interval{} // axes that are not a basis
		}
		det.Mul(det, g[k][k])
		for i := k + 1; i < n; i++ {
			c := new(big.Rat).Quo(g[i][k], g[k][k])
			for j := k; j < n; j++ {
				g[i][j].Sub(g[i][j], new(big.Rat).Mul(c, g[k][j]))
			}
		}
	}
	const bits = 200
	root := new(big.Float).SetPrec(bits).SetRat(det)
	f, _ := root.Sqrt(root).Float64()
	square := new(big.Rat).SetFloat64(f)
	if square == nil {
		return volume.Interval{Lo: math.MaxFloat64, Hi: math.Inf(1)}
	}
	if square.Mul(square, square).Cmp(det) == 0 {
		return volume.Interval{Lo: f, Hi: f}
	}
	return volume.Interval{Lo: math.Nextafter(f, 0), Hi: math.Nextafter(f, math.Inf(1))}
}
