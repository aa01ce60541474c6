package oracle

import "fmt"

// metFaces lists faces of the closure that the cell meets, as lists of vertices: of
// each chain of faces the first that is met, and perhaps larger ones. A face is met iff
// no strict inequality is tight on all of it.
func (c *Cell) metFaces() [][]int {
	var met [][]int
	seen := map[string]bool{}
	var faces [][]int
	add := func(face []int) {
		if name := fmt.Sprint(face); !seen[name] {
			seen[name] = true
			faces = append(faces, face)
		}
	}
	for i := range c.vertices {
		add([]int{i})
	}
	for len(faces) > 0 {
		face := faces[0]
		faces = faces[1:]
		tight := c.vertices[face[0]].tight
		for _, v := range face[1:] {
			tight = tight.and(c.vertices[v].tight)
		}
		if tight.and(c.strict).empty() {
			met = append(met, face)
			continue
		}
		// The smallest faces that contain this one and one more vertex.
		for _, v := range c.vertices {
			if common := tight.and(v.tight); !tight.in(v.tight) {
				add(c.face(common))
			}
		}
	}
	return met
}

// face lists the vertices at which the inequalities are tight.
func (c *Cell) face(tight bits) []int {
	var vertices []int
	for i, v := range c.vertices {
		if tight.in(v.tight) {
			vertices = append(vertices, i)
		}
	}
	return vertices
}
