package nn_test

import (
	"github.com/netmend/netmend/nn"
)

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
