package cli

import (
	"math"
	"testing"
)

func TestNumberWords(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{Thousands(0), "0"},
		{Thousands(999), "999"},
		{Thousands(1000), "1,000"},
		{Thousands(143532), "143,532"},
		{Thousands(-1234567), "-1,234,567"},
		{Thousands(-123), "-123"},
		{Count(1, "row"), "1 row"},
		{Count(2, "row"), "2 rows"},
		{Count(0, "boundary"), "0 boundaries"},
		{Count(12345, "key point"), "12,345 key points"},
		{List(nil), ""},
		{List([]string{"a"}), "a"},
		{List([]string{"a", "b"}), "a and b"},
		{List([]string{"a", "b", "c"}), "a, b and c"},
		{Percent(1, 3), "33.33 %"},
		{Short(1.0 / 3), "0.333333333"},
		{Short(math.Copysign(0, -1)), "0"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestParseNumbers(t *testing.T) {
	x, err := ParsePoints("0.1,-2:3, 4e-1")
	if err != nil || len(x) != 2 || x[0][1] != -2 || x[1][1] != 0.4 {
		t.Errorf("%v, %v", x, err)
	}
	for _, s := range []string{"", "1,", ",1", "1;2", "nan", "1,inf", "1e999", "0x", "1:"} {
		if x, err := ParsePoints(s); err == nil {
			t.Errorf("%q: %v, want an error", s, x)
		}
	}
	for _, c := range []struct {
		s                string
		multiply, divide float64
	}{{"", 1, 1}, {"0.5", 0.5, 1}, {"1/255", 1, 255}} {
		m, d, err := ParseScale(c.s)
		if err != nil || m != c.multiply || d != c.divide {
			t.Errorf("%q: %v, %v, %v", c.s, m, d, err)
		}
	}
	for _, s := range []string{"0", "1/0", "1/", "x", "NaN"} {
		if _, _, err := ParseScale(s); err == nil {
			t.Errorf("%q: want an error", s)
		}
	}
}

func TestFiniteInJSON(t *testing.T) {
	for _, c := range []struct {
		v    float64
		want string
	}{{math.NaN(), "null"}, {math.Inf(-1), "null"}, {0.1, "0.1"}, {-2, "-2"}, {math.Copysign(0, -1), "0"}, {1e-300, "1e-300"}} {
		got, err := Finite(c.v).MarshalJSON()
		if err != nil || string(got) != c.want {
			t.Errorf("%v: %s, %v, want %s", c.v, got, err, c.want)
		}
	}
}
