package cli

import (
	"strconv"

	"github.com/spf13/pflag"
)

// DeclareWorkers declares --workers, which means the same in every command.
func DeclareWorkers(fs *pflag.FlagSet, workers *int) {
	fs.IntVar(workers, "workers", 0, "number of goroutines (default one per processor); the result does not depend on it")
}

// isOutput marks flags that name files to write.
const isOutput = "output"

// DeclareOutput declares a flag that names a file to write; short may be empty.
func DeclareOutput(fs *pflag.FlagSet, path *string, name, short, usage string) {
	fs.StringVarP(path, name, short, "", usage)
	_ = fs.SetAnnotation(name, isOutput, nil) // there is such a flag
}

// OptionalFloat is a flag that is a finite number, or nil if it is not given.
type OptionalFloat struct{ Value *float64 }

func (o *OptionalFloat) String() string {
	if o == nil || o.Value == nil {
		return ""
	}
	return strconv.FormatFloat(*o.Value, 'g', -1, 64)
}

func (o *OptionalFloat) Set(s string) error {
	v, err := ParseNumber(s)
	if err != nil {
		return err
	}
	o.Value = &v
	return nil
}

// Type names the values for package pflag.
func (o *OptionalFloat) Type() string { return "number" }
