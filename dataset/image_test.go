package dataset

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestImage reads two images of 3 channels, 1 x 2, stored pixel by pixel as red,
// green, blue.
func TestImage(t *testing.T) {
	a := &Array{Shape: []int{2, 1, 2, 3}, Data: []float64{1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60}}
	for _, c := range []struct {
		text string
		want []float64 // of the first image
	}{
		{"nhwc", []float64{1, 4, 2, 5, 3, 6}},
		{"nhwc,reverse", []float64{3, 6, 2, 5, 1, 4}},
		{"nhwc,reverse,mean=1:2:3", []float64{2, 5, 0, 3, -2, 1}},
		{"nhwc,mean=1,deviation=2", []float64{0, 1.5, 0.5, 2, 1, 2.5}},
	} {
		im, err := ParseImage(c.text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := pointsOf(&Array{Shape: a.Shape, Data: slices.Clone(a.Data)}, 6)
		if err != nil {
			t.Fatal(err)
		}
		arranger, err := im.arrange(a.Shape, 6)
		if err != nil {
			t.Fatal(err)
		}
		arranger.apply(p)
		if got := p.Row(0); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.text, got, c.want)
		}
	}
}

func TestImageRefused(t *testing.T) {
	for _, text := range []string{"", "bgr", "mean", "mean=a", "mean=1::2", "deviation=0", "mean=NaN"} {
		if im, err := ParseImage(text); err == nil {
			t.Errorf("%q: %+v", text, im)
		}
	}
	for _, c := range []struct {
		im   Image
		axes []int
		dim  int
	}{
		{Image{}, []int{2, 6}, 6},
		{Image{}, []int{2, 1, 2, 3}, 12},
		{Image{Mean: []float64{1, 2}}, []int{2, 3, 1, 2}, 6},
		{Image{Deviation: []float64{1, 2, 3, 4}}, []int{2, 3, 1, 2}, 6},
	} {
		if _, err := c.im.arrange(c.axes, c.dim); err == nil {
			t.Errorf("%+v of %v accepted", c.im, c.axes)
		}
	}
}

// TestImageOfFiles reads the same images at once and as a stream.
func TestImageOfFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "images.npy")
	a := &Array{Shape: []int{2, 1, 2, 3}, Data: []float64{1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60}}
	if err := WriteNPY(path, a); err != nil {
		t.Fatal(err)
	}
	o := Options{Dim: 6, Shape: []int{3, 1, 2}, DivideBy: 2, Image: &Image{ChannelsLast: true, Mean: []float64{1}}}
	p, err := Load(path, o)
	if err != nil {
		t.Fatal(err)
	}
	if want := []float64{-0.5, 1, 0, 1.5, 0.5, 2}; !slices.Equal(p.Row(0), want) {
		t.Errorf("%v, want %v", p.Row(0), want)
	}
	s, err := OpenStream(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 2 {
		q, err := s.Next(1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(q.Row(0), p.Row(i)) {
			t.Errorf("image %d: %v in a stream, %v at once", i, q.Row(0), p.Row(i))
		}
	}
	o.Image = nil
	if _, err := Load(path, o); err == nil {
		t.Error("images of another order accepted")
	}
	if err := p.Layout().Check(o.Shape); err != nil {
		t.Errorf("rearranged images: %v", err)
	}
	o.Shape = nil
	if p, err = Load(path, o); err != nil {
		t.Fatal(err)
	}
	for _, shape := range [][]int{{3, 1, 2}, {3, 2}} {
		if err := p.Layout().Check(shape); err == nil {
			t.Errorf("images of another order accepted for the shape %v", shape)
		}
	}
	if err := p.Layout().Check([]int{1, 2, 3}); err != nil {
		t.Error(err)
	}
}
