package cli

import "testing"

// TestLimits: the limit named as the smallest that would do is one, and a megabyte less
// is none; what work may take is at least five sixths of a limit, and at most 98 %.
func TestLimits(t *testing.T) {
	for want := int64(1_000_000); want < 1<<40; want += want/7 + 1 {
		floor := limitFor(want)
		if usable(floor) < want {
			t.Fatalf("%d: a limit of %d leaves %d", want, floor, usable(floor))
		}
		if less := floor - 1_000_000; less > 0 && usable(less) >= want {
			t.Fatalf("%d: a limit of %d would do, found %d", want, less, floor)
		}
		if u := usable(want); u < want/6*5-6 || u > want/50*49+50 {
			t.Fatalf("%d of %d may be taken", u, want)
		}
	}
}
