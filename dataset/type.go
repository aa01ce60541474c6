package dataset

import "fmt"

// Type is the type of an array's elements in a file.
type Type uint8

// The element types that can be read and written.
const (
	Float64 Type = iota
	Float32
	Float16
	Int8
	Int16
	Int32
	Int64
	Uint8
	Uint16
	Uint32
	Uint64
	Bool
)

// typeInfo lists what differs between types: the name, the two characters of a
// NumPy descriptor, the code in an IDX header (0: none) and the bytes taken by
// one element.
var typeInfo = [...]struct {
	name, numpy string
	idx         byte
	size        int
}{
	Float64: {"float64", "f8", 0x0e, 8},
	Float32: {"float32", "f4", 0x0d, 4},
	Float16: {"float16", "f2", 0, 2},
	Int8:    {"int8", "i1", 0x09, 1},
	Int16:   {"int16", "i2", 0x0b, 2},
	Int32:   {"int32", "i4", 0x0c, 4},
	Int64:   {"int64", "i8", 0, 8},
	Uint8:   {"uint8", "u1", 0x08, 1},
	Uint16:  {"uint16", "u2", 0, 2},
	Uint32:  {"uint32", "u4", 0, 4},
	Uint64:  {"uint64", "u8", 0, 8},
	Bool:    {"bool", "b1", 0, 1},
}

// String returns NumPy's name of the type, such as "float64".
func (t Type) String() string {
	if int(t) >= len(typeInfo) {
		return fmt.Sprintf("Type(%d)", uint8(t))
	}
	return typeInfo[t].name
}

func (t Type) size() int { return typeInfo[t].size }

// typeOfNumpy returns the type with the given two descriptor characters.
func typeOfNumpy(code string) (Type, bool) {
	for t, info := range typeInfo {
		if info.numpy == code {
			return Type(t), true
		}
	}
	return 0, false
}

// typeOfIDX returns the type with the given code in an IDX header.
func typeOfIDX(code byte) (Type, bool) {
	for t, info := range typeInfo {
		if info.idx != 0 && info.idx == code {
			return Type(t), true
		}
	}
	return 0, false
}
