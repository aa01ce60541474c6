package numbering

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
)

// alone are the types whose values are equal by chance only.
var alone = []string{"Dense", "Smooth"}

// TestTypes: every type of operation is numbered by what it does, or listed above. One that
// is not is right, but nothing behind it is found to be identical.
func TestTypes(t *testing.T) {
	source, err := os.ReadFile("operations.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range nn.Types() {
		name := reflect.TypeOf(op).Elem().Name()
		if _, ok := op.(nn.Selection); ok || slices.Contains(alone, name) {
			continue
		}
		if !strings.Contains(string(source), "case *nn."+name+":") {
			t.Errorf("%s is not numbered: give it a case in internal/numbering/operations.go, or list it as alone", name)
		}
	}
}
