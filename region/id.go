package region

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Odd constants with well spread bits: the fractional parts of the square roots
// of 2, 3, 5 and 7.
const (
	mixA = 0x6a09e667f3bcc909
	mixB = 0xbb67ae8584caa73b
	mixC = 0x3c6ef372fe94f82b
	mixD = 0xa54ff53a5f1d36f1
)

// fold multiplies to 128 bits and adds the halves modulo 2: every bit of the
// result depends on every bit of both factors.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// absorb is the state of the hash after two more numbers. The two halves are
// mixed with different constants and in different order, and so fail
// independently.
func (id ID) absorb(x, y uint64) ID {
	return ID{
		fold(x^mixA, y^id[0]) + id[0],
		fold(y^mixC, x^id[1]^mixD) + bits.RotateLeft64(id[1], 27),
	}
}

// finish spreads the last numbers over all bits.
func (id ID) finish() ID {
	return ID{fold(id[0]^mixC, id[1]^mixB), fold(id[0]^mixD, id[1]^mixA)}
}

// pointID is the ID of a point of the input space.
func pointID(x []float64) ID {
	id := ID{mixA, mixD}
	for ; len(x) >= 2; x = x[2:] {
		id = id.absorb(math.Float64bits(x[0]+0), math.Float64bits(x[1]+0)) // + 0 turns -0 into 0
	}
	if len(x) == 1 {
		id = id.absorb(math.Float64bits(x[0]+0), mixB)
	}
	return id.finish()
}

// cutID is the ID of the vertex at which a threshold cuts the edge from p to q,
// with p.before(q).
func cutID(p, q ID, threshold int) ID {
	id := ID{mixB, mixC}
	return id.absorb(p[0], p[1]).absorb(q[0], q[1]).absorb(uint64(threshold), mixA).finish()
}

// HashID is the ID of a point that the caller made itself, such as a point on an edge of a
// cell, named by bytes of the caller's choice. It collides with another ID only by chance,
// like any two IDs.
func HashID(name []byte) ID {
	id := ID{mixC, mixB}
	length := uint64(len(name))
	for ; len(name) >= 8; name = name[8:] {
		id = id.absorb(binary.LittleEndian.Uint64(name), mixB)
	}
	var last [8]byte
	copy(last[:], name)
	return id.absorb(binary.LittleEndian.Uint64(last[:]), length).finish()
}

// before orders IDs, so that both cells at an edge see it in one direction.
func (id ID) before(other ID) bool {
	if id[0] != other[0] {
		return id[0] < other[0]
	}
	return id[1] < other[1]
}
