package cert

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// StepKind says what a [Step] of a split tree does.
type StepKind uint8

// The kinds of steps, as package proof/tree executes them.
const (
	// Split divides the cell at breakpoint Level of unit Index; the steps of the
	// lower part follow, and then those of the upper one.
	Split StepKind = 1 + iota
	// Low and High bound variable Index, an input that varies, from below and above.
	Low
	High
	// Floor and Ceil bound the value that the function of unit Index is applied to.
	Floor
	Ceil
	// Close shows that the cell does not meet term Index of the target.
	Close
	// Empty shows that the cell has no point. It has no Index.
	Empty
	// CloseExactly and EmptyExactly show the same by integral multipliers of half-spaces that
	// are computed without rounding, for a target that is only touched, or a cell that is.
	CloseExactly
	EmptyExactly
	// Halve divides the cell in the middle of the range of variable Index; the steps of the
	// lower part follow, and then those of the upper one.
	Halve
	// Refine bounds the values that the functions of all units are applied to, by
	// substitution from the unit back to the inputs. It has no Index.
	Refine
	// CloseBack shows what Close shows, but the weighted sum of the term's half-spaces is
	// bounded by substitution back to the inputs.
	CloseBack
)

// Step is one step of a split tree, which is a proof. A cell is done when all terms of the
// target are closed; the next step then belongs to the cell postponed last.
type Step struct {
	Kind  StepKind
	Index int
	// Level is the number of a breakpoint, from 0, of a Split.
	Level int
	// Rows are multipliers of half-spaces that contain the cell: those of the input
	// set in their order, and then one for each split above the cell, from the root.
	Rows []Weight
	// Columns are multipliers of the half-spaces of the term, of a Close or a CloseBack.
	Columns []Weight
	// Exact are the multipliers of a CloseExactly or an EmptyExactly, nil for others.
	Exact *Combination
}

// indexed reports whether steps of a kind have an Index.
func (k StepKind) indexed() bool { return k != Empty && k != EmptyExactly && k != Refine }

// weighed reports whether steps of a kind have Rows, and closes whether they have Columns.
func (k StepKind) weighed() bool { return k != Split && k != Halve && k != Refine && !k.exact() }

func (k StepKind) closes() bool { return k == Close || k == CloseBack }

// exact reports whether steps of a kind have Exact.
func (k StepKind) exact() bool { return k == CloseExactly || k == EmptyExactly }

// Weight is a multiplier of a half-space with a number, from 0.
type Weight struct {
	Row   int
	Value float64
}

// Multipliers are stored in as few bytes as hold all of a step: as float64, float32,
// or the upper half of a float32. The kind's byte says which.
const (
	widthShift = 6
	kindMask   = 1<<widthShift - 1
)

var widthBytes = [...]int{2, 4, 8}

// Narrow is v with the 8 bits of precision that take the fewest bytes, for a
// multiplier that need not be exact.
func Narrow(v float64) float64 {
	const half = 0x8000
	return float64(math.Float32frombits((math.Float32bits(float32(v)) + half) &^ (2*half - 1)))
}

// widthOf is the index in widthBytes of what holds a multiplier.
func widthOf(v float64) int {
	switch {
	case float64(float32(v)) != v:
		return 2
	case math.Float32bits(float32(v))<<16 != 0:
		return 1
	}
	return 0
}

// AppendStep appends a step in its binary form:
//
//	byte      the kind, plus 64 where multipliers are float32, 128 where float64
//	uvarint   Index, of all but Empty, EmptyExactly and Refine
//	uvarint   Level, of a Split
//	weights   Columns, of a Close and a CloseBack
//	weights   Rows, of all but a Split, a Halve, a Refine, CloseExactly and EmptyExactly
//	integers  Exact.Units, Exact.Cuts and Exact.Columns, of these two
//
// where integers are their number as uvarint and, for each, the half-space as uvarint,
// the number of bytes of the multiplier as uvarint, and these in big-endian order, and weights are their number as uvarint and, for each, the half-space as uvarint
// and the multiplier in little-endian order.
func AppendStep(b []byte, s *Step) []byte {
	width := 0
	for _, ws := range [2][]Weight{s.Columns, s.Rows} {
		for _, w := range ws {
			width = max(width, widthOf(w.Value))
		}
	}
	b = append(b, byte(s.Kind)|byte(width<<widthShift))
	if s.Kind.indexed() {
		b = binary.AppendUvarint(b, uint64(s.Index))
	}
	if s.Kind.exact() {
		return appendExact(b, s.Exact)
	}
	if s.Kind == Split {
		return binary.AppendUvarint(b, uint64(s.Level))
	}
	if !s.Kind.weighed() {
		return b
	}
	if s.Kind.closes() {
		b = appendWeights(b, s.Columns, width)
	}
	return appendWeights(b, s.Rows, width)
}

func appendWeights(b []byte, ws []Weight, width int) []byte {
	b = binary.AppendUvarint(b, uint64(len(ws)))
	for _, w := range ws {
		b = binary.AppendUvarint(b, uint64(w.Row))
		switch width {
		case 0:
			b = binary.LittleEndian.AppendUint16(b, uint16(math.Float32bits(float32(w.Value))>>16))
		case 1:
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(w.Value)))
		default:
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(w.Value))
		}
	}
	return b
}

// StepReader reads steps one after the other.
type StepReader struct {
	rest []byte
	size int
}

// NewStepReader reads the steps in b.
func NewStepReader(b []byte) *StepReader { return &StepReader{b, len(b)} }

// Rest is the number of bytes that have not been read.
func (r *StepReader) Rest() int { return len(r.rest) }

// More reports whether another step follows.
func (r *StepReader) More() bool { return len(r.rest) > 0 }

// Next reads a step into s, whose slices it reuses. It allocates no more than the number of
// bytes allows.
func (r *StepReader) Next(s *Step) error {
	at := r.size - len(r.rest)
	if err := r.next(s); err != nil {
		return fmt.Errorf("byte %d of the steps: %w", at, err)
	}
	return nil
}

var errCut = errors.New("the steps end within a step")

func (r *StepReader) next(s *Step) (err error) {
	if len(r.rest) == 0 {
		return errCut
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	width := int(b >> widthShift)
	*s = Step{Kind: StepKind(b & kindMask), Rows: s.Rows[:0], Columns: s.Columns[:0]}
	if s.Kind < Split || s.Kind > CloseBack || width >= len(widthBytes) {
		return fmt.Errorf("there is no step of kind %d", b)
	}
	if s.Kind.indexed() {
		if s.Index, err = r.count(); err != nil {
			return err
		}
	}
	if s.Kind.exact() {
		s.Exact, err = r.exact()
		return err
	}
	if s.Kind == Split {
		s.Level, err = r.count()
		return err
	}
	if !s.Kind.weighed() {
		return nil
	}
	if s.Kind.closes() {
		if s.Columns, err = r.weights(s.Columns, width); err != nil {
			return err
		}
	}
	s.Rows, err = r.weights(s.Rows, width)
	return err
}

func (r *StepReader) count() (int, error) {
	v, n := binary.Uvarint(r.rest)
	switch {
	case n == 0:
		return 0, errCut
	case n < 0 || v > math.MaxInt32:
		return 0, errors.New("a number is out of range")
	}
	r.rest = r.rest[n:]
	return int(v), nil
}

func (r *StepReader) weights(ws []Weight, width int) ([]Weight, error) {
	n, err := r.count()
	if err != nil {
		return ws, err
	}
	size := widthBytes[width]
	if n > len(r.rest)/(1+size) {
		return ws, errCut
	}
	for range n {
		row, err := r.count()
		if err != nil {
			return ws, err
		}
		if len(r.rest) < size {
			return ws, errCut
		}
		w := Weight{Row: row}
		switch width {
		case 0:
			w.Value = float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(r.rest)) << 16))
		case 1:
			w.Value = float64(math.Float32frombits(binary.LittleEndian.Uint32(r.rest)))
		default:
			w.Value = math.Float64frombits(binary.LittleEndian.Uint64(r.rest))
		}
		r.rest = r.rest[size:]
		if !(w.Value >= 0 && w.Value <= math.MaxFloat64) {
			return ws, fmt.Errorf("a multiplier is %v, want a number from 0", w.Value)
		}
		ws = append(ws, w)
	}
	return ws, nil
}
