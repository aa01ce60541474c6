package answer

import (
	"fmt"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/spec"
)

// Sets is what a specification consists of.
type Sets struct {
	Points   int `json:"points"`
	Segments int `json:"segments"`
	Polygons int `json:"polygons"`
	Keep     int `json:"keep"`
}

// SetsOf counts the sets of a specification.
func SetsOf(s *spec.Spec) Sets {
	var c Sets
	for i := range s.Items {
		switch it := &s.Items[i]; {
		case it.Keep:
			c.Keep++
		case it.Segment != nil:
			c.Segments++
		case it.Polygon != nil:
			c.Polygons++
		default:
			c.Points++
		}
	}
	return c
}

// String is "2 points, 3 segments and 10 points to keep".
func (c Sets) String() string {
	var words []string
	add := func(n int, noun, after string) {
		if n > 0 {
			words = append(words, cli.Count(n, noun)+after)
		}
	}
	add(c.Points, "point", "")
	add(c.Segments, "segment", "")
	add(c.Polygons, "polygon", "")
	add(c.Keep, "point", " to keep")
	return cli.List(words)
}

// Where says at which inputs a requirement holds.
func (c Sets) Where() string {
	switch {
	case c.Segments+c.Polygons == 0:
		return "at " + c.String()
	case c.Points+c.Keep == 0:
		return "on every point of " + c.String()
	}
	sets := Sets{Segments: c.Segments, Polygons: c.Polygons}
	points := Sets{Points: c.Points, Keep: c.Keep}
	return fmt.Sprintf("on every point of %s and at %s", sets, points)
}
