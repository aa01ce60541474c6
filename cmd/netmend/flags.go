package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// errHelp says that the arguments ask for help.
var errHelp = flag.ErrHelp

// parseFlags parses flags before, between and after the operands and returns
// the operands. What follows "--" is an operand whatever it looks like.
func parseFlags(fs *flag.FlagSet, args []string) (operands []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, errHelp
			}
			// Package flag names flags with one hyphen; the help has two.
			return nil, errors.New(strings.NewReplacer(
				"defined: -", "defined: --", "argument: -", "argument: --", "flag -", "flag --",
			).Replace(err.Error()))
		}
		rest := fs.Args()
		if len(rest) == 0 {
			return operands, nil
		}
		if parsed := len(args) - len(rest); parsed > 0 && args[parsed-1] == "--" {
			return append(operands, rest...), nil
		}
		operands, args = append(operands, rest[0]), rest[1:]
	}
}

// printFlags lists the flags with their usage.
func printFlags(w io.Writer, fs *flag.FlagSet) {
	type line struct{ left, right string }
	var lines []line
	width := 0
	fs.VisitAll(func(f *flag.Flag) {
		if f.Usage == "" {
			return // a former name
		}
		name, usage := flag.UnquoteUsage(f)
		left := "--" + f.Name
		if len(f.Name) == 1 {
			left = "-" + f.Name
		}
		if name != "" {
			left += " " + name
		}
		if f.DefValue != "" && f.DefValue != "0" && f.DefValue != "false" && f.DefValue != "0s" {
			usage += " (default " + f.DefValue + ")"
		}
		lines = append(lines, line{left, usage})
		width = max(width, len(left))
	})
	for _, l := range lines {
		fmt.Fprintf(w, "  %-*s  %s\n", width, l.left, l.right)
	}
}

// declareWorkers declares --workers, which means the same in every command.
func declareWorkers(fs *flag.FlagSet, workers *int) {
	fs.IntVar(workers, "workers", 0, "number of goroutines (default one a processor); the result does not depend on it")
}

// inParallel calls do for 0 to n-1 on so many goroutines, 0 for one a processor.
func inParallel(workers, n int, do func(k int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(workers, n) {
		wait.Go(func() {
			for k := int(next.Add(1)) - 1; k < n; k = int(next.Add(1)) - 1 {
				do(k)
			}
		})
	}
	wait.Wait()
}

// optionalFloat is a flag that is a finite number, or nil where it is not given.
type optionalFloat struct{ value *float64 }

func (o *optionalFloat) String() string {
	if o == nil || o.value == nil {
		return ""
	}
	return strconv.FormatFloat(*o.value, 'g', -1, 64)
}

func (o *optionalFloat) Set(s string) error {
	v, err := parseNumber(s)
	if err != nil {
		return err
	}
	o.value = &v
	return nil
}
