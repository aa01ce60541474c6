package dataset

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/shared"
)

func TestNPZRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	members := []Member{
		{"z", &Array{Shape: []int{2, 2}, Data: []float64{1, 2, 3, 4.5}}},
		{"a/b", &Array{Shape: []int{3}, Data: []float64{0, 1, 255}, Type: Uint8}},
		{"none", &Array{Shape: []int{0, 7}, Data: []float64{}}},
	}
	if err := WriteNPZ(path, members...); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteNPZ(path, members...); err != nil {
		t.Fatal(err)
	}
	if second, err := os.ReadFile(path); err != nil || !bytes.Equal(first, second) {
		t.Errorf("two writes differ (%v)", err)
	}
	z, err := OpenNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if names := z.Names(); !slices.Equal(names, []string{"z", "a/b", "none"}) {
		t.Errorf("names %q", names)
	}
	if kind, shape, err := z.Header("a/b"); kind != Uint8 || !slices.Equal(shape, []int{3}) || err != nil {
		t.Errorf("header %v %v %v", kind, shape, err)
	}
	all, err := ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		got := all[m.Name]
		if got == nil || got.Type != m.Array.Type || !slices.Equal(got.Data, m.Array.Data) || !slices.Equal(got.Shape, m.Array.Shape) {
			t.Errorf("member %q: got %v, want %v", m.Name, got, m.Array)
		}
	}
	if _, err := ReadNPZ(path, "absent"); err == nil || !strings.Contains(err.Error(), `no member "absent", found z float64 (2, 2), a/b uint8 (3,), none`) {
		t.Errorf("error %v", err)
	}
	if err := WriteNPZ(path, members[0], members[0]); err == nil {
		t.Error("wrote a member twice")
	}
}

// zipBytes builds an archive with the given members, deflated.
func zipBytes(t testing.TB, members map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range members {
		entry, err := w.Create(name)
		if err == nil {
			_, err = entry.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// patchDirectory changes a 32-bit field at the given offset of the first entry
// in an archive's central directory.
func patchDirectory(file []byte, offset int, value uint32) []byte {
	file = slices.Clone(file)
	at := bytes.Index(file, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(file[at+offset:], value)
	return file
}

func TestNPZRefuses(t *testing.T) {
	const checksum, size = 16, 24 // offsets in a central directory entry
	good := npyBytes(1, header("|u1", "(3,)"), 1, 2, 3)
	one := zipBytes(t, map[string][]byte{"a.npy": good})
	for _, test := range []struct {
		name, want string
		file       []byte
	}{
		{"no zip", "not a valid zip file", []byte("text")},
		{"truncated", "not a valid zip file", one[:len(one)-5]},
		{"size too large to be true", "cannot expand to the declared 4000000000", patchDirectory(one, size, 4000000000)},
		{"size too small", "ends after 0 elements", patchDirectory(one, size, uint32(len(good)-3))},
		{"checksum", "checksum", patchDirectory(one, checksum, 1)},
		{"array too short", "ends after 2 elements, want 3", zipBytes(t, map[string][]byte{"a.npy": good[:len(good)-1]})},
		{"array too long", "data after the array", zipBytes(t, map[string][]byte{"a.npy": append(slices.Clone(good), 4)})},
		{"zeros that declare more", "more than 268435456 elements", zipBytes(t, map[string][]byte{
			"a.npy": npyBytes(1, header("|u1", "(1000000000,)"), make([]byte, 1<<20)...),
		})},
	} {
		t.Run(test.name, func(t *testing.T) {
			z, err := newNPZ(bytes.NewReader(test.file), int64(len(test.file)))
			if err == nil {
				_, err = z.Read("a")
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// TestNPZOfOthers compares archives that NumPy wrote with the MNIST test set:
// the reference lines start at its images.
func TestNPZOfOthers(t *testing.T) {
	lines := shared.Path(t, "reference", "repair", "mnist_fog_lines_100.npz")
	images, err := Load(shared.Path(t, "data", "mnist", "idx", "t10k-images-idx3-ubyte.gz"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := ReadNPZ(lines)
	if err != nil {
		t.Fatal(err)
	}
	for i, index := range m["test_index"].Data {
		row := images.Row(int(index))
		if want := float64(images.Labels[int(index)]); m["label"].Data[i] != want {
			t.Errorf("line %d: label %v, MNIST says %v", i, m["label"].Data[i], want)
		}
		for j, v := range row {
			if m["clean_u8"].Data[784*i+j] != v || m["clean"].Data[784*i+j] != v/255 {
				t.Fatalf("line %d, pixel %d: %v and %v, MNIST has %v", i, j,
					m["clean_u8"].Data[784*i+j], m["clean"].Data[784*i+j], v)
			}
		}
	}
	scaled, err := Load(lines+":clean_u8", Options{DivideBy: 255, Dim: 784})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(scaled.Data, m["clean"].Data) || len(scaled.Labels) != 100 {
		t.Error("clean_u8 divided by 255 is not clean")
	}
}

func FuzzNPZ(f *testing.F) {
	good := npyBytes(1, header("|u1", "(3,)"), 1, 2, 3)
	f.Add(zipBytes(f, map[string][]byte{"a.npy": good}))
	f.Add(zipBytes(f, map[string][]byte{"x.npy": good, "y.npy": good, "readme": nil}))
	f.Fuzz(func(t *testing.T, file []byte) {
		z, err := newNPZ(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		_ = z.describe()
		for _, name := range z.Names() {
			a, err := z.Read(name)
			if err != nil {
				continue
			}
			if err := a.check(); err != nil {
				t.Fatal(err)
			}
			if _, shape, err := z.Header(name); err != nil || !slices.Equal(shape, a.Shape) {
				t.Fatalf("header says %v (%v), the array is %v", shape, err, a.Shape)
			}
		}
	})
}
