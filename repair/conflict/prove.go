package conflict

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"sort"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec"
)

// Limits of the search for exact multipliers: rows, and coefficients in all.
const (
	maxSupport      = 48
	maxCoefficients = 1 << 22
)

// negligible are the shares of the largest multiplier below which others are left
// out, tried one after the other.
var negligible = []float64{0, 0x1p-40, 0x1p-30, 0x1p-20, 0x1p-10}

// Prove makes the rows of body, whose multipliers are about those of a contradiction,
// ones that [proof.NoRepair] accepts, and drops those that are not needed. The layer,
// the margin, the bound and the free parameters are body's; the specification must be
// bound ([proof.Bind]). It returns the contradiction. The error, where no rows are found,
// is that of those at hand; body is then unchanged.
func Prove(ctx context.Context, net *nn.Network, s *spec.Spec, body *cert.Repair, workers int) (*big.Rat, error) {
	whole := *body
	whole.Rows = slices.DeleteFunc(slices.Clone(body.Rows), func(r cert.Row) bool { return !(r.Multiplier.Float64() > 0) })
	value, err := proof.NoRepair(ctx, net, s, &whole, workers)
	if err == nil {
		body.Rows = whole.Rows
	}
	if err == nil || ctx.Err() != nil || errors.Is(err, proof.ErrUnknown) {
		return value, err
	}
	withMargin := *s
	withMargin.Margin = body.Margin
	maker, missing := proof.NewRows(net, &withMargin, body.Layer)
	if missing != nil {
		return nil, err
	}
	free, missing := freeOf(net, body)
	if missing != nil {
		return nil, err
	}
	order := heaviest(whole.Rows)
	before := 0
	for _, share := range negligible {
		n := sort.Search(len(order), func(i int) bool {
			return whole.Rows[order[i]].Multiplier.Float64() < share*whole.Rows[order[0]].Multiplier.Float64()
		})
		if n > maxSupport || n == before {
			continue
		}
		before = n
		support := slices.Clone(order[:n])
		slices.Sort(support)
		p := *body
		p.Rows = nil
		for _, i := range support {
			p.Rows = append(p.Rows, whole.Rows[i])
		}
		if !exactly(ctx, maker, &p, free) {
			continue
		}
		if value, refused := proof.NoRepair(ctx, net, s, &p, workers); refused == nil {
			body.Rows = p.Rows
			return value, nil
		}
	}
	return nil, err
}

// heaviest are rows by their multipliers, the largest first.
func heaviest(rows []cert.Row) []int {
	order, weight := make([]int, len(rows)), make([]float64, len(rows))
	for i := range rows {
		order[i], weight[i] = i, rows[i].Multiplier.Float64()
	}
	sort.SliceStable(order, func(a, b int) bool { return weight[order[a]] > weight[order[b]] })
	return order
}

// freeOf are the parameters that body leaves free; nil for all.
func freeOf(net *nn.Network, body *cert.Repair) ([]bool, error) {
	_, op, err := net.Layer(body.Layer)
	if err != nil || body.Free == nil {
		return nil, err
	}
	w := op.Channel(nn.ValueChannel).Weight
	free := make([]bool, 0, w.Rows*(w.Cols+1))
	for i, n := range body.Free {
		for range n {
			free = append(free, i%2 == 1)
		}
	}
	return free, nil
}

// Opposed looks for two items that exclude each other by themselves
// ([spec.Spec.Contradictions]) and sets the rows of body to a proof of that, which
// [proof.NoRepair] accepts. It returns the contradiction, nil if there are none.
func Opposed(ctx context.Context, net *nn.Network, s *spec.Spec, body *cert.Repair, workers int) *big.Rat {
	for _, c := range s.Contradictions(net.OutDim(), body.Margin) {
		p := *body
		for _, classes := range choices(s, c) {
			p.Rows = nil
			for i, item := range c.Items {
				if i == 1 && item == c.Items[0] && c.HalfSpaces[1] == c.HalfSpaces[0] {
					continue // 0 < 0
				}
				r := cert.Row{Item: item, HalfSpace: c.HalfSpaces[i], Class: classes[i], Multiplier: cert.Float(1)}
				it := &s.Items[item]
				switch {
				case it.Segment != nil:
					r.At = cert.Floats(0)
				case it.Polygon != nil:
					r.At = cert.Floats(0, 0)
				}
				p.Rows = append(p.Rows, r)
			}
			adapt(s, &p, net.OutDim())
			if value, err := proof.NoRepair(ctx, net, s, &p, workers); err == nil {
				body.Rows = p.Rows
				return value
			}
		}
	}
	return nil
}

// choices are the classes that the two sides of a contradiction may mean, as the
// network decides which of several allowed classes it prefers.
func choices(s *spec.Spec, c spec.Contradiction) [][2]*int {
	of := func(i int) []*int {
		if c.Classes[i] < 0 {
			return []*int{nil}
		}
		var all []*int
		for _, k := range s.Items[c.Items[i]].Output.Allowed {
			all = append(all, &k)
		}
		return all
	}
	var all [][2]*int
	for _, a := range of(0) {
		for _, b := range of(1) {
			all = append(all, [2]*int{a, b})
		}
	}
	return all
}

// adapt makes two rows of classes those in which each beats the other.
func adapt(s *spec.Spec, p *cert.Repair, outputs int) {
	if len(p.Rows) < 2 {
		return
	}
	a, b := &p.Rows[0], &p.Rows[1]
	if a.Class == nil && b.Class == nil {
		return
	}
	class := func(r *cert.Row) int {
		if r.Class != nil {
			return *r.Class
		}
		return s.Items[r.Item].Output.Allowed[0]
	}
	against := func(r, other *cert.Row) {
		o := &s.Items[r.Item].Output
		always := len(o.Given(o.Allowed[0], outputs)) - len(o.Disallowed(outputs))
		r.HalfSpace = always + slices.Index(o.Disallowed(outputs), class(other))
	}
	against(a, b)
	against(b, a)
}
