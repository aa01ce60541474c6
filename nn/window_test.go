package nn_test

import (
	"math/rand/v2"

	"github.com/netmend/netmend/nn"
)

// randomWindow is a random geometry that has positions.
func randomWindow(r *rand.Rand) nn.Window {
	for {
		w := nn.Window{Channels: 1 + r.IntN(4)}
		fits := true
		for a := range 2 {
			w.In[a], w.Kernel[a] = 1+r.IntN(9), 1+r.IntN(3)
			w.Stride[a], w.Dilation[a] = 1+r.IntN(3), 1+r.IntN(2)
			if r.IntN(2) == 0 {
				w.Before[a], w.After[a] = r.IntN(w.Kernel[a]), r.IntN(w.Kernel[a])
			}
			fits = fits && w.In[a]+w.Before[a]+w.After[a] > (w.Kernel[a]-1)*w.Dilation[a]
		}
		if fits {
			return w
		}
	}
}

// meet calls f for every position and element of a window, with the place of the
// input in its channel or -1 for padding: the definition, written as loops.
func meet(w *nn.Window, f func(position, element, in int)) {
	for y := range w.Out(0) {
		for x := range w.Out(1) {
			for ky := range w.Kernel[0] {
				for kx := range w.Kernel[1] {
					row, col := y*w.Stride[0]+ky*w.Dilation[0]-w.Before[0], x*w.Stride[1]+kx*w.Dilation[1]-w.Before[1]
					in := -1
					if row >= 0 && row < w.In[0] && col >= 0 && col < w.In[1] {
						in = row*w.In[1] + col
					}
					f(y*w.Out(1)+x, ky*w.Kernel[1]+kx, in)
				}
			}
		}
	}
}
