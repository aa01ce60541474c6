package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// elemType is a tensor's element type, as the schema numbers it.
type elemType = onnxpb.TensorProto_DataType

const (
	typeFloat16 = onnxpb.TensorProto_FLOAT16
	typeFloat32 = onnxpb.TensorProto_FLOAT
	typeFloat64 = onnxpb.TensorProto_DOUBLE
	typeInt32   = onnxpb.TensorProto_INT32
	typeInt64   = onnxpb.TensorProto_INT64
	typeBool    = onnxpb.TensorProto_BOOL
)

// tensor is a constant. It is never written to once made, and its address is
// its identity: two layers have separate parameters iff their tensors differ.
type tensor struct {
	name  string
	shape []int
	typ   elemType
	// Exactly one of the two is set, by typ.
	floats []float64
	ints   []int64
}

func (t *tensor) isFloat() bool {
	return t.typ == typeFloat16 || t.typ == typeFloat32 || t.typ == typeFloat64
}

// asFloats returns the elements of a tensor of float32 or float64.
func (t *tensor) asFloats() ([]float64, error) {
	if !t.isFloat() {
		return nil, fmt.Errorf("constant %q has element type %v, want a floating-point type", t.name, typeName(t.typ))
	}
	return t.floats, nil
}

// scalar returns the one element of a tensor of float32 or float64.
func (t *tensor) scalar() (float64, error) {
	f, err := t.asFloats()
	if err != nil {
		return 0, err
	}
	if len(f) != 1 {
		return 0, fmt.Errorf("constant %q has shape %v, want one number", t.name, t.shape)
	}
	return f[0], nil
}

// withShape is the tensor with another shape of the same size.
func (t *tensor) withShape(name string, shape []int) *tensor {
	c := *t
	c.name, c.shape = name, shape
	return &c
}

// decodeTensor reads a tensor's elements, from raw or typed data. The number of
// elements is checked against the shape before anything is allocated.
func decodeTensor(p *onnxpb.TensorProto) (*tensor, error) {
	t := &tensor{name: p.GetName(), typ: elemType(p.GetDataType())}
	if p.GetDataLocation() == onnxpb.TensorProto_EXTERNAL || len(p.GetExternalData()) > 0 {
		return nil, fmt.Errorf("constant %q keeps its data in another file; store the model in one file", t.name)
	}
	if p.GetSegment() != nil {
		return nil, fmt.Errorf("constant %q is stored in segments, which is not supported", t.name)
	}
	if n := len(p.GetDims()); n > maxRank {
		return nil, fmt.Errorf("constant %q has %d axes, want at most %d", t.name, n, maxRank)
	}
	for _, d := range p.GetDims() {
		if d < 0 || d > math.MaxInt32 {
			return nil, fmt.Errorf("constant %q has shape %v, want sizes from 0 to 2^31-1", t.name, p.GetDims())
		}
		t.shape = append(t.shape, int(d))
	}
	width, typed := layout(p, t.typ)
	if width == 0 {
		return nil, fmt.Errorf("constant %q has element type %v, want float16, float32, float64, int32, int64 or bool",
			t.name, typeName(t.typ))
	}
	raw := p.GetRawData()
	held := typed
	if len(raw) > 0 {
		if len(raw)%width != 0 {
			return nil, fmt.Errorf("constant %q: %d bytes of data, want a multiple of %d for %v",
				t.name, len(raw), width, typeName(t.typ))
		}
		held = len(raw) / width
	}
	if n, ok := size(t.shape); !ok || n != held {
		return nil, fmt.Errorf("constant %q of shape %v holds %d numbers, want %s", t.name, t.shape, held, sizeText(t.shape))
	}
	if len(raw) > 0 {
		t.decodeRaw(raw, held)
	} else {
		t.decodeTyped(p)
	}
	return t, nil
}

// layout returns the bytes an element in raw data, 0 for an element type that
// is not supported, and the number of elements in the typed field.
func layout(p *onnxpb.TensorProto, t elemType) (width, typed int) {
	switch t {
	case typeFloat16:
		return 2, len(p.GetInt32Data())
	case typeFloat32:
		return 4, len(p.GetFloatData())
	case typeFloat64:
		return 8, len(p.GetDoubleData())
	case typeInt64:
		return 8, len(p.GetInt64Data())
	case typeInt32:
		return 4, len(p.GetInt32Data())
	case typeBool:
		return 1, len(p.GetInt32Data())
	}
	return 0, 0
}

// decodeRaw reads n elements in little-endian order.
func (t *tensor) decodeRaw(raw []byte, n int) {
	if t.isFloat() {
		t.floats = make([]float64, n)
	} else {
		t.ints = make([]int64, n)
	}
	for i := range n {
		switch t.typ {
		case typeFloat16:
			t.floats[i] = float16(binary.LittleEndian.Uint16(raw[2*i:]))
		case typeFloat32:
			t.floats[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
		case typeFloat64:
			t.floats[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
		case typeInt64:
			t.ints[i] = int64(binary.LittleEndian.Uint64(raw[8*i:]))
		case typeInt32:
			t.ints[i] = int64(int32(binary.LittleEndian.Uint32(raw[4*i:])))
		case typeBool:
			t.ints[i] = int64(raw[i])
		}
	}
}

func (t *tensor) decodeTyped(p *onnxpb.TensorProto) {
	switch t.typ {
	case typeFloat16: // the bits in the lower half of int32
		t.floats = make([]float64, len(p.GetInt32Data()))
		for i, v := range p.GetInt32Data() {
			t.floats[i] = float16(uint16(v))
		}
	case typeFloat32:
		t.floats = widen(p.GetFloatData())
	case typeFloat64:
		t.floats = p.GetDoubleData()
	case typeInt64:
		t.ints = p.GetInt64Data()
	default:
		t.ints = make([]int64, len(p.GetInt32Data()))
		for i, v := range p.GetInt32Data() {
			t.ints[i] = int64(v)
		}
	}
}

// float16 is the number with the given bits in IEEE 754 binary16; all are numbers
// of float32 too.
func float16(bits uint16) float64 {
	sign, exponent, fraction := bits>>15, int(bits>>10&0x1f), float64(bits&0x3ff)
	v := 0.0
	switch exponent {
	case 0:
		v = math.Ldexp(fraction, -24)
	case 0x1f:
		v = math.Inf(1)
		if fraction != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(1024+fraction, exponent-25)
	}
	if sign == 1 {
		v = -v
	}
	return v
}

func widen(xs []float32) []float64 {
	ys := make([]float64, len(xs))
	for i, x := range xs {
		ys[i] = float64(x)
	}
	return ys
}

// cast converts a tensor to another element type as ONNX's Cast does.
func (t *tensor) cast(name string, to elemType) (*tensor, error) {
	if t.typ == to {
		return t, nil
	}
	c := &tensor{name: name, shape: t.shape, typ: to}
	switch {
	case c.isFloat():
		xs, err := t.numbers()
		if err != nil {
			return nil, err
		}
		for _, x := range xs {
			c.floats = append(c.floats, c.rounded(x))
		}
		return c, nil
	case !t.isFloat() && to == typeInt64:
		c.ints = t.ints
		return c, nil
	case to != typeInt64 && to != typeInt32 && to != typeBool:
		return nil, unsupportedf("casts a constant of %v to %v", typeName(t.typ), typeName(to))
	}
	xs, err := t.decisive()
	if err != nil {
		return nil, err
	}
	for _, x := range xs {
		switch {
		case to == typeBool && x != 0:
			x = 1
		case math.Abs(x) >= 1<<31 && to == typeInt32 || !(math.Abs(x) < 1<<53):
			return nil, unsupportedf("casts the constant %v to %v", x, typeName(to))
		}
		c.ints = append(c.ints, int64(x)) // towards 0
	}
	return c, nil
}

// roundToFloat16 is the number of IEEE 754 binary16 next to x, the even one of two.
func roundToFloat16(x float64) float64 {
	const largest = 65504
	a := math.Abs(x)
	if a == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	unit := math.Ldexp(1, max(math.Ilogb(a), -14)-10)
	r := float64(math.RoundToEven(a/unit) * unit)
	if r > largest {
		r = math.Inf(1)
	}
	return math.Copysign(r, x)
}

// typeName is an element type for people.
func typeName(t elemType) string {
	switch t {
	case typeFloat32:
		return "float32"
	case typeFloat64:
		return "float64"
	case typeInt32:
		return "int32"
	case typeInt64:
		return "int64"
	case typeBool:
		return "bool"
	case typeFloat16:
		return "float16"
	case onnxpb.TensorProto_BFLOAT16:
		return "bfloat16"
	}
	if s, ok := onnxpb.TensorProto_DataType_name[int32(t)]; ok {
		return s
	}
	return fmt.Sprintf("number %d", int32(t))
}
