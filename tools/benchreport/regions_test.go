package main

import "testing"

func TestOnceRegions(t *testing.T) {
	path := script(t, `case "$*" in
*--workers\ 2*) echo '{"regions":40,"seconds":{"regions":0.5,"total":9}}';;
*) echo "{\"regions\":${GOMAXPROCS}0,\"seconds\":{\"total\":4}}";;
esac`)
	f, err := onceRegions(path, regionCase{args: []string{"bench"}, slices: true}, 2)
	if err != nil || f.rate() != 80 {
		t.Errorf("slices: %+v, %v", f, err)
	}
	f, err = onceRegions(path, regionCase{args: []string{"regions"}}, 2)
	if err != nil || f.rate() != 5 {
		t.Errorf("box: %+v, %v", f, err)
	}
	if _, err := onceRegions(script(t, "echo '{}'"), regionCase{}, 1); err == nil {
		t.Error("an object without regions was accepted")
	}
}

func TestRegionRow(t *testing.T) {
	got, err := regionRow("a", regionFigures{100, 2, 2.5}, regionFigures{100, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if want := "| a | 100 | 2 | **50** | 40 | 1 | **100** |  | 2.00 |\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := regionRow("a", regionFigures{regions: 100}, regionFigures{regions: 99}); err == nil {
		t.Error("different counts were accepted")
	}
}
