package cert

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"
)

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

func example() *Certificate {
	c := New(NoRepair)
	bound := 0.5
	c.Network, c.Specification = Identity{SHA256: zeros}, Identity{Content: zeros}
	c.Repair = &Repair{
		Original: Identity{Content: zeros}, Layer: 1, Bound: &bound,
		Rows: []Row{{Item: 0, At: Floats(0.25), Multiplier: Float(1)}, {Item: 1, Multiplier: Exact(big.NewRat(1, 3))}},
	}
	return c
}

func TestRoundTrip(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		var b, again bytes.Buffer
		if err := Write(&b, example(), compressed); err != nil {
			t.Fatal(err)
		}
		c, err := Read(t.Context(), bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := Write(&again, c, compressed); err != nil || !bytes.Equal(again.Bytes(), b.Bytes()) {
			t.Errorf("written again: %v\n%s\nwant\n%s", err, again.Bytes(), b.Bytes())
		}
	}
}

func TestReadRefuses(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, example(), false); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	for name, text := range map[string]string{
		"nothing":       "",
		"truncated":     good[:len(good)-3],
		"two documents": good + good,
		"version":       strings.Replace(good, `"version":1`, `"version":2`, 1),
		"format":        strings.Replace(good, "netmend-certificate", "certificate", 1),
		"kind":          strings.Replace(good, `"no-repair"`, `"repair"`, 1),
		"no objective":  strings.Replace(good, `"no-repair"`, `"repaired"`, 1),
		"unknown field": strings.Replace(good, `"layer"`, `"lawyer"`, 1),
		"repeated":      strings.Replace(good, `"layer":1`, `"layer":1,"Layer":2`, 1),
		"capital":       strings.Replace(good, `"layer"`, `"Layer"`, 1),
		"long s":        strings.Replace(good, `"rows"`, `"row\u017f"`, 1),
		"long s, plain": strings.Replace(good, `"rows"`, "\"row\u017f\"", 1),
		"many objects":  strings.Replace(good, `"rows":[`, `"rows":[`+strings.Repeat("{},", maxObjects), 1),
		"many values":   strings.Replace(good, `"layer":1`, `"free":[0`+strings.Repeat(",1", maxValues)+`],"layer":1`, 1),
		"huge exponent": strings.Replace(good, "0.25", "1e999999999", 1),
		"long number":   strings.Replace(good, "0.25", "0."+strings.Repeat("1", 1000), 1),
		"nesting":       strings.Replace(good, "[0.25]", strings.Repeat("[", 1000)+strings.Repeat("]", 1000), 1),
		"negative":      strings.Replace(good, `"multiplier":1`, `"multiplier":-1`, 1),
		"digest":        strings.Replace(good, zeros, zeros[1:], 1),
		"repeated rows": strings.Replace(good, `"rows":[`, `"rows":[],"rows":[`, 1),
		"null":          strings.Replace(good, `"margin":0`, `"margin":null`, 1),
		"null list":     strings.Replace(good, `"at":[0.25]`, `"at":null`, 1),
		"null bound":    strings.Replace(good, `"bound":0.5`, `"bound":null`, 1),
		"word":          strings.Replace(good, `"margin":0`, `"margin":NaN`, 1),
		"fraction":      strings.Replace(good, `"layer":1`, `"layer":1.0`, 1),
		"text":          strings.Replace(good, `"layer":1`, `"layer":"1"`, 1),
		"leading zero":  strings.Replace(good, `"layer":1`, `"layer":01`, 1),
		"comma":         strings.Replace(good, `"layer":1,`, `"layer":1,,`, 1),
		"last comma":    strings.Replace(good, `"rows":[`, `"rows":[,`, 1),
		"comment":       strings.Replace(good, `"layer":1,`, `"layer":1,/**/`, 1),
	} {
		if c, err := Read(t.Context(), strings.NewReader(text)); err == nil {
			t.Errorf("%s: read %+v", name, c)
		}
	}
}

func TestRational(t *testing.T) {
	for _, s := range []Rational{"", "1/0", "2/4", "1e9", "0x10", "+1", "-0", "1/-2", "01", Rational(strings.Repeat("1", 1<<20))} {
		if v, err := s.Rat(); err == nil {
			t.Errorf("%.20q read as %v", s, v)
		}
	}
	for _, s := range []Rational{"0", "-3/4", "17"} {
		v, err := s.Rat()
		if err != nil || NewRational(v) != s {
			t.Errorf("%q: %v, %v", s, v, err)
		}
	}
}

// FuzzRead: whatever is read is written and read back.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := Write(&b, example(), false); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"format":"netmend-certificate","version":1e0}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Read(t.Context(), bytes.NewReader(data))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := Write(&b, c, false); err != nil {
			t.Fatalf("read, but not written: %v", err)
		}
		if _, err := Read(t.Context(), &b); err != nil {
			t.Fatalf("written, but not read: %v", err)
		}
	})
}

// TestMissing leaves out every field of certificates of all kinds, one at a time, wherever it
// stands: an error, unless it is one of those that the format lets be absent.
func TestMissing(t *testing.T) {
	bound, class := 0.5, 1
	repaired, none := New(Repaired), example()
	repaired.Repair = &Repair{
		Original: Identity{Content: zeros}, Layer: 1, Bound: &bound, Free: []int{0, 4},
		Objective: &Objective{Norm: "mix", L1Weight: 1, LinfWeight: 1, Value: 2, LowerBound: 1},
		Execution: &Execution{DType: "float32", Ulps: 1, MarginReached: 1},
		Rows:      []Row{{Item: 1, At: Floats(0.5), Triangle: 1, Towards: Floats(1), HalfSpace: 1, Class: &class, Multiplier: Exact(big.NewRat(1, 3))}},
	}
	holds, violated, empty := New(Holds), New(Violated), New(EmptyPreimage)
	holds.Holds = &PropertyHolds{Trees: []Tree{{1}}}
	violated.Violated = &PropertyViolated{Case: 1, Term: 1, Input: []Rational{"1/2"}}
	empty.EmptyPreimage = &PreimageEmpty{Questions: []Question{{Inputs: []HalfSpace{{Normal: []float64{1}, Offset: 1}}, Target: [][]HalfSpace{}}}, Trees: []Tree{{1}}}
	// Each says in docs/CERTIFICATES.md what its absence means.
	optional := map[string]bool{"sha256": true, "bound": true, "free": true, "execution": true, "at": true, "triangle": true, "towards": true, "class": true}
	left := 0
	for _, c := range []*Certificate{repaired, none, holds, violated, empty} {
		c.Network = Identity{SHA256: zeros, Content: zeros}
		c.Specification = c.Network
		var b bytes.Buffer
		if err := Write(&b, c, false); err != nil {
			t.Fatal(err)
		}
		var document any
		if err := json.Unmarshal(b.Bytes(), &document); err != nil {
			t.Fatal(err)
		}
		var visit func(v any)
		visit = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				for name, field := range v {
					visit(field)
					delete(v, name)
					text, err := json.Marshal(document)
					if err != nil {
						t.Fatal(err)
					}
					left++
					_, err = Read(t.Context(), bytes.NewReader(text))
					if err == nil && !optional[name] && name != "content" || err != nil && !strings.Contains(err.Error(), name) && !strings.Contains(err.Error(), "objective") {
						t.Errorf("%s without %q: %v", c.Kind, name, err)
					}
					v[name] = field
				}
			case []any:
				for _, e := range v {
					visit(e)
				}
			}
		}
		visit(document)
	}
	if left < 60 {
		t.Errorf("only %d fields were left out", left)
	}
}

// TestReadEnds: texts far larger than what they are compressed to are refused, also cut short
// or with something behind, and the context ends a long text.
func TestReadEnds(t *testing.T) {
	bomb := func(text string) *bytes.Buffer {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return &b
	}
	b := bomb(`{"empty_preimage":{"questions":[{"inputs":[],"target":[` + strings.Repeat("[],", 2<<20))
	if _, err := Read(t.Context(), b); err == nil || !strings.Contains(err.Error(), "times its size") {
		t.Errorf("a bomb: %v", err)
	}
	whole := bomb(strings.Repeat(" ", 1000) + "{}")
	if _, err := Read(t.Context(), bytes.NewReader(whole.Bytes()[:whole.Len()-9])); err == nil || !strings.Contains(err.Error(), "EOF") {
		t.Errorf("cut short: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	cancel(reason)
	if _, err := Read(ctx, strings.NewReader(`{"format":1}`)); err != reason {
		t.Errorf("done: %v", err)
	}
}
