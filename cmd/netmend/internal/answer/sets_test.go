package answer

import "testing"

func TestWhere(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Sets{Points: 2, Keep: 10}.Where(), "at 2 points and 10 points to keep"},
		{Sets{Segments: 1}.Where(), "on every point of 1 segment"},
		{Sets{Points: 1, Polygons: 3}.Where(), "on every point of 3 polygons and at 1 point"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
