package main

import (
	"math"
	"testing"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
)

func TestNumberWords(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{cli.Thousands(0), "0"},
		{cli.Thousands(999), "999"},
		{cli.Thousands(1000), "1,000"},
		{cli.Thousands(143532), "143,532"},
		{cli.Thousands(-1234567), "-1,234,567"},
		{cli.Thousands(-123), "-123"},
		{cli.Count(1, "row"), "1 row"},
		{cli.Count(2, "row"), "2 rows"},
		{cli.Count(0, "boundary"), "0 boundaries"},
		{cli.Count(12345, "key point"), "12,345 key points"},
		{cli.List(nil), ""},
		{cli.List([]string{"a"}), "a"},
		{cli.List([]string{"a", "b"}), "a and b"},
		{cli.List([]string{"a", "b", "c"}), "a, b and c"},
		{cli.Percent(1, 3), "33.33 %"},
		{signed(-0.5), "- 0.5"},
		{signed(0.5), "+ 0.5"},
		{cli.Short(1.0 / 3), "0.333333333"},
		{cli.Short(math.Copysign(0, -1)), "0"},
		{answer.Sets{Points: 2, Keep: 10}.Where(), "at 2 points and 10 points to keep"},
		{answer.Sets{Segments: 1}.Where(), "on every point of 1 segment"},
		{answer.Sets{Points: 1, Polygons: 3}.Where(), "on every point of 3 polygons and at 1 point"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestParseNumbers(t *testing.T) {
	x, err := cli.ParsePoints("0.1,-2:3, 4e-1")
	if err != nil || len(x) != 2 || x[0][1] != -2 || x[1][1] != 0.4 {
		t.Errorf("%v, %v", x, err)
	}
	for _, s := range []string{"", "1,", ",1", "1;2", "nan", "1,inf", "1e999", "0x", "1:"} {
		if x, err := cli.ParsePoints(s); err == nil {
			t.Errorf("%q: %v, want an error", s, x)
		}
	}
	for _, c := range []struct {
		s                string
		multiply, divide float64
	}{{"", 1, 1}, {"0.5", 0.5, 1}, {"1/255", 1, 255}} {
		m, d, err := cli.ParseScale(c.s)
		if err != nil || m != c.multiply || d != c.divide {
			t.Errorf("%q: %v, %v, %v", c.s, m, d, err)
		}
	}
	for _, s := range []string{"0", "1/0", "1/", "x", "NaN"} {
		if _, _, err := cli.ParseScale(s); err == nil {
			t.Errorf("%q: want an error", s)
		}
	}
}

func TestFiniteInJSON(t *testing.T) {
	for _, c := range []struct {
		v    float64
		want string
	}{{math.NaN(), "null"}, {math.Inf(-1), "null"}, {0.1, "0.1"}, {-2, "-2"}, {math.Copysign(0, -1), "0"}, {1e-300, "1e-300"}} {
		got, err := cli.Finite(c.v).MarshalJSON()
		if err != nil || string(got) != c.want {
			t.Errorf("%v: %s, %v, want %s", c.v, got, err, c.want)
		}
	}
}
