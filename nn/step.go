package nn

import "math"

// KindStep is the name of [Step].
const KindStep = "Step"

// Step is 0 for z < 0 and 1 for z >= 0, the only activation function here that is not
// continuous. Enumerations of closed linear regions refuse it; preimages layer by layer
// handle it, with strict half-spaces.
func Step() *Piecewise {
	return &Piecewise{Breaks: []float64{0}, Slope: []float64{0, 0}, Offset: []float64{0, 1}, kind: KindStep}
}

// jumpTolerance is the largest difference of two pieces at their breakpoint, in
// units of the size of the terms, that passes for rounding: functions are read
// from files in which breakpoint, slope and offset were each rounded to float32
// (2^-24), and a few operations join them.
const jumpTolerance = 0x1p-20

// Jumps reports whether the function is discontinuous at breakpoint k: whether
// the pieces k and k+1 differ there by more than rounding.
func (p *Piecewise) Jumps(k int) bool {
	z := p.Breaks[k]
	below, above := float64(p.Slope[k]*z), float64(p.Slope[k+1]*z)
	size := math.Abs(below) + math.Abs(above) + math.Abs(p.Offset[k]) + math.Abs(p.Offset[k+1])
	return math.Abs(below+p.Offset[k]-above-p.Offset[k+1]) > jumpTolerance*size
}

// Continuous reports whether the function is continuous, up to rounding.
func (p *Piecewise) Continuous() bool {
	for k := range p.Breaks {
		if p.Jumps(k) {
			return false
		}
	}
	return true
}

// DiscontinuousNode returns the first activation node whose function is piecewise affine but
// not continuous, or -1 if there is none.
func (n *Network) DiscontinuousNode() int {
	for i, node := range n.Nodes {
		if p, ok := node.Op.(*Piecewise); ok && !p.Continuous() {
			return i
		}
	}
	return -1
}
