package cli

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/internal/within"
)

// timeFlag is a time above 0, or 0 if none is given.
type timeFlag time.Duration

// Set reads a time.
func (f *timeFlag) Set(text string) error {
	t, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return errors.New("want a time, such as 30s or 5m")
	case t <= 0:
		return errors.New("must be above 0; without the flag there is no limit")
	}
	*f = timeFlag(t)
	return nil
}

// String writes the time; nothing where none is given.
func (f *timeFlag) String() string {
	if f == nil || *f == 0 {
		return ""
	}
	return time.Duration(*f).String()
}

// Type names the values for package pflag.
func (f *timeFlag) Type() string { return "time" }

// limitFlags bound a run of a command: --timeout and --memory, the same in all.
type limitFlags struct {
	timeout time.Duration
	Memory  memoryFlag
}

// timeAlias is what --timeout was called in some commands; it is still accepted.
const timeAlias = "time-limit"

// declare declares the flags, where the command has none of these names itself.
func (f *limitFlags) declare(fs *pflag.FlagSet) {
	fs.Var((*timeFlag)(&f.timeout), "timeout", "stop after this `time`, such as 30s, with what is known by then (exit code 3)")
	fs.Var((*timeFlag)(&f.timeout), timeAlias, "")
	fs.Var(&f.Memory, "memory", "stop if more than this amount of `memory` would be used, such as 2GB (exit code 3)")
}

// validate reports limits that cannot be meant.
func (f *limitFlags) validate() error {
	if floor := limitFor(residentMemory() + leastWork); f.Memory > 0 && int64(f.Memory) < floor {
		return &tooLittle{f.Memory, "any work", floor}
	}
	return nil
}

// Why a run ends before its work.
var (
	errInterrupted = errors.New("interrupted")
	ErrTimeOver    = errors.New("the time allowed is over")
	errMemoryOver  = errors.New("the memory allowed is used up")
)

// graceOfInterrupt is how long work may take to notice an interruption, or that the
// memory is used up, before the process ends without it.
const graceOfInterrupt = 600 * time.Millisecond

// graceOfTimeout is the same for the end of the time allowed: limits hold within a
// second, or a tenth of them where that is more, and printing needs a part of it.
func graceOfTimeout(timeout time.Duration) time.Duration {
	return max(700*time.Millisecond, timeout*7/100)
}

// begin starts the limits: it sets the contexts of the invocation. The function that
// it returns ends what watches over them.
func (inv *Invocation) begin(parent context.Context) (end func()) {
	whole, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	if inv.Limits.Memory > 0 {
		whole = within.WithMemory(whole, within.Memory{Need: inv.Needs, Left: inv.MemoryLeft})
	}
	inv.Whole, inv.Ctx = whole, whole
	stopTime := func() {}
	if inv.Limits.timeout > 0 {
		inv.Ctx, stopTime = context.WithDeadlineCause(whole, inv.start.Add(inv.Limits.timeout), ErrTimeOver)
	}
	if parent.Err() != nil { // AfterFunc would say so only a moment later
		cancel(errInterrupted)
	}
	stopParent := context.AfterFunc(parent, func() { cancel(errInterrupted) })
	stopMemory := inv.watchMemory(func() { cancel(errMemoryOver) })
	return func() {
		stopMemory()
		stopParent()
		stopTime()
		cancel(nil)
	}
}

// outcome is what a command's work comes to.
type outcome struct {
	code int
	err  error
}

// await runs the work to its end, or to that of the limits: work that does not notice
// them in time is left behind, and what it prints and writes from then on is dropped.
// The process is expected to end then.
func (inv *Invocation) await(work func() (int, error)) outcome {
	done := make(chan outcome, 1)
	go func() {
		code, err := work()
		done <- outcome{code, err}
	}()
	select {
	case o := <-done:
		return o
	case <-inv.Ctx.Done():
	}
	grace := graceOfInterrupt
	if context.Cause(inv.Ctx) == ErrTimeOver {
		grace = graceOfTimeout(inv.Limits.timeout)
	}
	select {
	case o := <-done:
		return o
	case <-inv.Whole.Done():
		// An interruption, or memory, after the end of the time allowed or at once.
		select {
		case o := <-done:
			return o
		case <-inv.urgent:
		case <-time.After(graceOfInterrupt):
		}
	case <-time.After(grace):
	}
	if inv.gate.shut(context.Cause(inv.Whole) == nil) {
		inv.Files.Discard()
		return outcome{err: inv.Cause()}
	}
	return <-done // the answer is being printed
}

// Cause is why the run has to end; nil if it has not.
func (inv *Invocation) Cause() error {
	if inv.Whole.Err() != nil {
		return context.Cause(inv.Whole)
	}
	if inv.Ctx.Err() != nil {
		return context.Cause(inv.Ctx)
	}
	return nil
}

// Interrupted reports whether that is why a run has to end, and not a limit.
func Interrupted(cause error) bool { return errors.Is(cause, errInterrupted) }

// writing is for the files of an answer, which an interruption ends: that a limit was reached
// is an answer, too.
func (inv *Invocation) writing() context.Context {
	if context.Cause(inv.Whole) == errMemoryOver {
		return context.WithoutCancel(inv.Whole)
	}
	return inv.Whole
}

// Ended reports whether an error only says that the run has to end, and why.
func (inv *Invocation) Ended(err error) (cause error, ended bool) {
	if errors.Is(err, within.ErrMemory) {
		return err, true
	}
	if inv.Ctx == nil || inv.Ctx.Err() == nil {
		return nil, false
	}
	cause = inv.Cause()
	return cause, errors.Is(err, cause) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// Stop is how a run that prints what it finds on the way says that it had to end.
type Stop struct {
	Code   int
	Status string
}

// Stopped reports whether an error only says that the run has to end, and how.
func (inv *Invocation) Stopped(err error) (Stop, bool) {
	cause, ended := inv.Ended(err)
	switch {
	case !ended:
		return Stop{}, false
	case errors.Is(cause, errInterrupted):
		return Stop{ExitInterrupted, "interrupted"}, true
	}
	return Stop{ExitUnknown, "limit reached: " + cause.Error()}, true
}

// gate passes what is printed on, until it is shut.
type gate struct {
	mu        sync.Mutex
	isShut    bool
	answering bool
	stuck     bool  // it was shut while something was being printed
	failed    error // of a write
}

// closed reports whether the gate was shut.
func (g *gate) closed() bool { return g.stuck || g.isShut }

// errShut is the error of what is printed too late.
var errShut = errors.New("the run has ended")

// write calls print unless the gate is shut.
func (g *gate) write(print func() (int, error)) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.isShut {
		return 0, errShut
	}
	n, err := print()
	if g.failed == nil {
		g.failed = err
	}
	return n, err
}

// answer says that the answer is known and its files are in their places: what is
// left is to print it, which a limit no longer ends.
func (g *gate) answer() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answering = true
}

// shut shuts the gate; where that is to spare an answer that is being printed, it may
// refuse.
func (g *gate) shut(spare bool) bool {
	// What prints may be waiting for its reader.
	const patience = 100 * time.Millisecond
	for begun := time.Now(); !g.mu.TryLock(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > patience {
			g.stuck = true
			return true
		}
	}
	defer g.mu.Unlock()
	if spare && g.answering {
		return false
	}
	g.isShut = true
	return true
}

// gated is a stream behind the gate.
type gated struct {
	gate *gate
	to   interface{ Write([]byte) (int, error) }
}

func (w gated) Write(p []byte) (int, error) {
	return w.gate.write(func() (int, error) { return w.to.Write(p) })
}
