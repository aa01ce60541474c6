package repair

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair/conflict"
	"github.com/netmend/netmend/repair/internal/exact"
	"github.com/netmend/netmend/spec"
)

const (
	// maxExactParameters are the free parameters of a layer for which the linear program
	// is solved exactly where float64 leaves something open.
	maxExactParameters = 256
	// maxExactRounds bounds how often rows are added to it, for the solution and again
	// for a stored change.
	maxExactRounds = 60
	// maxExactRows bounds the rows that enter at once.
	maxExactRows = 60
	// maxExactPieces bounds the pieces of the network that are checked for it.
	maxExactPieces = 1 << 14
	// exactWork is the limit of a solve, a second or so.
	exactWork = 1 << 24
	// storeNodes are those of a search on the numbers of the file's type: some for each
	// parameter. Where a repair is at hand that is within nearSmallest of the smallest,
	// what can be gained is little, and it is fewNodes.
	storeNodes, fewNodes = 160, 16
	nearSmallest         = 1e-3
	// noMargin is a margin that no half-space of a network has.
	noMargin = 0x1p1000
	// leastSum is the share of the sum, per parameter, in an objective that is the maximum
	// alone: of equal maxima the smaller sum.
	leastSum = 0x1p-36
)

// exactSearch solves the linear program in exact arithmetic, with the rows that package
// proof finds violated, and stores its solution.
type exactSearch struct {
	v       *prover
	spec    *spec.Spec // with the margin
	maker   *proof.Rows
	program *exact.Program
	free    []int // the free parameters
	partial bool  // they are a choice: see few
	rows    []cert.Row
	known   map[string]bool
	before  []float64 // all parameters
	pieces  int       // checked so far
}

// exactly takes up what float64 left open: a repair that is not known to be the smallest,
// multipliers that prove nothing, a change that was not stored. It says nothing new where
// the network or its layer is not for exact rows, or too large for them.
func (v *prover) exactly(ctx context.Context) error {
	x, r := v.x, v.x.res
	open := r.Status == Unknown || r.Status == Found || r.Status == Repaired && !r.Smallest()
	if p := r.Proof; p != nil && p.Size.Pieces > maxExactPieces/4 {
		return nil // what takes long to check is not checked again and again
	}
	if !open || x.opt.Arithmetic == Float64 || x.opt.Executed || ctx.Err() != nil || v.deferred && r.Network != nil {
		return nil
	}
	start := time.Now()
	defer func() { r.Time.Proof += time.Since(start).Seconds() }()
	s, err := v.newExactSearch(ctx)
	if s == nil || err != nil {
		return err
	}
	return s.decide(ctx)
}

// newExactSearch is nil if there are no exact rows.
func (v *prover) newExactSearch(ctx context.Context) (*exactSearch, error) {
	x, r := v.x, v.x.res
	_, op, err := v.original.Layer(x.opt.Layer)
	if err != nil {
		return nil, err
	}
	margin := *v.spec
	margin.Margin = r.Margin
	s := &exactSearch{v: v, spec: &margin, known: map[string]bool{}, before: flat(op.Channel(nn.ValueChannel))}
	for i := range s.before {
		if x.free == nil || x.free[i] {
			s.free = append(s.free, i)
		}
	}
	if s.partial = len(s.free) > maxExactParameters; s.partial && (r.Network != nil || len(s.free) > manyParameters) {
		return nil, nil
	}
	if s.maker, err = proof.NewRows(v.original, &margin, x.opt.Layer); err != nil {
		return nil, nil // there are no exact rows
	}
	if s.partial {
		if ok, err := s.few(ctx); !ok || err != nil {
			return nil, err
		}
	}
	bound := new(big.Rat).SetFloat64(x.opt.Bound)
	s.program = exact.New(len(s.free), bound, exactObjective(x.opt, len(s.before)), s.work(), func() bool { return ctx.Err() != nil })
	return s, nil
}

// exactObjective is a norm for n parameters, of the Euclidean one the square.
func exactObjective(opt Options, n int) exact.Objective {
	if opt.Norm == L2 {
		return exact.Objective{}
	}
	one, count := big.NewRat(1, 1), big.NewRat(1, int64(n))
	o := exact.Objective{Sum: new(big.Rat), Max: new(big.Rat)}
	switch opt.Norm {
	case L1:
		o.Sum.Set(one)
	case Mix:
		o.Sum.Mul(count, new(big.Rat).SetFloat64(opt.L1Weight))
		o.Max.SetFloat64(opt.LinfWeight)
	default:
		o.Max.Set(one)
	}
	if o.Sum.Sign() == 0 {
		o.Sum.Mul(count, new(big.Rat).SetFloat64(leastSum))
		o.Sum.Mul(o.Sum, o.Max)
	}
	return o
}

func (s *exactSearch) decide(ctx context.Context) error {
	status, err := s.solve(ctx)
	if err != nil || ctx.Err() != nil {
		return err
	}
	switch status {
	case lp.Infeasible:
		s.refuted(ctx, s.program.Multipliers())
		return nil
	case lp.Optimal:
		return s.store(ctx)
	}
	return nil
}

// solve adds rows until the solution, in float64, violates none that is new. Stopped where
// that takes too much.
func (s *exactSearch) solve(ctx context.Context) (lp.Status, error) {
	for range s.rounds() {
		status := s.program.Solve()
		if status != lp.Optimal || ctx.Err() != nil {
			return status, nil
		}
		values := append([]float64(nil), s.before...)
		for k, d := range s.program.Change() {
			i := s.free[k]
			sum := new(big.Rat).SetFloat64(s.before[i])
			values[i], _ = sum.Add(sum, d).Float64()
		}
		check, _, err := s.check(ctx, values)
		if err != nil {
			return lp.Stopped, err
		}
		if check == nil || check.Status == proof.StatusUnknown {
			return lp.Stopped, nil
		}
		n, err := s.add(check, nil)
		if n == 0 && err == nil && check.Status != proof.StatusHolds {
			n, err = s.missed(ctx)
		}
		if n == 0 || err != nil {
			return lp.Optimal, err
		}
	}
	return lp.Stopped, nil
}

// missed adds rows that the solution itself violates. A check finds those of its rounding,
// which may meet them by as much as it misses others; so all rows there are are compared
// with the solution, those of a check that asks for a margin that nothing has.
func (s *exactSearch) missed(ctx context.Context) (int, error) {
	margin := noMargin
	check, err := proof.Check(ctx, s.v.original, s.v.spec, proof.Options{Margin: &margin, Workers: s.v.x.opt.Workers, Choice: s.v.choice(), Kept: s.v.kept})
	if err != nil || ctx.Err() != nil {
		return 0, err
	}
	if s.pieces += check.Size.Pieces; s.pieces > maxExactPieces {
		return 0, nil
	}
	return s.add(check, s.program.Change())
}

// check checks the network with given parameters; nil if no network has them.
func (s *exactSearch) check(ctx context.Context, values []float64) (*proof.Result, *nn.Network, error) {
	if !vector.AllFinite(values...) {
		return nil, nil, nil
	}
	x := s.v.x
	_, op, err := s.v.original.Layer(x.opt.Layer)
	if err != nil {
		return nil, nil, err
	}
	p := filled(op.Channel(nn.ValueChannel), values)
	net, err := s.v.original.WithLayer(x.opt.Layer, &p)
	if err != nil {
		return nil, nil, err
	}
	check, err := proof.Check(ctx, net, s.v.spec, proof.Options{Margin: &x.res.Margin, Workers: x.opt.Workers, Choice: s.v.choice()})
	if ctx.Err() != nil {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if s.pieces += check.Size.Pieces; s.pieces > maxExactPieces && check.Status != proof.StatusHolds {
		return nil, nil, nil // too much
	}
	return check, net, nil
}

// add adds the rows of violations that are new, the worst first, and counts them: with a
// change, of those that it does not meet.
func (s *exactSearch) add(check *proof.Result, change []*big.Rat) (int, error) {
	type candidate struct {
		row cert.Row
		key string
	}
	var fresh []candidate
	for i := range check.Violations {
		row := check.Violations[i].Row()
		class := -1
		if row.Class != nil {
			class = *row.Class
		}
		key := fmt.Sprint(row.Item, row.Triangle, row.At, row.Towards, row.HalfSpace, class)
		if !s.known[key] {
			fresh = append(fresh, candidate{row, key})
		}
	}
	added := 0
	for i := range fresh {
		if added == maxExactRows {
			break
		}
		c := &fresh[i]
		row, err := s.maker.Exact(&c.row)
		if err != nil {
			continue // as of a class that the original does not prefer there
		}
		m, e := row.Coefficients()
		if m == nil {
			continue
		}
		out := exact.Row{RHS: row.RHS, Strict: row.Strict}
		for _, k := range s.free {
			out.Coefficients = append(out.Coefficients, dyadic(&m[k], e))
		}
		if change != nil && meets(&out, change) {
			continue
		}
		s.known[c.key] = true
		s.program.Add(out)
		s.rows = append(s.rows, c.row)
		added++
	}
	return added, nil
}

// meets reports whether a change meets a row, strictly where it is strict.
func meets(row *exact.Row, change []*big.Rat) bool {
	sum := new(big.Rat)
	for k, a := range row.Coefficients {
		sum.Add(sum, new(big.Rat).Mul(a, change[k]))
	}
	c := sum.Cmp(row.RHS)
	return c < 0 || c == 0 && !row.Strict
}

// dyadic is m 2^e.
func dyadic(m *big.Int, e int) *big.Rat {
	if e >= 0 {
		return new(big.Rat).SetInt(new(big.Int).Lsh(m, uint(e)))
	}
	return new(big.Rat).SetFrac(m, new(big.Int).Lsh(big.NewInt(1), uint(-e)))
}

// body is a certificate's, with multipliers of the rows.
func (s *exactSearch) body(y []*big.Rat) (*cert.Repair, error) {
	r := s.v.x.res
	body := &cert.Repair{Layer: r.Layer, Margin: r.Margin, Bound: &r.Bound, Rows: []cert.Row{}}
	var err error
	if body.Free, err = FreeRuns(s.v.original, r.Layer, s.v.x.opt.Free); err != nil {
		return nil, err
	}
	for i, v := range y {
		if v.Sign() == 0 {
			continue
		}
		row := s.rows[i]
		row.Multiplier = cert.Exact(v)
		if _, err := row.Multiplier.Rat(); err != nil {
			f, _ := v.Float64() // too long
			row.Multiplier = cert.Float(f)
		}
		body.Rows = append(body.Rows, row)
	}
	return body, nil
}

// refuted has package proof check multipliers of a contradiction.
func (s *exactSearch) refuted(ctx context.Context, y []*big.Rat) bool {
	v := s.v
	body, err := s.body(y)
	if err != nil {
		return false
	}
	value, err := conflict.Prove(ctx, v.original, s.spec, body, v.x.opt.Workers)
	if err != nil {
		return false
	}
	v.x.forget()
	r := v.x.res
	r.Found, r.Reason, r.Farkas, r.Proof, r.unstored = "", "", nil, nil, false
	r.refuted(s.spec, v.original.OutDim(), body.Rows, value)
	return true
}
