package oracle

import (
	"fmt"
	"math/big"
)

// Volume is the volume of a cell in the coordinates named, of which there are as many
// as the dimension in which it is measured: 0 for cells of a lower one.
func Volume(c *Cell, coordinates []int) Rat {
	sum := new(big.Rat)
	all := make([]int, len(c.vertices))
	for i := range all {
		all[i] = i
	}
	if c.Dim() < len(coordinates) {
		return sum
	}
	c.simplices(all, len(coordinates), nil, func(simplex []int) {
		sum.Add(sum, c.determinant(simplex, coordinates))
	})
	for k := 2; k <= len(coordinates); k++ {
		sum.Quo(sum, Int(int64(k)))
	}
	return sum
}

// simplices divides the face spanned by the vertices into simplices: cones from the
// first vertex over the facets that do not contain it.
func (c *Cell) simplices(face []int, dim int, apexes []int, yield func([]int)) {
	apexes = append(apexes, face[0])
	if dim == 0 {
		yield(apexes)
		return
	}
	seen := map[string]bool{}
	for row := range c.rows {
		if c.vertices[face[0]].tight.has(row) {
			continue
		}
		var facet []int
		for _, v := range face {
			if c.vertices[v].tight.has(row) {
				facet = append(facet, v)
			}
		}
		name := fmt.Sprint(facet)
		if len(facet) < dim || seen[name] || c.spans(facet) != dim-1 {
			continue
		}
		seen[name] = true
		c.simplices(facet, dim-1, apexes, yield)
	}
}

// spans is the dimension of the hull of vertices.
func (c *Cell) spans(vertices []int) int {
	var basis [][]Rat
	for _, v := range vertices[1:] {
		basis = extend(basis, difference(c.vertices[v].x, c.vertices[vertices[0]].x))
	}
	return len(basis)
}

// determinant is that of a simplex's edges, without its sign.
func (c *Cell) determinant(simplex, coordinates []int) Rat {
	var m [][]Rat
	for _, v := range simplex[1:] {
		d := difference(c.vertices[v].x, c.vertices[simplex[0]].x)
		row := make([]Rat, len(coordinates))
		for i, k := range coordinates {
			row[i] = d[k]
		}
		m = append(m, row)
	}
	product := Int(1)
	// Gaussian elimination with column exchanges by choosing pivots.
	used := make([]bool, len(m))
	for i := range m {
		p := -1
		for k := range m[i] {
			if !used[k] && m[i][k].Sign() != 0 {
				p = k
				break
			}
		}
		if p < 0 {
			return new(big.Rat)
		}
		used[p] = true
		product.Mul(product, m[i][p])
		for j := i + 1; j < len(m); j++ {
			factor := new(big.Rat).Quo(m[j][p], m[i][p])
			for k := range m[j] {
				m[j][k] = new(big.Rat).Sub(m[j][k], new(big.Rat).Mul(factor, m[i][k]))
			}
		}
	}
	return product.Abs(product)
}

// TotalVolume is the sum over disjoint cells.
func TotalVolume(cells []*Cell, coordinates []int) Rat {
	sum := new(big.Rat)
	for _, c := range cells {
		sum.Add(sum, Volume(c, coordinates))
	}
	return sum
}
