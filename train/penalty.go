package train

import "math"

// Penalty is added to the loss: Sum times the l1 norm sum |D| plus Max times the linf norm
// max |D| of the changes D of all trained parameters since the start. Its gradient is the
// subgradient that is 0 where D is 0 and counts the first of several largest |D|. The zero
// value means no penalty.
type Penalty struct{ Sum, Max float64 }

// value is the penalty of the present change.
func (p Penalty) value(layers []*layer) float64 {
	if p == (Penalty{}) {
		return 0
	}
	sum, largest := 0.0, 0.0
	for _, l := range layers {
		for s, w := range l.weights {
			for i, v := range w {
				d := math.Abs(v - l.origin[s][i])
				sum += d
				largest = max(largest, d)
			}
		}
	}
	return float64(p.Sum*sum) + float64(p.Max*largest)
}

// addTo adds the penalty's gradient to those of the layers.
func (p Penalty) addTo(layers []*layer) {
	if p == (Penalty{}) {
		return
	}
	var at *float64
	largest, towards := 0.0, 0.0
	for _, l := range layers {
		for s, w := range l.weights {
			g := l.gradients[s]
			for i, v := range w {
				switch d := v - l.origin[s][i]; {
				case d > 0:
					g[i] += p.Sum
					if d > largest {
						largest, at, towards = d, &g[i], p.Max
					}
				case d < 0:
					g[i] -= p.Sum
					if -d > largest {
						largest, at, towards = -d, &g[i], -p.Max
					}
				}
			}
		}
	}
	if at != nil {
		*at += towards
	}
}
