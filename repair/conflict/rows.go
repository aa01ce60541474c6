package conflict

import (
	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/spec"
)

// Row is one of the requirements that a proof of there being no repair, or of a lower
// bound, consists of, for people.
type Row struct {
	// Item of the specification, and its name.
	Item int    `json:"item"`
	Name string `json:"name"`
	// Point of the item's set, up to rounding, and whether that is what next to it the
	// pattern of a linear region requires, and not what executes there.
	Point []float64 `json:"point"`
	Limit bool      `json:"limit,omitempty"`
	// HalfSpace is what is required, in words. Class is the class meant, where several
	// are allowed.
	HalfSpace string `json:"half_space"`
	Class     *int   `json:"class,omitempty"`
	// Strict reports whether equality violates it.
	Strict bool `json:"strict,omitempty"`
	// Multiplier of the row; Exact is the multiplier if it is not a float64.
	Multiplier float64 `json:"multiplier"`
	Exact      string  `json:"multiplier_exactly,omitempty"`
}

// Rows names the rows of a certificate, of a bound specification, the largest
// multipliers first. Rows without a multiplier are left out.
func Rows(s *spec.Spec, outputs int, margin float64, rows []cert.Row) []Row {
	var all []Row
	for _, i := range heaviest(rows) {
		r := &rows[i]
		if r.Item >= len(s.Items) || !(r.Multiplier.Float64() > 0) {
			continue
		}
		it := &s.Items[r.Item]
		class := -1
		if r.Class != nil {
			class = *r.Class
		}
		out := Row{
			Item: r.Item, Name: it.Name, Point: pointOf(it, r), Limit: r.Towards != nil,
			HalfSpace: it.Output.Words(r.HalfSpace, class, outputs, margin), Class: r.Class,
			Multiplier: r.Multiplier.Float64(),
		}
		if text := r.Multiplier.String(); cert.Float(out.Multiplier) != r.Multiplier && len(text) <= longest {
			out.Exact = text
		}
		if margin == 0 && !out.Limit {
			hs := it.Output.Given(max(class, 0), outputs)
			out.Strict = r.HalfSpace < len(hs) && hs[r.HalfSpace].Strict
		}
		all = append(all, out)
	}
	return all
}

// longest is how many characters of a rational are worth showing.
const longest = 200

// pointOf is a row's point, up to rounding.
func pointOf(it *spec.Item, r *cert.Row) []float64 {
	var corners [][]float64
	switch {
	case it.Segment != nil:
		corners = [][]float64{it.Segment.From, it.Segment.To}
	case it.Polygon != nil && r.Triangle+2 < len(it.Polygon.Vertices):
		v := it.Polygon.Vertices
		corners = [][]float64{v[0], v[r.Triangle+1], v[r.Triangle+2]}
	default:
		return it.Point
	}
	if len(r.At) != len(corners)-1 {
		return nil
	}
	x := append([]float64(nil), corners[0]...)
	for k, at := range r.At {
		t := at.Float64()
		for i := range x {
			x[i] += float64(t * (corners[k+1][i] - corners[0][i]))
		}
	}
	return x
}
