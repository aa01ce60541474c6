package oracle

// Smooth is an activation function that is not piecewise affine, by its name in package
// nn, with its parameters.
type Smooth struct {
	Name       string
	Parameters []Rat
}

// EvalReal is the output at a point of a network that may have smooth functions, whose
// value channel follows their tangents at the activation channel's values. It is false
// where a breakpoint, or a tie of candidates, is so close that the piece is in doubt, or
// where a function is not known here.
func (n *Net) EvalReal(x []Rat) ([]Real, bool) {
	input := make([]Real, len(x))
	for i, v := range x {
		input[i] = RealOf(v)
	}
	act, val := make([][]Real, len(n.Nodes)), make([][]Real, len(n.Nodes))
	for i, node := range n.Nodes {
		a, v := gather(act, node.From, input), gather(val, node.From, input)
		switch {
		case node.Affine != nil:
			act[i], val[i] = node.Affine.real(a), node.Affine.value().real(v)
		case node.Max != nil:
			for _, candidates := range node.Max.Candidates {
				k, ok := firstReal(candidates, a)
				if !ok {
					return nil, false
				}
				act[i], val[i] = append(act[i], a[k]), append(val[i], v[k])
			}
		default:
			for u, z := range a {
				f, slope, ok := node.tangent(z)
				if !ok {
					return nil, false
				}
				act[i] = append(act[i], f)
				val[i] = append(val[i], plus(f, times(slope, less(v[u], z))))
			}
		}
	}
	return val[len(val)-1], true
}

func (a *Affine) real(x []Real) []Real {
	y := make([]Real, len(a.W))
	for j, row := range a.W {
		y[j] = RealOf(a.B[j])
		for i, w := range row {
			if w.Sign() != 0 {
				y[j] = plus(y[j], times(RealOf(w), x[i]))
			}
		}
	}
	return y
}

// apart reports whether two numbers differ with certainty.
func apart(x, y Real) bool {
	d := less(x, y)
	return d.Sign() != 0 && d.MantExp(nil) > -Certain
}

// firstReal is the largest candidate, where it is the only one.
func firstReal(candidates []int, x []Real) (int, bool) {
	best := candidates[0]
	for _, k := range candidates[1:] {
		if x[k].Cmp(x[best]) > 0 {
			best = k
		}
	}
	for _, k := range candidates {
		if k != best && !apart(x[k], x[best]) {
			return 0, false
		}
	}
	return best, true
}

// tangent is the value and the slope of an activation function.
func (n *Node) tangent(z Real) (f, slope Real, ok bool) {
	if n.Smooth != nil {
		f, slope = n.Smooth.at(z)
		return f, slope, f != nil
	}
	p := 0
	for _, b := range n.Pieces.Breaks {
		if !apart(z, RealOf(b)) {
			return nil, nil, false
		}
		if z.Cmp(RealOf(b)) > 0 {
			p++
		}
	}
	slope = RealOf(n.Pieces.Slope[p])
	return plus(times(slope, z), RealOf(n.Pieces.Offset[p])), slope, true
}

// at is the value and the slope at z, or nil for a function that is not known.
func (s *Smooth) at(z Real) (f, slope Real) {
	one, two := real(1), real(2)
	sigmoid := func() Real { return over(one, plus(one, exp(real(0).Neg(z)))) }
	magnitude := real(0).Abs(z)
	switch s.Name {
	case "Tanh":
		t := less(one, over(two, plus(exp(times(two, z)), one)))
		return t, less(one, times(t, t))
	case "Sigmoid":
		v := sigmoid()
		return v, times(v, less(one, v))
	case "SiLU":
		v := sigmoid()
		return times(z, v), plus(v, times(z, times(v, less(one, v))))
	case "Softplus":
		f = log1p(exp(real(0).Neg(magnitude)))
		if z.Sign() > 0 {
			f = plus(f, z)
		}
		return f, sigmoid()
	case "Softsign":
		d := plus(one, magnitude)
		return over(z, d), over(one, times(d, d))
	case "GELU":
		normal := over(plus(one, erf(over(z, real(0).Sqrt(two)))), two)
		density := over(exp(over(times(z, z), real(-2))), real(0).Sqrt(times(two, pi())))
		return times(z, normal), plus(normal, times(z, density))
	case "HardSwish":
		switch {
		case z.Cmp(real(-3)) < 0:
			return real(0), real(0)
		case z.Cmp(real(3)) >= 0:
			return z, one
		}
		return over(times(z, plus(z, real(3))), real(6)), over(plus(times(two, z), real(3)), real(6))
	case "ELU", "CELU", "SELU":
		return s.exponential(z)
	}
	return nil, nil
}

// exponential is gamma z for z >= 0 and gamma alpha (exp(z / beta) - 1) below.
func (s *Smooth) exponential(z Real) (f, slope Real) {
	alpha, beta, gamma := RealOf(s.Parameters[0]), real(1), real(1)
	switch s.Name {
	case "CELU":
		beta = alpha
	case "SELU":
		gamma = RealOf(s.Parameters[1])
	}
	if z.Sign() >= 0 {
		return times(gamma, z), gamma
	}
	e := exp(over(z, beta))
	low := times(gamma, alpha)
	return times(low, less(e, real(1))), times(over(low, beta), e)
}
