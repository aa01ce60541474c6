package main

import "testing"

func TestMedianPreimage(t *testing.T) {
	answer := `echo '{"count":6,"complete":true,"side":"exact","volume_fraction":0.25,"seconds":{"solve":0.5}}'`
	f, err := medianPreimage(script(t, answer), nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	f.cpu = 1
	got := preimageRow(preimageCase{name: "a", publishedSeconds: "1.6", publishedCoverage: "0.920"}, f)
	if want := "| a | exact | 6 | 0.25 | 1 | **0.5** | 1 | 1.6 | 0.920 |\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := medianPreimage(script(t, "echo '{}'"), nil, 1); err == nil {
		t.Error("an object without a count was accepted")
	}
}

func TestPreimageRow(t *testing.T) {
	subset := `echo '{"count":527,"complete":true,"side":"under","coverage":{"value":0.9021,"lower":0.8928},"seconds":{"solve":123.4}}'; exit 3`
	f, err := medianPreimage(script(t, subset), nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	f.cpu = 20.04
	got := preimageRow(preimageCase{name: "b"}, f)
	if want := "| b | subset | 527 |  | 0.902 (at least 0.893) | **123** | 20 | none | none |\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	count := 3
	got = preimageRow(preimageCase{name: "c"}, preimageFigures{Count: &count, Side: "exact"})
	if want := "| c | exact, in part | 3 |  |  | **0** | 0 | none | none |\n"; got != want {
		t.Errorf("partial result: got %q, want %q", got, want)
	}
}
