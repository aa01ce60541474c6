package numbering

import "github.com/netmend/netmend/nn"

// convTranspose numbers a transposed convolution's values: by output channel, and by the
// pixels that meet each element of the window at a pixel of the output.
func (d *Identities) convTranspose(dst, x []int32, c *nn.ConvTranspose, node int) {
	plane, positions, elements := c.Plane(), c.Positions(), c.Elements()
	in, out := c.Inputs/c.Groups, c.Channels/c.Groups
	met := make([]int32, plane*elements)
	for g := range c.Groups {
		zero, pixels := d.pixels(x[g*in*positions:], in, positions)
		for i := range met {
			met[i] = zero
		}
		c.Each(0, c.Out(0), func(element, pos, to, step, count int) {
			for i := range count {
				met[(to+i*step)*elements+element] = pixels[pos+i]
			}
		})
		d.windows(dst[g*out*plane:], met, out, elements, node, g)
	}
}
