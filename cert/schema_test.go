package cert

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestSchema compares the JSON schema with the types: the same fields, and the
// same of them optional.
func TestSchema(t *testing.T) {
	text, err := os.ReadFile("certificate.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		Required   []string
		Properties map[string]object
		Items      *object
		Defs       map[string]object `json:"$defs"`
	}
	var schema object
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		schema object
		v      any
	}{
		"certificate":    {schema, Certificate{}},
		"identity":       {schema.Defs["identity"], Identity{}},
		"repair":         {schema.Defs["repair"], Repair{}},
		"objective":      {schema.Defs["repair"].Properties["objective"], Objective{}},
		"execution":      {schema.Defs["repair"].Properties["execution"], Execution{}},
		"row":            {schema.Defs["row"], Row{}},
		"holds":          {schema.Properties["holds"], PropertyHolds{}},
		"violated":       {schema.Properties["violated"], PropertyViolated{}},
		"empty preimage": {schema.Properties["empty_preimage"], PreimageEmpty{}},
		"question":       {schema.Defs["question"], Question{}},
		"half-space":     {*schema.Defs["halfspaces"].Items, HalfSpace{}},
	} {
		typ := reflect.TypeOf(c.v)
		if len(c.schema.Properties) != typ.NumField() {
			t.Errorf("%s: the schema has %d fields, the type %d", name, len(c.schema.Properties), typ.NumField())
		}
		for i := range typ.NumField() {
			field, option, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if _, ok := c.schema.Properties[field]; !ok {
				t.Errorf("%s: the schema has no field %q", name, field)
			}
			if slices.Contains(c.schema.Required, field) == (option == "omitempty") {
				t.Errorf("%s: field %q is required in one of schema and type only", name, field)
			}
		}
	}
}
