// Command netmend repairs trained neural networks so that they provably meet a
// requirement, and shows what a network does on lines and slices of its inputs.
//
// Run "netmend help" for the list of commands, "netmend COMMAND --help" for one
// of them. docs/COMMAND.md describes them all, docs/JSON.md what --json prints.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Exit codes, the same for every command.
const (
	exitYes         = 0   // done; the answer is yes
	exitNo          = 1   // the answer is no: violated, infeasible, rejected
	exitBadInput    = 2   // bad arguments or files; nothing was written
	exitUnknown     = 3   // a limit was reached, or float64 cannot tell
	exitInterrupted = 130 // as of a process that SIGINT ended
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The second Ctrl-C ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes one command line and returns its exit code. Results go to
// stdout; progress, notices and errors to stderr.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		printOverview(stderr)
		return exitBadInput
	}
	if isHelp(args[0]) {
		return help(args[1:], stdout, stderr)
	}
	if len(args) > 1 && isHelp(args[1]) && printGroup(stdout, args[0]) {
		return exitYes
	}
	cmd, rest := find(args)
	if cmd == nil {
		fmt.Fprintf(stderr, "netmend: %s\n", unknownCommand(args))
		return exitBadInput
	}
	inv := &invocation{start: time.Now(), command: cmd, stdin: stdin}
	inv.stdout, inv.stderr = gated{&inv.gate, stdout}, gated{&inv.gate, stderr}
	fs, work := cmd.flagSet(inv)
	operands, err := parseFlags(fs, rest)
	switch {
	case errors.Is(err, errHelp):
		cmd.printHelp(stdout, fs)
		return exitYes
	case err != nil:
		return inv.fail(&usageError{err})
	}
	if err := inv.limits.check(); err != nil {
		return inv.fail(err)
	}
	defer inv.begin(ctx)()
	o := inv.await(func() (int, error) {
		defer inv.files.Discard() // what was not committed
		code, err := work(operands)
		inv.progress.clear()
		return code, err
	})
	if inv.gate.closed() {
		// The work was left behind; what it would print is dropped, and this is not.
		inv.stdout, inv.stderr = stdout, stderr
		inv.json = inv.json && !inv.gate.stuck
	}
	if o.err != nil {
		return inv.fail(o.err)
	}
	if err := inv.gate.failed; err != nil && !errors.Is(err, syscall.EPIPE) {
		fmt.Fprintf(stderr, "netmend %s: printing the answer: %v\n", cmd.name, err)
		return exitBadInput
	}
	return o.code
}

// isHelp recognises the ways in which people ask for help.
func isHelp(arg string) bool {
	return slices.Contains([]string{"help", "-h", "-help", "--help"}, arg)
}

// find returns the command that the arguments begin with and what follows it.
func find(args []string) (*command, []string) {
	for _, words := range []int{2, 1} {
		if len(args) < words {
			continue
		}
		name := strings.Join(args[:words], " ")
		for _, c := range commands() {
			if c.name == name {
				return c, args[words:]
			}
		}
	}
	return nil, nil
}

// unknownCommand explains that the arguments begin with no command.
func unknownCommand(args []string) string {
	var of []string
	for _, c := range group(args[0]) {
		of = append(of, c.name)
	}
	if len(of) > 0 {
		return fmt.Sprintf("%s: want one of: %s", args[0], strings.Join(of, ", "))
	}
	return fmt.Sprintf("unknown command %q; netmend help lists the commands", args[0])
}

// group lists the commands of two words that begin with this one.
func group(word string) []*command {
	var of []*command
	for _, c := range commands() {
		if strings.HasPrefix(c.name, word+" ") {
			of = append(of, c)
		}
	}
	return of
}

// help prints the overview, or the help of the named command or group.
func help(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		printOverview(stdout)
		return exitYes
	}
	if len(args) == 1 && printGroup(stdout, args[0]) {
		return exitYes
	}
	cmd, rest := find(args)
	if cmd == nil || len(rest) > 0 {
		fmt.Fprintf(stderr, "netmend: %s\n", unknownCommand(args))
		return exitBadInput
	}
	fs, _ := cmd.flagSet(&invocation{})
	cmd.printHelp(stdout, fs)
	return exitYes
}
