package blas

import (
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/emulated"
)

// eachBackend runs a test on every backend that this processor has.
func eachBackend(t *testing.T, run func(t *testing.T)) {
	for _, name := range backends() {
		t.Run(name, func(t *testing.T) {
			defer useBackend(useBackend(name))
			run(t)
		})
	}
}

// same reports whether two results are the same bit for bit, or both NaN.
func same(x, y float64) bool {
	return math.Float64bits(x) == math.Float64bits(y) || math.IsNaN(x) && math.IsNaN(y)
}

// requireSame fails the test at the first element in which two vectors differ.
func requireSame(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	for i := range want {
		if !same(got[i], want[i]) {
			t.Fatalf("%s: element %d of %d is %v (%#x), want %v (%#x)", what, i, len(want),
				got[i], math.Float64bits(got[i]), want[i], math.Float64bits(want[i]))
		}
	}
}

func TestEnvironmentChoosesBackend(t *testing.T) {
	if os.Getenv("BLAS_TEST_CHILD") != "" {
		t.Logf("active backend: %s.", useBackend("purego"))
		return
	}
	self, err := emulated.Self(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, wanted := range append(slices.Clone(backends()), "", "nonsense") {
		child := exec.Command(self[0], append(self[1:len(self):len(self)], "-test.run=^TestEnvironmentChoosesBackend$", "-test.v")...)
		child.Env = append(os.Environ(), "BLAS_TEST_CHILD=1", "NETMEND_BLAS="+wanted)
		out, err := child.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		expect := wanted
		if !slices.Contains(backends(), wanted) {
			expect = backends()[0]
		}
		if !strings.Contains(string(out), "active backend: "+expect+".") {
			t.Errorf("NETMEND_BLAS=%q: want %s, got\n%s", wanted, expect, out)
		}
	}
}
