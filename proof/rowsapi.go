package proof

import (
	"context"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Row names the place as a row of a certificate, with the multiplier 0. The point is
// exact, and so is the pattern's side.
func (p *Place) Row() cert.Row {
	r := cert.Row{Item: p.Item, Triangle: p.Triangle, HalfSpace: p.HalfSpace}
	if len(p.Weights) > 1 {
		r.At = cert.Exacts(p.Weights[1:])
		if p.Inward != nil {
			r.Towards = cert.Exacts(p.Inward[1:])
		}
	}
	if p.Class >= 0 {
		class := p.Class
		r.Class = &class
	}
	return r
}

// Rows computes for writers of certificates what their rows say.
type Rows struct{ m *rowMaker }

// NewRows prepares for rows of a change of layer k, from 1, of a network and a specification,
// with its margin, whose items to keep are bound ([Bind]). An error that wraps ErrUnknown
// means that there are no exact rows for such networks or layers.
func NewRows(net *nn.Network, s *spec.Spec, k int) (*Rows, error) {
	if err := aboutOutputs(net, s.BeforeEnd); err != nil {
		return nil, err
	}
	m, err := newRowMaker(net, s, s.Margin, k)
	if err != nil {
		return nil, err
	}
	return &Rows{m}, nil
}

// Pattern of a row's point. It fails if the checker would refuse the row.
func (r *Rows) Pattern(row *cert.Row) (nn.Pattern, error) {
	p, err := r.m.locate(row)
	if err != nil {
		return nil, err
	}
	need := newNeed(&r.m.spec.Items[row.Item].Output, r.m.net.net.OutDim(), r.m.margin)
	if _, err := r.m.halfSpace(need, row, p); err != nil {
		return nil, err
	}
	return r.m.net.patternOf(p.end), nil
}

// ExactRow is what a row of a certificate says about the change D of a layer, exactly: Σ
// Coefficients D <= RHS, or < where it is Strict.
type ExactRow struct {
	// Scale is the factor, from 1 to 2, with which a row at a point of weights that
	// are not dyadic counts ([cert.Row.Multiplier]); RHS and Coefficients have it.
	Scale  *big.Rat
	RHS    *big.Rat
	Strict bool

	row      *row
	meetings [][]meeting
	count    int
}

// Exact computes a row. It fails if the checker would refuse it.
func (r *Rows) Exact(row *cert.Row) (*ExactRow, error) {
	made, err := r.m.row(row)
	if err != nil {
		return nil, err
	}
	return &ExactRow{
		Scale: rational(&made.scale.m[0], made.scale.e), RHS: made.rhs, Strict: made.strict,
		row: made, meetings: r.m.meetings, count: r.m.parameters,
	}, nil
}

// Coefficients are those of the layer's parameters, for each output its inputs in
// order and then the bias: m[i] 2^e.
func (r *ExactRow) Coefficients() (m []big.Int, e int) {
	one := &row{g: r.row.g, h: r.row.h, scale: r.row.scale, rhs: new(big.Rat), multiplier: exactOf([]float64{1})}
	d := &dual{rhs: new(big.Rat), q: exactValues{m: make([]big.Int, r.count), e: noExponent}}
	if d.add([]*row{one}, r.meetings) != nil {
		return nil, 0
	}
	return d.q.m, d.q.e
}

// Floats are the nearest float64 numbers to the row of a layer, without its scale:
// the gradient g by the layer's outputs, the layer's input h, and the right-hand side;
// for a dense layer it is Σ g_u D_ui [h; 1]_i <= rhs.
func (r *ExactRow) Floats() (g, h []float64, rhs float64) {
	scale := new(big.Float).SetRat(r.Scale)
	numbers := func(v *exactValues, by *big.Float) []float64 {
		out := make([]float64, len(v.m))
		for i := range v.m {
			x := new(big.Float).SetInt(&v.m[i])
			if x.Sign() != 0 {
				x.SetMantExp(x, v.e)
				out[i], _ = x.Quo(x, by).Float64()
			}
		}
		return out
	}
	g, h = numbers(&r.row.g, big.NewFloat(1)), numbers(&r.row.h, scale)
	rhs = float(new(big.Rat).Quo(r.RHS, r.Scale))
	return g, h, rhs
}

// Vertices are the corners of a linear region of an item, or of the given triangle of a
// polygon: of the closure of the points that have the pieces tail of the units from firstUnit
// on and, of those before, the pieces that execute at near, by its weights of the second and
// third corner. There are none if that is empty. The rows lead to the corners from within,
// and name no half-space. An error means that near is not a point of the item.
func (r *Rows) Vertices(item, triangle int, near []cert.Number, tail []uint8, firstUnit int) ([]cert.Row, error) {
	p, err := r.m.locate(&cert.Row{Item: item, Triangle: triangle, At: near})
	if err != nil {
		return nil, err
	}
	want := r.m.net.patternOf(p.end)
	if firstUnit < 0 || firstUnit+len(tail) != len(want) {
		return nil, nil
	}
	copy(want[firstUnit:], tail)
	c := r.m.net.region(p.corners, want)
	if c == nil {
		return nil, nil
	}
	inward := middle(c.vertices).weights(len(p.corners))
	var rows []cert.Row
	for i, v := range c.vertices {
		row := cert.Row{Item: item, Triangle: triangle, At: cert.Exacts(v.weights(len(p.corners))[1:])}
		if c.open[i] {
			row.Towards = cert.Exacts(inward[1:])
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// region is the cell of a simplex on which a pattern executes; nil for none.
func (n *network) region(corners [][]float64, want nn.Pattern) *cell {
	var k cutter
	c, s := simplexCell(len(corners)), inputState(corners)
	for i := range n.nodes {
		d := &n.nodes[i]
		if d.pieces == nil {
			s = n.affineState(s, i)
			continue
		}
		in, pattern := s.at(d.inputs[0]), want[d.from:d.to]
		for u, piece := range pattern {
			for b, z := range d.pieces.breaks {
				upper, lower := k.split(c, n.newForm(in, nn.ActivationChannel, len(corners), []term{{u, 1}}, []float64{-z}))
				if c = lower; int(piece) > b {
					c = upper
				}
				if c == nil {
					return nil
				}
			}
		}
		s = n.activationState(s, i, pattern)
	}
	return c
}

// NoRepair is the contradiction of a certificate's rows with their multipliers,
// yᵀb + bound |Aᵀy|₁, which proves that no change of the layer within the bound meets
// the requirement: it is negative, or 0 and a row is strict. An error says why they
// prove nothing. The specification must be bound ([Bind]); digests are not looked at.
func NoRepair(ctx context.Context, original *nn.Network, s *spec.Spec, body *cert.Repair, workers int) (*big.Rat, error) {
	if err := aboutOutputs(original, s.BeforeEnd); err != nil {
		return nil, err
	}
	free, err := freeOf(original, body)
	if err != nil {
		return nil, err
	}
	y, err := dualOf(ctx, original, s, body, free, Options{Workers: workers})
	if err != nil {
		return nil, err
	}
	return y.infeasible(body.Bound)
}
