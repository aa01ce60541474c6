package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/netmend/netmend/internal/atomicfile"
)

// Exit codes, the same for every command.
const (
	exitYes         = 0   // done; the answer is yes
	exitNo          = 1   // the answer is no: violated, infeasible, rejected
	exitBadInput    = 2   // bad arguments or files; nothing was written
	exitUnknown     = 3   // a limit was reached, or float64 cannot tell
	exitInterrupted = 130 // as of a process that SIGINT ended
)

// command is one subcommand.
type command struct {
	name    string // one word, or two for a member of a group
	summary string // one line for the overview
	usage   string // what follows the name: operands
	detail  string // a paragraph or two
	example string // works as pasted
	// setup declares the flags and returns the function that does the work. It
	// is given the operands and returns the exit code, or an error that means
	// [exitBadInput] or, after an interruption, [exitInterrupted].
	setup func(*invocation, *pflag.FlagSet) func(operands []string) (int, error)
}

// program is a command with subcommands, in the sections and the order of its overview.
type program struct {
	name, summary, detail, version string
	sections                       []section
	families                       map[string]string // the first words that are no commands themselves, and their summaries
}

// section is a part of the overview.
type section struct {
	title    string
	commands []*command
}

// run executes one command line and returns its exit code. Results go to
// stdout; progress, notices and errors to stderr.
func (p *program) run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	code := exitYes
	root := p.tree(func(c *command) *invocation {
		return newInvocation(c, stdin, stdout, stderr)
	}, func(c int) { code = c })
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil && !errors.Is(err, errReported) {
		fmt.Fprintf(stderr, "%s: %v\n", p.name, err)
		return exitBadInput
	}
	return code
}

// errReported ends the work of package cobra after an error that was reported.
var errReported = errors.New("reported")

// tree builds the commands for package cobra, from which help, completions, manual pages
// and the reference come, too. Each that runs does so on an invocation made for it, and
// hands its exit code over.
func (p *program) tree(invoke func(*command) *invocation, exit func(code int)) *cobra.Command {
	cobra.EnableCommandSorting = false
	root := &cobra.Command{
		Use: p.name, Short: p.summary, Long: p.summary + "\n\n" + p.detail, Version: p.version,
		SilenceErrors: true, SilenceUsage: true, DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, _ []string) error {
			c.SetOut(c.ErrOrStderr())
			exit(exitBadInput)
			return c.Help()
		},
	}
	parents := map[string]*cobra.Command{}
	for _, s := range p.sections {
		root.AddGroup(&cobra.Group{ID: s.title, Title: s.title + ":"})
		for _, c := range s.commands {
			parent := root
			first, last, member := strings.Cut(c.name, " ")
			if !member {
				last = first
			} else if parent = parents[first]; parent == nil {
				parent = p.family(first)
				parent.GroupID = s.title
				parents[first] = parent
				root.AddCommand(parent)
			}
			built := c.build(last, invoke(c), exit)
			if !member {
				built.GroupID = s.title
				parents[first] = built
			}
			parent.AddCommand(built)
		}
	}
	last := p.sections[len(p.sections)-1].title
	root.SetCompletionCommandGroupID(last)
	root.SetHelpCommand(&cobra.Command{
		GroupID: last,
		Use:     "help [COMMAND]", Short: "explain a command",
		RunE: func(_ *cobra.Command, words []string) error {
			c, rest, err := root.Find(words)
			if err == nil && len(rest) > 0 {
				err = fmt.Errorf("unknown command %q for %q", strings.Join(rest, " "), c.CommandPath())
			}
			if err != nil {
				return err
			}
			return c.Help()
		},
	})
	return root
}

// family is a command that only has members, such as bench.
func (p *program) family(word string) *cobra.Command {
	return &cobra.Command{
		Use: word, Short: p.families[word], Long: p.families[word], DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, operands []string) error {
			var names []string
			for _, m := range c.Commands() {
				if m.IsAvailableCommand() {
					names = append(names, m.CommandPath()[len(p.name)+1:])
				}
			}
			return fmt.Errorf("%s: want one of: %s%s", strings.Join(append([]string{word}, operands...), " "), strings.Join(names, ", "),
				suggestion(c, strings.Join(operands, " ")))
		},
	}
}

// suggestion names the members of the command whose names are close to the word.
func suggestion(c *cobra.Command, word string) string {
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(word); word != "" && len(near) > 0 {
		return "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return ""
}

// build builds the command for package cobra.
func (c *command) build(word string, inv *invocation, exit func(code int)) *cobra.Command {
	built := &cobra.Command{
		Use: strings.TrimSpace(word + " " + c.usage), Short: c.summary, Long: strings.TrimSpace(c.summary + "\n\n" + strings.TrimSpace(c.detail)),
		Example: indented(c.example), Args: cobra.ArbitraryArgs,
	}
	fs := built.Flags()
	fs.SortFlags = false
	work := c.setup(inv, fs)
	fs.BoolVar(&inv.json, "json", false, "print one JSON object instead of text (docs/JSON.md)")
	inv.limits.declare(fs)
	fs.VisitAll(func(f *pflag.Flag) { f.Hidden = f.Usage == "" }) // a former name
	built.SetFlagErrorFunc(func(built *cobra.Command, err error) error {
		exit(inv.fail(&usageError{fmt.Errorf("%w%s", err, flagSuggestion(fs, err))}))
		return errReported
	})
	built.RunE = func(built *cobra.Command, operands []string) error {
		exit(inv.run(built.Context(), func() (int, error) { return work(operands) }))
		return nil
	}
	return built
}

// indented indents an example.
func indented(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}

// flagSuggestion names the flags whose names are close to the one that does not exist.
func flagSuggestion(fs *pflag.FlagSet, err error) string {
	var absent *pflag.NotExistError
	if !errors.As(err, &absent) {
		return ""
	}
	word := absent.GetSpecifiedName()
	if of := absent.GetSpecifiedShortnames(); of != "" {
		word, _, _ = strings.Cut(of, "=") // -bound for --bound
	}
	names := &cobra.Command{} // whose measure of what is close is for commands
	fs.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names.AddCommand(&cobra.Command{Use: "--" + f.Name, Run: func(*cobra.Command, []string) {}})
		}
	})
	return suggestion(names, "--"+word)
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
