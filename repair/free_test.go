package repair

import (
	"slices"
	"testing"
)

func TestParseFree(t *testing.T) {
	for _, c := range []struct {
		text string
		want Free
	}{
		{"all", Free{Kind: FreeAll}},
		{"biases", Free{Kind: FreeBiases}},
		{"w(2,10)", Free{Kind: FreeList, List: []Parameter{{Output: 2, Input: 10}}}},
		{"b(3), w( 0 , 1 )\nw(4,5)", Free{Kind: FreeList, List: []Parameter{{Output: 3, Input: BiasInput}, {Output: 0, Input: 1}, {Output: 4, Input: 5}}}},
	} {
		got, err := ParseFree(c.text)
		if err != nil || got.Kind != c.want.Kind || !slices.Equal(got.List, c.want.List) {
			t.Errorf("%q: %v, %v, want %v", c.text, got, err, c.want)
		}
	}
	for _, s := range []string{"", "none", "w(1)", "b(1,2)", "w(1,2", "w(-1,0)", "w(1,2)b(1)", "w(99999999999999999999,0)", "list=", ")("} {
		if got, err := ParseFree(s); err == nil {
			t.Errorf("%q: %v, want an error", s, got)
		}
	}
}

func FuzzParseFree(f *testing.F) {
	f.Add("w(0,0),b(2)")
	f.Add("list=")
	f.Add("((,))")
	f.Fuzz(func(t *testing.T, s string) {
		free, err := ParseFree(s)
		if err != nil || free.Kind != FreeList {
			return
		}
		// What is understood is what its names say.
		var again []Parameter
		for _, p := range free.List {
			q, err := parseParameter(p.String())
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
