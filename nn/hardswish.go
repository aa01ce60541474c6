package nn

// HardSwish is z min(6, max(0, z + 3)) / 6: 0 up to -3, z from 3 on, and a
// parabola between, which falls up to -1.5. Its derivative jumps at -3 and 3.
func HardSwish() *Smooth {
	return &Smooth{
		kind: KindHardSwish, steepest: 1.5, turn: 1.0 / 3 * (1 + 4*unit), jump: 0.5, kinks: []float64{-3, 3},
		f: func(z float64) float64 {
			switch {
			case z < -3:
				return 0
			case z >= 3:
				return z
			}
			return z * (z + 3) / 6
		},
		df: func(z float64) float64 {
			switch {
			case z < -3:
				return 0
			case z >= 3:
				return 1
			}
			return (float64(2*z) + 3) / 6
		},
	}
}
