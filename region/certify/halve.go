package certify

import "github.com/netmend/netmend/cert"

const (
	// fewOpen is the number of units of which several pieces may execute up to which a cell
	// is divided at one of them: then few cells are left until all pieces are known, and the
	// linear programs over them are exact.
	fewOpen = 10
	// maxHalvings is how often a cell is halved for each input that varies. What it takes more
	// for is likely to be touched by the target, which only exact steps tell.
	maxHalvings = 16
)

// column appends the form of half-space i of a term.
func (e *explorer) column(dst []float64, t, i int) ([]float64, error) {
	if e.back {
		return e.state.BackForm(dst, t, []cert.Weight{{Row: i, Value: 1}})
	}
	return e.state.Column(dst, t, i)
}

// halve divides the cell in the middle of the range of the input that matters most, where
// that is better than to divide it at a unit.
func (e *explorer) halve() (bool, error) {
	if !e.back || e.state.Rows() > 0 || e.state.Halved() >= maxHalvings*e.state.Vars() {
		return false, nil
	}
	var ambiguous int
	var err error
	if e.influence, ambiguous, err = e.state.Influence(e.influence[:0]); err != nil {
		return false, err
	}
	if ambiguous <= fewOpen {
		return false, nil
	}
	k := 0
	for i, v := range e.influence {
		if v > e.influence[k] {
			k = i
		}
	}
	at, ok := e.state.Middle(k)
	if !ok {
		return false, nil
	}
	below, above := e.pool.halve(k, at)
	e.keep(&cert.Step{Kind: cert.Halve, Index: k})
	if len(e.point) > 0 && e.point[k] > at {
		e.thin, e.pool, e.put = false, above, append(e.put, putOff{true, false, below})
		return true, e.state.HalveUpper(k)
	}
	e.thin, e.pool, e.put = false, below, append(e.put, putOff{false, false, above})
	return true, e.state.Halve(k)
}

// halve takes the points apart: those where variable k is below a value, and the others.
func (p *pool) halve(k int, at float64) (below, above pool) {
	for _, x := range p.points {
		if x[k] < at {
			below.points = append(below.points, x)
		} else {
			above.points = append(above.points, x)
		}
	}
	return below, above
}
