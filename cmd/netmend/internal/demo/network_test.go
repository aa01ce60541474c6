package demo

import "testing"

// TestN1: the network of the paper has its outputs and, by equation (1), its linear regions.
func TestN1(t *testing.T) {
	net, err := N1()
	if err != nil {
		t.Fatal(err)
	}
	for x, want := range map[float64]float64{-1: -1, 0: 0, 0.5: -0.5, 1: -1, 1.5: -1, 2: -1} {
		y, err := net.EvalPoint([]float64{x})
		if err != nil || y[0] != want {
			t.Errorf("N1(%v) = %v, %v, want %v", x, y, err, want)
		}
	}
}
