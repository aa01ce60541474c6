package nn

import "slices"

// weight is what a class weighs in a sum, all its terms together.
type weight struct {
	class int32
	sum   float64
}

// weigh numbers the values of group g of a convolution in the activation channel, with
// the group's inputs: by the bias and by the weight of each class in all. Sums of weights
// that would be rounded are not formed.
func (d *Identities) weigh(dst, in []int32, c *Conv, g int) {
	plane, positions, elements := c.plane(), c.Positions(), c.elements()
	channels, out := c.Channels/c.Groups, c.Weight.Rows/c.Groups
	places := make([]int32, positions*elements) // of the plane, -1 for padding
	for i := range places {
		places[i] = -1
	}
	c.each(0, c.Out(0), func(element, pos, from, step, count int) {
		for i := range count {
			places[(pos+i)*elements+element] = int32(from + i*step)
		}
	})
	var terms []weight
	for o := g * out; o < (g+1)*out; o++ {
		w := c.Weight.Row(o)
		for p := range positions {
			terms = terms[:0]
			for e, at := range places[p*elements : (p+1)*elements] {
				for k := range channels {
					v := w[k*elements+e]
					if at >= 0 && v != 0 && in[k*plane+int(at)] != zeroClass {
						terms = append(terms, weight{in[k*plane+int(at)], v})
					}
				}
			}
			dst[o*positions+p] = d.classOfWeights(collectWeights(terms), c.Bias[o])
		}
	}
}

// classOfWeights is the class of a bias and weights of classes.
func (d *Identities) classOfWeights(terms []weight, bias float64) int32 {
	if len(terms) == 0 {
		return d.constant(bias)
	}
	d.begin(madeWeighed)
	d.number64(bias)
	for _, t := range terms {
		d.operand(t.class)
		d.number64(t.sum)
	}
	return d.class()
}

// collectWeights sorts terms by class and adds up those of one class where that takes no
// rounding. Classes whose weight is 0 in all are left out.
func collectWeights(terms []weight) []weight {
	slices.SortFunc(terms, func(a, b weight) int {
		switch {
		case a.class != b.class:
			return int(a.class - b.class)
		case a.sum < b.sum:
			return -1
		case a.sum > b.sum:
			return 1
		}
		return 0
	})
	sums := terms[:0]
	for _, t := range terms {
		if n := len(sums); n > 0 && sums[n-1].class == t.class {
			if sum, exact := exactSum(sums[n-1].sum, t.sum); exact {
				if sums[n-1].sum = sum; sum == 0 {
					sums = sums[:n-1]
				}
				continue
			}
		}
		sums = append(sums, t)
	}
	return sums
}

// exactSum is a + b where that takes no rounding (Knuth's two-sum).
func exactSum(a, b float64) (sum float64, exact bool) {
	sum = a + b
	t := sum - a
	return sum, (a-(sum-t))+(b-t) == 0
}
