package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/internal/atomicfile"
)

// Invocation is what one run of a command has at hand.
type Invocation struct {
	// Ctx is over when the run has to end; whole too, but for the end of the time
	// allowed: it is for work that ends by itself then, with what it has.
	Ctx, Whole     context.Context
	Limits         limitFlags
	start          time.Time
	Command        *Command
	flags          *pflag.FlagSet // of the command; nil in tests
	JSON           bool
	Stdin          io.Reader
	Stdout, Stderr io.Writer // through the gate
	direct         [2]io.Writer
	gate           gate
	Progress       progress
	urgent         chan struct{} // closed where memory grows on beyond its limit

	// AtLimit is what is written to which file where a limit ends the run before its answer.
	AtLimit atomic.Pointer[LimitFile]

	Files   atomicfile.Batch
	inputs  []string // files that were read
	written []string // files that are in their places
}

// LimitFile is a file that says that a limit was reached.
type LimitFile struct {
	Path string
	Text func(cause error) string
}

// writeAtLimit writes that file, and reports whether there was one to write.
func (inv *Invocation) writeAtLimit(cause error) (written bool, err error) {
	f := inv.AtLimit.Load()
	if f == nil || Interrupted(cause) {
		return false, nil
	}
	var files atomicfile.Batch
	_, err = files.Stage(f.Path, func(w io.Writer) error {
		_, err := io.WriteString(w, f.Text(cause))
		return err
	})
	if err == nil {
		ctx, stop := context.WithTimeout(context.Background(), graceOfInterrupt/2) // for the reader of a FIFO
		defer stop()
		inv.written, err = files.Commit(ctx)
	}
	return err == nil, err
}

// NewInvocation is an invocation that begins now.
func NewInvocation(c *Command, stdin io.Reader, stdout, stderr io.Writer) *Invocation {
	inv := &Invocation{start: time.Now(), Command: c, Stdin: stdin, direct: [2]io.Writer{stdout, stderr}}
	inv.Stdout, inv.Stderr = gated{&inv.gate, stdout}, gated{&inv.gate, stderr}
	return inv
}

// run does the work within the limits and returns the exit code.
func (inv *Invocation) run(ctx context.Context, work func() (int, error)) int {
	if err := inv.Limits.validate(); err != nil {
		return inv.fail(err)
	}
	if inv.toStdout() {
		inv.direct[0], inv.Stdout = inv.direct[1], inv.Stderr
	}
	defer inv.begin(ctx)()
	o := inv.await(func() (int, error) {
		defer inv.Files.Discard() // what was not committed
		code, err := work()
		inv.Progress.Clear()
		return code, err
	})
	if inv.gate.closed() {
		// The work was left behind; what it would print is dropped, and this is not.
		inv.Stdout, inv.Stderr = inv.direct[0], inv.direct[1]
		inv.JSON = inv.JSON && !inv.gate.stuck
	}
	if o.err != nil {
		return inv.fail(o.err)
	}
	if err := inv.gate.failed; err != nil && !errors.Is(err, syscall.EPIPE) {
		fmt.Fprintf(inv.direct[1], "netmend %s: could not print the answer: %v\n", inv.Command.Name, err)
		return ExitBadInput
	}
	return o.code
}

// Remaining is what is left of the time allowed for the whole run, at least a moment;
// 0 if there is no limit.
func (inv *Invocation) Remaining() time.Duration {
	if inv.Limits.timeout <= 0 {
		return 0
	}
	return max(inv.Limits.timeout-time.Since(inv.start), time.Nanosecond)
}

// usageError is a mistake in the arguments, where the command's help helps.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// Usagef returns a usageError.
func Usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// Named puts the path before an error that does not name it.
func Named(path string, err error) error {
	if strings.Contains(err.Error(), path) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// outputs are the files to write that flags name.
func (inv *Invocation) outputs() []string {
	var paths []string
	if inv.flags != nil {
		inv.flags.Visit(func(f *pflag.Flag) {
			if _, output := f.Annotations[isOutput]; output && f.Value.String() != "" {
				paths = append(paths, f.Value.String())
			}
		})
	}
	return paths
}

// writes reports whether the run was to write files.
func (inv *Invocation) writes() bool { return inv.Command.Writes || len(inv.outputs()) > 0 }

// fail reports an error and returns its exit code. With --json there is an
// object for the error too, so that a program finds one in any case.
func (inv *Invocation) fail(err error) int {
	code := ExitBadInput
	cause, ended := inv.Ended(err)
	switch {
	case ended && len(inv.written) > 0:
		code, err = ExitUnknown, fmt.Errorf("%w while the answer was being printed; written: %s", cause, strings.Join(inv.written, ", "))
	case ended:
		code = ExitUnknown
		switch written, failed := inv.writeAtLimit(cause); {
		case written:
			err = fmt.Errorf("%w; written: %s", cause, strings.Join(inv.written, ", "))
		case inv.writes():
			err = errors.Join(fmt.Errorf("%w; nothing was written", cause), failed)
		default:
			err = cause
		}
	}
	if errors.Is(cause, errInterrupted) {
		code = ExitInterrupted
	} else if ended && !inv.JSON {
		inv.Printf("unknown: %v\n", cause)
	}
	fmt.Fprintf(inv.Stderr, "netmend %s: %v\n", inv.Command.Name, err)
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(inv.Stderr, "see netmend %s --help\n", inv.Command.Name)
	}
	if inv.JSON {
		status := ""
		if code == ExitUnknown {
			status = "unknown"
		}
		_ = inv.WriteJSON(struct {
			Header
			Status   string `json:"status,omitempty"`
			Error    string `json:"error"`
			ExitCode int    `json:"exit_code"`
			Seconds  Total  `json:"seconds"`
		}{inv.Header(), status, err.Error(), code, inv.Total()})
	}
	return code
}

// Printf prints a part of the text output.
func (inv *Invocation) Printf(format string, args ...any) {
	fmt.Fprintf(inv.Stdout, format, args...)
}

// PrintLine prints a line of an answer, a heading and what it says.
func (inv *Invocation) PrintLine(heading, format string, args ...any) {
	inv.Printf("  %-10s %s\n", heading, fmt.Sprintf(format, args...))
}

// Note prints a remark to stderr, where it does not disturb what reads stdout.
func (inv *Invocation) Note(format string, args ...any) {
	inv.Progress.Clear()
	fmt.Fprintf(inv.Stderr, "note: "+format+"\n", args...)
}

// WantOperands checks the number of operands against their names.
func WantOperands(operands []string, names ...string) error {
	switch {
	case len(operands) < len(names):
		return Usagef("%s is missing", names[len(operands)])
	case len(operands) > len(names):
		return Usagef("unexpected argument %q", operands[len(names)])
	}
	return nil
}
