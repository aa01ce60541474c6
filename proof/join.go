package proof

import "math/big"

// joined puts the values of several nodes one after the other.
func joined(parts []*values) *values {
	if len(parts) == 1 {
		return parts[0]
	}
	n := 0
	for _, p := range parts {
		n += p.n
	}
	out := newValues(n, parts[0].corners)
	at := 0
	for _, p := range parts {
		copy(out.c[at*p.corners:], p.c)
		copy(out.r[at:], p.r)
		at += p.n
	}
	return out
}

// joinExact is joined without rounding; n has the lengths of the parts.
func joinExact(parts []*exactValues, n []int) *exactValues {
	if len(parts) == 1 {
		return parts[0]
	}
	total := 0
	out := &exactValues{e: parts[0].e}
	for i, p := range parts {
		total += n[i]
		out.e = min(out.e, p.e)
	}
	corners := len(parts[0].m) / n[0]
	out.m = make([]big.Int, total*corners)
	for k := range corners {
		at := k * total
		for i, p := range parts {
			for u := range n[i] {
				if v := &p.m[k*n[i]+u]; v.Sign() != 0 {
					out.m[at+u].Lsh(v, uint(p.e-out.e))
				}
			}
			at += n[i]
		}
	}
	return out
}

// plus is the sum of two vectors of exact numbers; one of them may be empty.
func plus(a, b exactValues) exactValues {
	switch {
	case a.m == nil:
		return b
	case b.m == nil:
		return a
	}
	out := exactValues{m: make([]big.Int, len(a.m)), e: min(a.e, b.e)}
	var scratch big.Int
	for i := range out.m {
		addShifted(&out.m[i], &a.m[i], a.e-out.e, &scratch)
		addShifted(&out.m[i], &b.m[i], b.e-out.e, &scratch)
	}
	return out
}
