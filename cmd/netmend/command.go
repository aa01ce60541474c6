package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/netmend/netmend/internal/atomicfile"
)

// command is one subcommand.
type command struct {
	name    string
	summary string // one line for the overview
	usage   string // what follows the name: operands
	detail  string // a paragraph or two
	example string // works as pasted
	// setup declares the flags and returns the function that does the work. It
	// is given the operands and returns the exit code, or an error that means
	// [exitBadInput] or, after an interruption, [exitInterrupted].
	setup func(*invocation, *flag.FlagSet) func(operands []string) (int, error)
}

// commands lists the subcommands in the order of the overview.
func commands() []*command {
	return []*command{
		infoCommand, evalCommand, regionsCommand,
		imageCommand, preimageCommand, partitionCommand,
		verifyCommand, contractCommand, plotCommand,
		repairCommand, checkCommand, evaluateCommand, demoCommand, demoInverseCommand,
		benchACASCommand, benchMNISTCommand, benchSqueezeNetCommand, benchLinesCommand, benchSlicesCommand, benchPhotographsCommand,
		benchFiguresCommand,
		versionCommand,
	}
}

// flagSet declares the command's flags, --json included.
func (c *command) flagSet(inv *invocation) (*flag.FlagSet, func([]string) (int, error)) {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.BoolVar(&inv.json, "json", false, "print one JSON object instead of text (docs/JSON.md)")
	work := c.setup(inv, fs)
	inv.limits.declare(fs)
	return fs, work
}

// invocation is what one run of a command has at hand.
type invocation struct {
	// ctx is over when the run has to end; whole too, but for the end of the time
	// allowed: it is for work that ends by itself then, with what it has.
	ctx, whole     context.Context
	limits         limitFlags
	start          time.Time
	command        *command
	json           bool
	stdin          io.Reader
	stdout, stderr io.Writer // through the gate
	gate           gate
	progress       progress
	urgent         chan struct{} // closed where memory grows on beyond its limit

	files   atomicfile.Batch
	inputs  []string // files that were read
	written []string // files that are in their places
}

// remaining is what is left of the time allowed for the whole run, at least a moment;
// 0 where there is no limit.
func (inv *invocation) remaining() time.Duration {
	if inv.limits.timeout <= 0 {
		return 0
	}
	return max(inv.limits.timeout-time.Since(inv.start), time.Nanosecond)
}

// usageError is a mistake in the arguments, where the command's help helps.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// usagef returns a usageError.
func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// fail reports an error and returns its exit code. With --json there is an
// object for the error too, so that a program finds one in any case.
func (inv *invocation) fail(err error) int {
	code := exitBadInput
	cause, ended := inv.ended(err)
	switch {
	case ended && len(inv.written) > 0:
		code, err = exitUnknown, fmt.Errorf("%w while the answer was printed; written: %s", cause, strings.Join(inv.written, ", "))
	case ended:
		code, err = exitUnknown, fmt.Errorf("%w; nothing was written", cause)
	}
	if errors.Is(cause, errInterrupted) {
		code = exitInterrupted
	} else if ended && !inv.json {
		inv.printf("unknown: %v\n", cause)
	}
	fmt.Fprintf(inv.stderr, "netmend %s: %v\n", inv.command.name, err)
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(inv.stderr, "see netmend %s --help\n", inv.command.name)
	}
	if inv.json {
		status := ""
		if code == exitUnknown {
			status = "unknown"
		}
		_ = inv.writeJSON(struct {
			header
			Status   string `json:"status,omitempty"`
			Error    string `json:"error"`
			ExitCode int    `json:"exit_code"`
			Seconds  total  `json:"seconds"`
		}{inv.header(), status, err.Error(), code, inv.total()})
	}
	return code
}

// printf prints a part of the text output.
func (inv *invocation) printf(format string, args ...any) {
	fmt.Fprintf(inv.stdout, format, args...)
}

// note prints a remark to stderr, where it does not disturb what reads stdout.
func (inv *invocation) note(format string, args ...any) {
	inv.progress.clear()
	fmt.Fprintf(inv.stderr, "note: "+format+"\n", args...)
}

// operands checks the number of operands against their names.
func wantOperands(operands []string, names ...string) error {
	switch {
	case len(operands) < len(names):
		return usagef("%s is missing", names[len(operands)])
	case len(operands) > len(names):
		return usagef("unexpected argument %q", operands[len(names)])
	}
	return nil
}

// printHelp prints what the command does, its flags and an example.
func (c *command) printHelp(w io.Writer, fs *flag.FlagSet) {
	fmt.Fprintf(w, "netmend %s - %s\n\nusage: netmend %s\n", c.name, c.summary, strings.TrimSpace(c.name+" "+c.usage))
	if c.detail != "" {
		fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(c.detail))
	}
	fmt.Fprintf(w, "\nflags:\n")
	printFlags(w, fs)
	fmt.Fprintf(w, "\nexample:\n")
	for line := range strings.Lines(strings.TrimSpace(c.example) + "\n") {
		fmt.Fprintf(w, "  %s", line)
	}
}

// printOverview lists the commands.
func printOverview(w io.Writer) {
	fmt.Fprint(w, "netmend repairs trained neural networks, with a proof.\n\nusage: netmend COMMAND ... [flags]\n\ncommands:\n")
	printSummaries(w, commands())
	fmt.Fprint(w, `
Every command has --help with an example, and --json.
Exit codes: 0 yes, 1 no (violated, infeasible, rejected), 2 bad input,
3 unknown (a limit was reached, or float64 cannot tell), 130 interrupted.

Start with: netmend demo
`)
}

// printGroup lists the commands that begin with a word, such as bench; it tells
// whether there are any. A word that is a command itself has help of its own.
func printGroup(w io.Writer, word string) bool {
	of := group(word)
	if len(of) == 0 || slices.ContainsFunc(commands(), func(c *command) bool { return c.name == word }) {
		return false // the word is a command of its own, or none at all
	}
	fmt.Fprintf(w, "usage: netmend %s COMMAND ... [flags]\n\ncommands:\n", word)
	printSummaries(w, of)
	fmt.Fprint(w, "\nEvery command has --help with its flags and an example.\n")
	return true
}

// printSummaries prints a line for each command.
func printSummaries(w io.Writer, of []*command) {
	width := 0
	for _, c := range of {
		width = max(width, len(c.name))
	}
	for _, c := range of {
		fmt.Fprintf(w, "  %-*s  %s\n", width, c.name, c.summary)
	}
}
