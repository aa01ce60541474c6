package spec

import (
	"context"
	"fmt"
	"strings"
)

// decoder turns a parsed JSON text into spec.
type decoder struct {
	ctx     context.Context
	baseDir string
	spec    *Spec
	files   map[dataFile]*Data
	// numbers counts the coordinates of all items so far.
	numbers int
	// The dimension of the inputs, the number of the outputs and the lines that
	// said so first; 0 while nothing has.
	inputs, inputsLine   int
	outputs, outputsLine int
}

// document decodes the whole text.
func (d *decoder) document(v value) error {
	fields, err := v.fields("a specification", "version", "units", "classifier", "margin", "items")
	if err != nil {
		return err
	}
	version, ok := fields["version"]
	if !ok {
		return v.errorf("no field \"version\", want \"version\": %d", FormatVersion)
	}
	if n, err := version.integer("the format's version"); err != nil {
		return err
	} else if n != FormatVersion {
		return version.errorf("version %d of the format, want %d", n, FormatVersion)
	}
	if err := d.header(fields); err != nil {
		return err
	}
	items, ok := fields["items"]
	if !ok {
		return v.errorf("no field \"items\", want a list of requirements")
	}
	return d.items(items)
}

// header decodes the fields that hold for all items.
func (d *decoder) header(fields map[string]value) error {
	if units, ok := fields["units"]; ok {
		s, ok := units.str()
		if !ok || (s != "raw" && s != "normalised") {
			return units.errorf("units %s, want \"raw\" or \"normalised\" (or no such field)", units.found())
		}
		d.spec.Units = s
	}
	if classifier, ok := fields["classifier"]; ok {
		switch s, _ := classifier.str(); s {
		case "argmax":
			d.spec.Extremum = Argmax
		case "argmin":
			d.spec.Extremum = Argmin
		default:
			return classifier.errorf("classifier %s, want \"argmax\" or \"argmin\"", classifier.found())
		}
	}
	if margin, ok := fields["margin"]; ok {
		m, ok := margin.number()
		if !ok || m < 0 {
			return margin.errorf("margin %s, want a number that is not negative", margin.found())
		}
		d.spec.Margin = m
	}
	return nil
}

func (d *decoder) items(v value) error {
	items, err := v.list("a list of requirements")
	if err != nil {
		return err
	}
	for _, item := range items {
		if err := d.item(item); err != nil {
			return err
		}
	}
	return nil
}

// A form is one way to give the inputs of an item, by the name of its field.
type form struct {
	field string
	// decode returns the items without their outputs.
	decode func(*decoder, value) (*inputs, error)
}

// inputs are the input sets of one entry of "items".
type inputs struct {
	items []Item
	// places says which set each item is, for its name: " 3 of points.npz".
	// It is nil for a single one.
	places func(i int) string
	// labels has the class of each item where the data file gave it.
	labels []int
}

var forms = []form{
	{"point", (*decoder).point},
	{"points", (*decoder).points},
	{"segment", (*decoder).segment},
	{"segments", (*decoder).segments},
	{"polygon", (*decoder).polygon},
	{"keep", (*decoder).keep},
}

func formNames() []string {
	var names []string
	for _, f := range forms {
		names = append(names, f.field)
	}
	return names
}

// item decodes one entry of "items", which may give many requirements.
func (d *decoder) item(v value) error {
	names := formNames()
	fields, err := v.fields("an item", append(names, "name", "label", "labels", "output")...)
	if err != nil {
		return err
	}
	var chosen *form
	for i := range forms {
		if _, ok := fields[forms[i].field]; !ok {
			continue
		}
		if chosen != nil {
			return fields[forms[i].field].errorf("both %q and %q in one item, want one", chosen.field, forms[i].field)
		}
		chosen = &forms[i]
	}
	if chosen == nil {
		return v.errorf("item without inputs, want one of %s", quoted(names))
	}
	in, err := chosen.decode(d, fields[chosen.field])
	if err != nil {
		return err
	}
	if err := d.require(v, chosen.field, fields, in); err != nil {
		return err
	}
	if err := d.name(v, chosen.field, fields, in); err != nil {
		return err
	}
	d.spec.Items = append(d.spec.Items, in.items...)
	return nil
}

// name gives the items the name in the file or one that says where they stand.
func (d *decoder) name(v value, field string, fields map[string]value, in *inputs) error {
	name := fmt.Sprintf("%s:%d: %s", v.doc.name, v.line(), strings.TrimSuffix(field, "s"))
	if given, ok := fields["name"]; ok {
		s, ok := given.str()
		if !ok || s == "" {
			return given.errorf("name %s, want a string", given.found())
		}
		name = s
	}
	for i := range in.items {
		in.items[i].Name = name
		if in.places != nil {
			in.items[i].Name += in.places(i)
		}
	}
	return nil
}
