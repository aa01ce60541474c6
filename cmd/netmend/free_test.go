package main

import (
	"slices"
	"testing"

	"github.com/netmend/netmend/repair"
)

func TestParseFree(t *testing.T) {
	bias := repair.BiasInput
	for _, c := range []struct {
		text string
		want repair.Free
	}{
		{"all", repair.Free{Kind: repair.FreeAll}},
		{"biases", repair.Free{Kind: repair.FreeBiases}},
		{"w(2,10)", repair.Free{Kind: repair.FreeList, List: []repair.Parameter{{Output: 2, Input: 10}}}},
		{"b(3), w( 0 , 1 )\nw(4,5)", repair.Free{Kind: repair.FreeList, List: []repair.Parameter{{Output: 3, Input: bias}, {Output: 0, Input: 1}, {Output: 4, Input: 5}}}},
	} {
		got, err := parseFree(c.text)
		if err != nil || got.Kind != c.want.Kind || !slices.Equal(got.List, c.want.List) {
			t.Errorf("%q: %v, %v, want %v", c.text, got, err, c.want)
		}
	}
	for _, s := range []string{"", "none", "w(1)", "b(1,2)", "w(1,2", "w(-1,0)", "w(1,2)b(1)", "w(99999999999999999999,0)", "list=", ")("} {
		if got, err := parseFree(s); err == nil {
			t.Errorf("%q: %v, want an error", s, got)
		}
	}
}

func FuzzParseFree(f *testing.F) {
	f.Add("w(0,0),b(2)")
	f.Add("list=")
	f.Add("((,))")
	f.Fuzz(func(t *testing.T, s string) {
		free, err := parseFree(s)
		if err != nil || free.Kind != repair.FreeList {
			return
		}
		// What is understood is what its names say.
		var again []repair.Parameter
		for _, p := range free.List {
			q, err := parseParameter(parameterName(p.Output, p.Input, -1))
			if err != nil {
				t.Fatal(err)
			}
			again = append(again, q)
		}
		if !slices.Equal(free.List, again) {
			t.Errorf("%v, then %v", free.List, again)
		}
	})
}
