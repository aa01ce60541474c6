package nn

import (
	"errors"
	"fmt"
	"math"
)

// Piecewise is a piecewise-affine activation function of one variable,
// continuous but for [Step] (see [Piecewise.Continuous]): piece p is
// Slope[p] z + Offset[p] and holds for Breaks[p-1] <= z < Breaks[p] (the tie
// rule: at a breakpoint the upper piece).
// Use the constructors; each records the function's name and parameters for
// export.
type Piecewise struct {
	// Breaks are the breakpoints, strictly ascending; one fewer than pieces.
	Breaks []float64
	// Slope and Offset have one number per piece.
	Slope, Offset []float64

	kind string
}

// Names of the piecewise-affine functions, as [Piecewise.Kind] returns them.
const (
	KindReLU      = "ReLU"
	KindLeakyReLU = "LeakyReLU"
	KindHardTanh  = "HardTanh"
	KindClip      = "Clip"
	KindIdentity  = "Identity"
)

// ReLU is max(0, z) (Definition 2.3): piece 0 is 0, piece 1 is z.
func ReLU() *Piecewise {
	return &Piecewise{Breaks: []float64{0}, Slope: []float64{0, 1}, Offset: []float64{0, 0}, kind: KindReLU}
}

// LeakyReLU is z for z >= 0 and alpha z below. alpha must be finite.
func LeakyReLU(alpha float64) *Piecewise {
	return &Piecewise{Breaks: []float64{0}, Slope: []float64{alpha, 1}, Offset: []float64{0, 0}, kind: KindLeakyReLU}
}

// HardTanh is min(1, max(-1, z)).
func HardTanh() *Piecewise {
	p := clip(-1, 1)
	p.kind = KindHardTanh
	return p
}

// Clip is min(hi, max(lo, z)); lo may be -Inf and hi +Inf. It fails unless
// lo < hi.
func Clip(lo, hi float64) (*Piecewise, error) {
	if !(lo < hi) || math.IsInf(lo, 1) || math.IsInf(hi, -1) {
		return nil, fmt.Errorf("clip to [%v, %v]: want a lower limit below the upper one", lo, hi)
	}
	return clip(lo, hi), nil
}

func clip(lo, hi float64) *Piecewise {
	p := &Piecewise{kind: KindClip}
	if !math.IsInf(lo, -1) {
		p.Breaks, p.Slope, p.Offset = append(p.Breaks, lo), append(p.Slope, 0), append(p.Offset, lo)
	}
	p.Slope, p.Offset = append(p.Slope, 1), append(p.Offset, 0)
	if !math.IsInf(hi, 1) {
		p.Breaks, p.Slope, p.Offset = append(p.Breaks, hi), append(p.Slope, 0), append(p.Offset, hi)
	}
	return p
}

// IdentityActivation is z, one piece. Readers drop it; it exists so that every
// activation of the papers has a constructor.
func IdentityActivation() *Piecewise {
	return &Piecewise{Slope: []float64{1}, Offset: []float64{0}, kind: KindIdentity}
}

// Kind is the function's name, one of the Kind constants; [KindPiecewise] without one.
func (p *Piecewise) Kind() string {
	if p.kind == "" {
		return KindPiecewise
	}
	return p.kind
}

// OutDim accepts one input of any length.
func (p *Piecewise) OutDim(in []int) (int, error) {
	if len(in) != 1 {
		return 0, fmt.Errorf("%d inputs, want 1", len(in))
	}
	return in[0], nil
}

// Pieces is the number of affine pieces.
func (p *Piecewise) Pieces() int { return len(p.Slope) }

// Piece is the index of the piece at z, the upper one at a breakpoint.
func (p *Piecewise) Piece(z float64) int {
	k := 0
	for k < len(p.Breaks) && z >= p.Breaks[k] {
		k++
	}
	return k
}

// Apply implements [Activation].
func (p *Piecewise) Apply(dst, z []float64) {
	if p.kind == KindReLU {
		for i, v := range z {
			dst[i] = max(v, 0)
		}
		return
	}
	for i, v := range z {
		k := p.Piece(v)
		dst[i] = p.at(k, v)
	}
}

// at is piece k at z. A constant piece gives its constant exactly, also where
// z is huge.
func (p *Piecewise) at(k int, z float64) float64 {
	if p.Slope[k] == 0 {
		return p.Offset[k]
	}
	return float64(p.Slope[k]*z) + p.Offset[k]
}

// Linearize implements [Activation].
func (p *Piecewise) Linearize(slope, offset, z []float64) {
	for i, v := range z {
		k := p.Piece(v)
		slope[i], offset[i] = p.Slope[k], p.Offset[k]
	}
}

// CheckFinite reports slopes, offsets or breakpoints that are not finite.
func (p *Piecewise) CheckFinite() error {
	return errors.Join(finite("breakpoint", p.Breaks), finite("slope", p.Slope), finite("offset", p.Offset))
}
