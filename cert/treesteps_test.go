package cert

import (
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func TestStepsRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	number := func() float64 {
		v := math.Exp(15 * r.NormFloat64())
		switch r.IntN(3) {
		case 0:
			return Narrow(v)
		case 1:
			return float64(float32(v))
		}
		return v
	}
	weights := func() []Weight {
		var ws []Weight
		for range r.IntN(4) {
			ws = append(ws, Weight{r.IntN(1 << r.IntN(31)), number()})
		}
		return ws
	}
	integers := func() []Integer {
		var ws []Integer
		for range r.IntN(4) {
			v := new(big.Int).Lsh(big.NewInt(1+r.Int64N(1000)), uint(r.IntN(300)))
			ws = append(ws, Integer{r.IntN(1 << r.IntN(31)), v})
		}
		return ws
	}
	var want []Step
	var b []byte
	for range 1000 {
		s := Step{Kind: Split + StepKind(r.IntN(int(CloseBack)))}
		if s.Kind.indexed() {
			s.Index = r.IntN(1 << r.IntN(31))
		}
		switch s.Kind {
		case Split:
			s.Level = r.IntN(300)
		case Halve, Refine:
		case Close, CloseBack:
			s.Columns, s.Rows = weights(), weights()
		case CloseExactly, EmptyExactly:
			s.Exact = &Combination{integers(), integers(), integers()}
		default:
			s.Rows = weights()
		}
		want = append(want, s)
		b = AppendStep(b, &s)
	}
	rd := NewStepReader(b)
	for i := range want {
		var got Step
		if err := rd.Next(&got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want[i]) {
			t.Fatalf("step %d is %+v, want %+v", i, got, want[i])
		}
	}
	if rd.More() {
		t.Error("more steps than were written")
	}
}

func TestNarrow(t *testing.T) {
	for v, want := range map[float64]float64{0: 0, 1: 1, 0.1: 0.10009765625, 1e300: math.Inf(1), 1e-60: 0} {
		if got := Narrow(v); got != want {
			t.Errorf("%v: %v, want %v", v, got, want)
		}
	}
}

func TestStepErrors(t *testing.T) {
	for text, want := range map[string]string{
		"\x00":                             "kind 0",
		"\x0d\x00\x00":                     "kind 13",
		"\x08\x00\x00":                     "end within",
		"\x09\x01\x00\x02\x05":             "end within",
		"\x09\x01\x00\x02\x00\x05\x00\x00": "leading zeros",
		"\x09\x01\x00\x00\x00\x00\x00\x00": "is 0",
		"\x09\x01\x00\xff\xff\x7f\x00\x00": "at most 65536",
		"\xc1\x00\x00":                     "kind 193",
		"\x01":                             "end within",
		"\x01\x05":                         "end within",
		"\x02\x00\xff\xff\xff\xff\x07":     "end within",
		"\x02\xff\xff\xff\xff\xff\xff\x07": "out of range",
		"\x02\x00\x01\x00\x00":             "end within",
		"\x02\x00\x01\x00\xc0\x7f":         "multiplier is NaN",
		"\x02\x00\x01\x00\x80\xbf":         "multiplier is -1",
	} {
		var s Step
		if err := NewStepReader([]byte(text)).Next(&s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", text, err, want)
		}
	}
}

func FuzzSteps(f *testing.F) {
	f.Add(AppendStep(nil, &Step{Kind: Close, Rows: []Weight{{1, 0.1}}, Columns: []Weight{{0, 1}}}))
	f.Add([]byte("\x01\x05\x00\x42\x01\x01\x00\x00\x00\x00\x80\x3f"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewStepReader(b)
		var s Step
		var again []byte
		for r.More() {
			if err := r.Next(&s); err != nil {
				return
			}
			again = AppendStep(again, &s)
		}
		// What is read is written as no more than it was.
		if len(again) > len(b) {
			t.Errorf("%d bytes are %d when written again", len(b), len(again))
		}
	})
}
