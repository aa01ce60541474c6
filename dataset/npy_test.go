package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/shared"
)

// npyBytes builds a .npy file from a header dictionary and the raw elements.
func npyBytes(major byte, dictionary string, elements ...byte) []byte {
	b := append([]byte(npyMagic), major, 0)
	if major == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(dictionary)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(dictionary)))
	}
	return append(append(b, dictionary...), elements...)
}

func header(descr, shape string) string {
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
}

func TestReadNPY(t *testing.T) {
	f64 := binary.BigEndian.AppendUint64(nil, math.Float64bits(-2.5))
	tests := []struct {
		name  string
		file  []byte
		shape []int
		data  []float64
		kind  Type
	}{
		{"u1", npyBytes(1, header("|u1", "(3,)"), 0, 7, 255), []int{3}, []float64{0, 7, 255}, Uint8},
		{"i1", npyBytes(1, header("|i1", "(2,)"), 0x80, 0x7f), []int{2}, []float64{-128, 127}, Int8},
		{"i2 little", npyBytes(1, header("<i2", "(1,)"), 0x01, 0xff), []int{1}, []float64{-255}, Int16},
		{"i2 big", npyBytes(1, header(">i2", "(1,)"), 0xff, 0x01), []int{1}, []float64{-255}, Int16},
		{"u2 big", npyBytes(1, header(">u2", "(1,)"), 0xff, 0x01), []int{1}, []float64{65281}, Uint16},
		{"i4", npyBytes(1, header("<i4", "(1,)"), 0, 0, 0, 0x80), []int{1}, []float64{math.MinInt32}, Int32},
		{"u4", npyBytes(1, header("<u4", "(1,)"), 0, 0, 0, 0x80), []int{1}, []float64{1 << 31}, Uint32},
		{"i8", npyBytes(1, header("<i8", "(1,)"), 0, 0, 0, 0, 0, 0, 0xe0, 0xff), []int{1}, []float64{-(1 << 53)}, Int64},
		{"u8", npyBytes(1, header("<u8", "(1,)"), 0, 0, 0, 0, 0, 0, 0x20, 0), []int{1}, []float64{1 << 53}, Uint64},
		{"bool", npyBytes(1, header("|b1", "(2,)"), 1, 0), []int{2}, []float64{1, 0}, Bool},
		{"f2", npyBytes(1, header("<f2", "(3,)"), 0x00, 0x3c, 0x01, 0x00, 0xff, 0xfb), []int{3}, []float64{1, 0x1p-24, -65504}, Float16},
		{"f4", npyBytes(1, header("<f4", "(1,)"), 0xcd, 0xcc, 0xcc, 0x3d), []int{1}, []float64{float64(float32(0.1))}, Float32},
		{"f8 big", npyBytes(1, header(">f8", "()"), f64...), []int{}, []float64{-2.5}, Float64},
		{"version 2", npyBytes(2, header("|u1", "(1, 1)"), 5), []int{1, 1}, []float64{5}, Uint8},
		{"version 3", npyBytes(3, header("|u1", "(1, 1)"), 5), []int{1, 1}, []float64{5}, Uint8},
		{"empty", npyBytes(1, header("<f8", "(0, 784)")), []int{0, 784}, []float64{}, Float64},
		{"empty, huge other axis", npyBytes(1, header("<f8", "(2000000000, 2000000000, 2000000000, 0)")), []int{2e9, 2e9, 2e9, 0}, []float64{}, Float64},
		{"keys in another order, Python 2 lengths", npyBytes(1, `{"shape":(2L,1L),"fortran_order":False,"descr":"|u1"}`, 5, 6), []int{2, 1}, []float64{5, 6}, Uint8},
		{
			"column-major", npyBytes(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 2)}", 0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11),
			[]int{2, 3, 2},
			[]float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
			Uint8,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := bytes.NewReader(append(slices.Clone(test.file), "rest"...))
			a, err := ReadNPY(r)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(a.Shape, test.shape) || !slices.Equal(a.Data, test.data) || a.Type != test.kind {
				t.Errorf("got %v %v %v, want %v %v %v", a.Type, a.Shape, a.Data, test.kind, test.shape, test.data)
			}
			if r.Len() != len("rest") {
				t.Errorf("%d bytes left after the array, want %d", r.Len(), len("rest"))
			}
		})
	}
}

func TestReadNPYRefuses(t *testing.T) {
	tests := []struct {
		name, want string
		file       []byte
	}{
		{"empty", "no header", nil},
		{"magic", `want "\x93NUMPY"`, []byte("PK\x03\x04 is a zip file")},
		{"version", "version 4.0", npyBytes(4, header("<f8", "(1,)"))},
		{"truncated header", "header of 1000 bytes", append([]byte(npyMagic), 1, 0, 0xe8, 0x03, '{')},
		{"huge header", "header of 4294967295 bytes", append([]byte(npyMagic), 2, 0, 0xff, 0xff, 0xff, 0xff)},
		{"no dictionary", `want '{'`, npyBytes(1, "[]")},
		{"missing key", `no key "shape"`, npyBytes(1, "{'descr': '<f8', 'fortran_order': False}")},
		{"key twice", `key "descr" twice`, npyBytes(1, "{'descr': '<f8', 'descr': '<f8'}")},
		{"unknown key", `unknown key "x"`, npyBytes(1, "{'x': '<f8'}")},
		{"complex", `"<c16" is not supported`, npyBytes(1, header("<c16", "(1,)"))},
		{"object", `"|O" is not supported`, npyBytes(1, header("|O", "(1,)"))},
		{"records", "structured", npyBytes(1, "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}")},
		{"byte order", "byte order '|'", npyBytes(1, header("|f8", "(1,)"))},
		{"negative axis", "length of an axis", npyBytes(1, header("<f8", "(-1,)"))},
		{"axis beyond int", "length of an axis", npyBytes(1, header("<f8", "(99999999999999999999,)"))},
		{"too many axes", "more than 64 axes", npyBytes(1, header("<f8", "("+strings.Repeat("1,", 65)+")"))},
		{"product overflows", "more than 268435456 elements", npyBytes(1, header("<f8", "(4294967296, 4294967296, 4294967296)"))},
		{"billion elements", "more than 268435456 elements", npyBytes(1, header("<f8", "(1000000000,)"))},
		{"truncated", "ends after 1 elements, want 200000000", npyBytes(1, header("<f8", "(200000000,)"), 0, 0, 0, 0, 0, 0, 0, 0, 1)},
		{"int64 beyond 2^53", "element 1: 9007199254740993", npyBytes(1, header("<i8", "(2,)"), 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x20, 0)},
		{"uint64 beyond 2^53", "18446744073709551615", npyBytes(1, header("<u8", "(1,)"), bytes.Repeat([]byte{0xff}, 8)...)},
		{"no boolean", "byte 2", npyBytes(1, header("|b1", "(1,)"), 2)},
		{"text after dictionary", "after the dictionary", npyBytes(1, header("|u1", "(1,)")+"x", 2)},
		{"not UTF-8", "not UTF-8", npyBytes(3, "\xff"+header("|u1", "(1,)"), 2)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, err := ReadNPY(bytes.NewReader(test.file))
			if err == nil {
				t.Fatalf("read %v, want an error with %q", a, test.want)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q, want one with %q", err, test.want)
			}
		})
	}
}

// TestDeclaredSizeTakesNoMemory reads headers that declare 2 GiB and deliver
// nothing.
func TestDeclaredSizeTakesNoMemory(t *testing.T) {
	npy := npyBytes(1, header("<f8", "(268435456,)"))
	idx := []byte{0, 0, 0x0e, 1, 0x10, 0, 0, 0}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := ReadNPY(bytes.NewReader(npy)); err == nil {
		t.Error("npy: no error")
	}
	if _, err := ReadIDX(bytes.NewReader(idx)); err == nil {
		t.Error("idx: no error")
	}
	runtime.ReadMemStats(&after)
	const most = 4 << 20
	if got := after.TotalAlloc - before.TotalAlloc; got > most {
		t.Errorf("%d bytes allocated, want at most %d", got, most)
	}
}

func TestHalf(t *testing.T) {
	for bits := range 1 << 16 {
		v := fromHalf(uint16(bits))
		back, ok := toHalf(v)
		if math.IsNaN(v) {
			if !ok || !math.IsNaN(fromHalf(back)) {
				t.Fatalf("%#04x is NaN, back to %#04x", bits, back)
			}
			continue
		}
		if !ok || int(back) != bits {
			t.Fatalf("%#04x is %v, back to %#04x, %v", bits, v, back, ok)
		}
	}
	for _, v := range []float64{65520, 1e300, 0x1p-25, 1 + 0x1p-11, 0.1} {
		if bits, ok := toHalf(v); ok {
			t.Errorf("%v became %#04x, want a refusal", v, bits)
		}
	}
}

// TestNPYRoundTrip writes and reads random arrays of every type.
func TestNPYRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	path := filepath.Join(t.TempDir(), "a.npy")
	for kind := range typeInfo {
		for _, shape := range [][]int{{}, {0}, {5}, {3, 4}, {2, 3, 4}, {9000, 2}} {
			a := &Array{Shape: shape, Type: Type(kind)}
			n, _ := elements(shape)
			for range n {
				a.Data = append(a.Data, randomValue(random, a.Type))
			}
			if err := WriteNPY(path, a); err != nil {
				t.Fatal(err)
			}
			b, err := loadArray(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if b.Type != a.Type || !slices.Equal(a.Shape, b.Shape) || !slices.Equal(a.Data, b.Data) {
				t.Fatalf("%v %v: wrote %v, read %v %v", a.Type, shape, a.Data, b.Type, b.Data)
			}
		}
	}
}

func randomValue(random *rand.Rand, t Type) float64 {
	if low, high, ok := integerRange(t); ok {
		return math.Floor(low + float64(random.Float64()*(high-low+1)))
	}
	switch t {
	case Float32:
		return float64(float32(random.NormFloat64()))
	case Float16:
		return fromHalf(uint16(random.IntN(halfInfinity)))
	}
	return random.NormFloat64()
}

func TestWriteNPYRefuses(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.npy")
	if err := WriteNPY(path, &Array{Shape: []int{1}, Data: []float64{1}}); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		a    *Array
		want string
	}{
		{&Array{Shape: []int{3}, Data: []float64{1}}, "wants 3 elements, found 1"},
		{&Array{Shape: []int{-1}, Data: []float64{1}}, "negative axis"},
		{&Array{Shape: []int{1}, Data: []float64{256}, Type: Uint8}, "256 is no uint8"},
		{&Array{Shape: []int{1}, Data: []float64{0.5}, Type: Int64}, "0.5 is no int64"},
		{&Array{Shape: []int{1}, Data: []float64{0.1}, Type: Float32}, "0.1 is no float32"},
		{&Array{Shape: []int{1}, Data: []float64{0.1}, Type: Float16}, "0.1 is no float16"},
		{&Array{Shape: []int{1}, Data: []float64{math.NaN()}, Type: Uint8}, "NaN is no uint8"},
		{&Array{Shape: []int{1}, Data: []float64{0.1}, Type: Type(99)}, "no element type Type(99)"},
	} {
		err := WriteNPY(path, test.a)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file changed after failed writes (%v)", err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("left in the folder: %v (%v), want a.npy alone", entries, err)
	}
	if err := WriteNPY(filepath.Join(folder, "absent", "a.npy"), &Array{Shape: []int{0}}); err == nil {
		t.Error("wrote into a folder that does not exist")
	}
}

// TestNPYOfOthers reads arrays that NumPy wrote.
func TestNPYOfOthers(t *testing.T) {
	folder := shared.Path(t, "data", "mnist", "aprnn_cc-by-nc-nd")
	p, err := Load(filepath.Join(folder, "eval_3_reassure_100_uniq_ap_buggy_points.npy"), Options{
		Dim:    784,
		Labels: filepath.Join(folder, "eval_3_reassure_100_uniq_ap_buggy_labels.npy"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if p.Rows != 500 || p.Dim != 784 {
		t.Errorf("%d points of dimension %d, want 500 of 784", p.Rows, p.Dim)
	}
	if low, high := slices.Min(p.Data), slices.Max(p.Data); low < 0 || high > 1 {
		t.Errorf("values from %v to %v, want them in [0, 1]", low, high)
	}
	for i, label := range p.Labels {
		if label != 8 {
			t.Fatalf("label %d is %d, want 8 (fogged eights)", i, label)
		}
	}
}

func FuzzReadNPY(f *testing.F) {
	f.Add(npyBytes(1, header("<f8", "(1,)"), 0, 0, 0, 0, 0, 0, 0xf0, 0x3f))
	f.Add(npyBytes(2, header(">i4", "(2, 1)"), 0, 0, 0, 1, 0, 0, 0, 2))
	f.Add(npyBytes(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", 0, 1, 2, 3, 4, 5))
	f.Add(npyBytes(1, header("<f2", "(99999, 99999)")))
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := ReadNPY(bytes.NewReader(file))
		if err != nil {
			return
		}
		if err := a.check(); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := EncodeNPY(&b, a); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := ReadNPY(&b)
		if err != nil {
			t.Fatal(err)
		}
		same := func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) }
		if !slices.EqualFunc(a.Data, again.Data, same) || !slices.Equal(a.Shape, again.Shape) {
			t.Fatalf("read %v %v, then %v %v", a.Shape, a.Data, again.Shape, again.Data)
		}
	})
}
