package dataset

import (
	"encoding/binary"
	"fmt"
	"math"
)

// maxExactInteger is 2^53: up to it every integer is a float64.
const maxExactInteger = 1 << 53

// valueError says that the element at index Index of a block cannot be
// converted.
type valueError struct {
	index  int
	reason string
}

func (e *valueError) Error() string { return fmt.Sprintf("element %d: %s", e.index, e.reason) }

// decode converts the bytes in src, elements of type t, into dst. It returns a
// *valueError for an element that is not a float64, or not a value of its type.
func decode(dst []float64, src []byte, t Type, order binary.ByteOrder) error {
	switch t {
	case Float64:
		for i := range dst {
			dst[i] = math.Float64frombits(order.Uint64(src[8*i:]))
		}
	case Float32:
		for i := range dst {
			dst[i] = float64(math.Float32frombits(order.Uint32(src[4*i:])))
		}
	case Float16:
		for i := range dst {
			dst[i] = fromHalf(order.Uint16(src[2*i:]))
		}
	case Int8:
		for i := range dst {
			dst[i] = float64(int8(src[i]))
		}
	case Int16:
		for i := range dst {
			dst[i] = float64(int16(order.Uint16(src[2*i:])))
		}
	case Int32:
		for i := range dst {
			dst[i] = float64(int32(order.Uint32(src[4*i:])))
		}
	case Int64:
		for i := range dst {
			v := int64(order.Uint64(src[8*i:]))
			if v > maxExactInteger || v < -maxExactInteger {
				return &valueError{i, fmt.Sprintf("%d is beyond ±2^53 and may not be a float64", v)}
			}
			dst[i] = float64(v)
		}
	case Uint8:
		for i := range dst {
			dst[i] = float64(src[i])
		}
	case Uint16:
		for i := range dst {
			dst[i] = float64(order.Uint16(src[2*i:]))
		}
	case Uint32:
		for i := range dst {
			dst[i] = float64(order.Uint32(src[4*i:]))
		}
	case Uint64:
		for i := range dst {
			v := order.Uint64(src[8*i:])
			if v > maxExactInteger {
				return &valueError{i, fmt.Sprintf("%d is beyond 2^53 and may not be a float64", v)}
			}
			dst[i] = float64(v)
		}
	case Bool:
		for i := range dst {
			if src[i] > 1 {
				return &valueError{i, fmt.Sprintf("byte %d is not a boolean", src[i])}
			}
			dst[i] = float64(src[i])
		}
	default:
		panic("dataset: decode of " + t.String())
	}
	return nil
}

// integerRange returns the closed range of the integers of type t that are
// exact as float64; ok is false for the floating-point types.
func integerRange(t Type) (low, high float64, ok bool) {
	switch t {
	case Int8, Int16, Int32:
		half := math.Ldexp(1, 8*t.size()-1)
		return -half, half - 1, true
	case Uint8, Uint16, Uint32:
		return 0, math.Ldexp(1, 8*t.size()) - 1, true
	case Int64:
		return -maxExactInteger, maxExactInteger, true
	case Uint64:
		return 0, maxExactInteger, true
	case Bool:
		return 0, 1, true
	}
	return 0, 0, false
}

// appendElement appends v as an element of type t in little-endian order. It
// returns an error when t cannot hold v exactly.
func appendElement(dst []byte, v float64, t Type) ([]byte, error) {
	if low, high, ok := integerRange(t); ok {
		if v < low || v > high || v != math.Trunc(v) {
			return dst, fmt.Errorf("%v is no %v", v, t)
		}
		// Two's complement: the low bytes of the 64-bit integer.
		word := binary.LittleEndian.AppendUint64(nil, uint64(int64(v)))
		return append(dst, word[:t.size()]...), nil
	}
	switch t {
	case Float64:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v)), nil
	case Float32:
		f := float32(v)
		if float64(f) != v && !math.IsNaN(v) {
			return dst, fmt.Errorf("%v is no float32", v)
		}
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(f)), nil
	case Float16:
		h, ok := toHalf(v)
		if !ok {
			return dst, fmt.Errorf("%v is no float16", v)
		}
		return binary.LittleEndian.AppendUint16(dst, h), nil
	}
	return dst, fmt.Errorf("no element type %v", t)
}
