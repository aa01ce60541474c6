package cert

import (
	"bytes"
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
		c, err := Read(bytes.NewReader(b.Bytes()))
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
		"many values":   strings.Replace(good, `"at":[`, `"at":[`+strings.Repeat("1,", maxValues), 1),
		"huge exponent": strings.Replace(good, "0.25", "1e999999999", 1),
		"long number":   strings.Replace(good, "0.25", "0."+strings.Repeat("1", 1000), 1),
		"nesting":       strings.Replace(good, "[0.25]", strings.Repeat("[", 1000)+strings.Repeat("]", 1000), 1),
		"negative":      strings.Replace(good, `"multiplier":1`, `"multiplier":-1`, 1),
		"digest":        strings.Replace(good, zeros, zeros[1:], 1),
	} {
		if c, err := Read(strings.NewReader(text)); err == nil {
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
		c, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := Write(&b, c, false); err != nil {
			t.Fatalf("read, but not written: %v", err)
		}
		if _, err := Read(&b); err != nil {
			t.Fatalf("written, but not read: %v", err)
		}
	})
}
