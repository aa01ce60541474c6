package certify

import (
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/set"
)

// measure adds the volume of the part of the current cell that lies in the columns to a leaf,
// where that is asked for.
func (c *coverer) measure(leaf *CoverLeaf, columns []tree.Column, term int) error {
	if !c.opt.Volumes || c.opt.Faces {
		return nil
	}
	negligible := 0.0
	if c.opt.Negligible != nil {
		negligible = c.opt.Negligible[term]
	}
	share, err := c.state.Volume(columns, negligible)
	leaf.Volumes = append(leaf.Volumes, PartVolume{term, share})
	return err
}

// round adds the part of the current cell that lies in the columns to a leaf, where that is
// asked for.
func (c *coverer) round(leaf *CoverLeaf, columns []tree.Column, term int) error {
	if c.opt.Rounded == 0 {
		return nil
	}
	outward := c.opt.Rounded > 0
	halfs, err := c.state.RoundedCell(outward)
	if err != nil {
		return err
	}
	for _, column := range columns {
		h, err := c.state.RoundedColumn(column, outward)
		if err != nil {
			return err
		}
		halfs = append(halfs, h)
	}
	if !outward && c.state.Units() <= fewUnits {
		if halfs, err = c.withoutConstants(halfs, columns); err != nil {
			return err
		}
	}
	leaf.Rounded = append(leaf.Rounded, RoundedPart{term, halfs})
	return nil
}

// withoutConstants are half-spaces that are rounded inward, the splits of the current cell
// and the columns, less those that hold for all inputs, since a value is constant: of one
// that is just 0, nothing is left by rounding.
func (c *coverer) withoutConstants(halfs []set.HalfSpace, columns []tree.Column) ([]set.HalfSpace, error) {
	rows, err := c.state.ExactCell()
	if err != nil {
		return halfs, nil // of networks that divide
	}
	rows = rows[len(rows)-(len(halfs)-len(columns)):]
	for _, column := range columns {
		all, err := c.state.ExactColumns(column.Term)
		if err != nil {
			return nil, err
		}
		row := all[column.Index]
		if column.Outside {
			row = row.Opposite()
		}
		rows = append(rows, row)
	}
	var kept []set.HalfSpace
	for i, row := range rows {
		if !row.Always() {
			kept = append(kept, halfs[i])
		}
	}
	return kept, nil
}
