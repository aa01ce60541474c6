package onnx

import "github.com/netmend/netmend/nn"

// smoothLinearization recognises the sum f(z) + f'(z) (v - z), the
// linearisation of tanh or sigmoid around z at v (Definition 4.2), in either
// order of every sum and product; nil where a + b is none.
func (im *importer) smoothLinearization(a, b *value) *value {
	for _, s := range [2][2]*value{{a, b}, {b, a}} {
		t, p := s[0].node, s[1].node
		f, ok := im.ir[t].act.(*nn.Smooth)
		if !ok || im.ir[t].isLinearized() || im.ir[p].kind != irProduct {
			continue
		}
		z := im.ir[t].in[0]
		for _, q := range swaps(im.ir[p].in) {
			d := im.ir[q[1]]
			if d.kind != irDifference || d.in[1] != z || !im.isDerivative(f, q[0], t) {
				continue
			}
			return im.add(irNode{kind: irActivation, in: []int{z, d.in[0]}, act: f}, s[1].shape, s[1].batch)
		}
	}
	return nil
}

// isDerivative tells whether node d computes f' from t = f(z): 1 - t t for
// tanh, t (1 - t) for sigmoid.
func (im *importer) isDerivative(f *nn.Smooth, d, t int) bool {
	switch f.Kind() {
	case nn.KindTanh:
		square, ok := im.oneMinus(d)
		return ok && im.ir[square].kind == irProduct && im.ir[square].in[0] == t && im.ir[square].in[1] == t
	case nn.KindSigmoid:
		if im.ir[d].kind != irProduct {
			return false
		}
		for _, q := range swaps(im.ir[d].in) {
			if x, ok := im.oneMinus(q[1]); ok && x == t && q[0] == t {
				return true
			}
		}
	}
	return false
}

// oneMinus returns x where node d computes 1 - x.
func (im *importer) oneMinus(d int) (x int, ok bool) {
	n := im.ir[d]
	if n.kind != irScale || !all(n.scale.Factor, -1) || !all(n.scale.Shift, 1) {
		return 0, false
	}
	return n.in[0], true
}

func swaps(in []int) [2][2]int { return [2][2]int{{in[0], in[1]}, {in[1], in[0]}} }
