package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/netmend/netmend/internal/atomicfile"
)

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
	direct         [2]io.Writer
	gate           gate
	progress       progress
	urgent         chan struct{} // closed where memory grows on beyond its limit

	files   atomicfile.Batch
	inputs  []string // files that were read
	written []string // files that are in their places
}

// newInvocation is an invocation that begins now.
func newInvocation(c *command, stdin io.Reader, stdout, stderr io.Writer) *invocation {
	inv := &invocation{start: time.Now(), command: c, stdin: stdin, direct: [2]io.Writer{stdout, stderr}}
	inv.stdout, inv.stderr = gated{&inv.gate, stdout}, gated{&inv.gate, stderr}
	return inv
}

// run does the work within the limits and returns the exit code.
func (inv *invocation) run(ctx context.Context, work func() (int, error)) int {
	if err := inv.limits.check(); err != nil {
		return inv.fail(err)
	}
	defer inv.begin(ctx)()
	o := inv.await(func() (int, error) {
		defer inv.files.Discard() // what was not committed
		code, err := work()
		inv.progress.clear()
		return code, err
	})
	if inv.gate.closed() {
		// The work was left behind; what it would print is dropped, and this is not.
		inv.stdout, inv.stderr = inv.direct[0], inv.direct[1]
		inv.json = inv.json && !inv.gate.stuck
	}
	if o.err != nil {
		return inv.fail(o.err)
	}
	if err := inv.gate.failed; err != nil && !errors.Is(err, syscall.EPIPE) {
		fmt.Fprintf(inv.direct[1], "netmend %s: printing the answer: %v\n", inv.command.name, err)
		return exitBadInput
	}
	return o.code
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

// wantOperands checks the number of operands against their names.
func wantOperands(operands []string, names ...string) error {
	switch {
	case len(operands) < len(names):
		return usagef("%s is missing", names[len(operands)])
	case len(operands) > len(names):
		return usagef("unexpected argument %q", operands[len(names)])
	}
	return nil
}
