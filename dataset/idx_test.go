package dataset

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/shared"
)

func TestReadIDX(t *testing.T) {
	for _, test := range []struct {
		name  string
		file  []byte
		shape []int
		data  []float64
	}{
		{"uint8", []byte{0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 3, 255}, []int{1, 2}, []float64{3, 255}},
		{"int8", []byte{0, 0, 9, 1, 0, 0, 0, 1, 255}, []int{1}, []float64{-1}},
		{"int16", []byte{0, 0, 0x0b, 1, 0, 0, 0, 1, 1, 2}, []int{1}, []float64{258}},
		{"int32", []byte{0, 0, 0x0c, 1, 0, 0, 0, 1, 255, 255, 255, 254}, []int{1}, []float64{-2}},
		{"float32", []byte{0, 0, 0x0d, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0}, []int{1}, []float64{1.5}},
		{"float64", []byte{0, 0, 0x0e, 1, 0, 0, 0, 1, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0}, []int{1}, []float64{1.5}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, err := ReadIDX(bytes.NewReader(test.file))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(a.Shape, test.shape) || !slices.Equal(a.Data, test.data) {
				t.Errorf("got %v %v, want %v %v", a.Shape, a.Data, test.shape, test.data)
			}
		})
	}
}

func TestReadIDXRefuses(t *testing.T) {
	for _, test := range []struct {
		name, want string
		file       []byte
	}{
		{"empty", "no header", nil},
		{"magic", "want two zeros", []byte{0x1f, 0x8b, 8, 0}},
		{"type", "type code 0x0a", []byte{0, 0, 0x0a, 1}},
		{"axes", "255 axes", []byte{0, 0, 8, 255}},
		{"header ends", "header of 2 axes", []byte{0, 0, 8, 2, 0, 0, 0, 1}},
		{"too large", "more than", []byte{0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255}},
		{"truncated", "ends after 1 elements, want 2", []byte{0, 0, 8, 1, 0, 0, 0, 2, 7}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if a, err := ReadIDX(bytes.NewReader(test.file)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, %v, want an error with %q", a, err, test.want)
			}
		})
	}
}

// TestMNIST reads the test set with the labels beside it. The number of images
// of each class is published with the data set.
func TestMNIST(t *testing.T) {
	p, err := Load(shared.Path(t, "data", "mnist", "idx", "t10k-images-idx3-ubyte.gz"), Options{Dim: 784})
	if err != nil {
		t.Fatal(err)
	}
	if p.Rows != 10000 || p.Dim != 784 {
		t.Fatalf("%d points of dimension %d", p.Rows, p.Dim)
	}
	counts := make([]int, 10)
	for _, label := range p.Labels {
		counts[label]++
	}
	if want := []int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}; !slices.Equal(counts, want) {
		t.Errorf("images of each class: %v, want %v", counts, want)
	}
	first, err := Load(shared.Path(t, "data", "mnist", "mnist_test.csv"), Options{Dim: 784, LabelColumn: "1"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first.Data, p.Data[:len(first.Data)]) || !slices.Equal(first.Labels, p.Labels[:first.Rows]) {
		t.Error("the CSV file's images are not the first ones of the test set")
	}
}

func FuzzReadIDX(f *testing.F) {
	f.Add([]byte{0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 3, 255})
	f.Add([]byte{0, 0, 0x0d, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0})
	f.Add([]byte{0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := ReadIDX(bytes.NewReader(file))
		if err != nil {
			return
		}
		if err := a.check(); err != nil {
			t.Fatal(err)
		}
		if len(a.Data) > len(file) {
			t.Fatalf("%d elements from %d bytes", len(a.Data), len(file))
		}
	})
}
