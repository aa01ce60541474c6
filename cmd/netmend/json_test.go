package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
)

func TestLayOut(t *testing.T) {
	const compact = `{"a":1,"b":[1,2],"c":[[1],[2,3]],"d":[{"x":"[\"}"}],"e":{"f":[[1]]},"g":[],"h":null,"i":"<&>"}`
	const want = `{
  "a":1,
  "b":[1,2],
  "c":[
    [1],
    [2,3]
  ],
  "d":[
    {"x":"[\"}"}
  ],
  "e":{"f":[[1]]},
  "g":[],
  "h":null,
  "i":"<&>"
}
`
	got, err := cli.LayOut([]byte(compact))
	if err != nil || string(got) != want {
		t.Fatalf("%s\n%v", got, err)
	}
	var a, b any
	if json.Unmarshal([]byte(compact), &a) != nil || json.Unmarshal(got, &b) != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("%v, want %v", b, a)
	}
}

// Every command answers a wrong command line with --json with one object that
// has the fields common to all.
func TestErrorObjects(t *testing.T) {
	for _, c := range commands() {
		var stdout, stderr bytes.Buffer
		args := append(strings.Fields(c.Name), "--json", "a", "b", "c", "d")
		if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != cli.ExitBadInput {
			t.Errorf("%s: exit code %d", c.Name, code)
		}
		var object struct {
			Schema, Command, Error string
			Seconds                struct{ Total *float64 }
		}
		if err := json.Unmarshal(stdout.Bytes(), &object); err != nil {
			t.Errorf("%s: %v\n%s", c.Name, err, &stdout)
			continue
		}
		if object.Schema != cli.Schema || object.Command != c.Name || object.Error == "" || object.Seconds.Total == nil {
			t.Errorf("%s: %s", c.Name, &stdout)
		}
	}
}
