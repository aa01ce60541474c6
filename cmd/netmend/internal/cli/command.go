// Package cli is what the commands of netmend have in common: how a command line is parsed
// and explained (on package cobra), limits of time and memory, progress, files that appear
// together or not at all, numbers in text and JSON.
//
// A [Command] declares its flags and returns its work; [Program.Run] does that work within
// the limits of an [Invocation]. Judgement is not here, but in the library.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Exit codes, the same for every command.
const (
	ExitYes         = 0   // done; the answer is yes
	ExitNo          = 1   // the answer is no: violated, infeasible, rejected
	ExitBadInput    = 2   // bad arguments or files; nothing was written
	ExitUnknown     = 3   // a limit was reached, or float64 cannot tell
	ExitInterrupted = 130 // as of a process that SIGINT ended
)

// Command is one subcommand.
type Command struct {
	Name    string   // one word, or two for a member of a group
	Former  []string // names that it had, which are accepted still
	Summary string   // one line for the overview
	Usage   string   // what follows the name: operands
	Detail  string   // a paragraph or two
	Example string   // works as pasted
	Writes  bool     // files, whatever the flags are
	// Setup declares the flags and returns the function that does the work. It
	// is given the operands and returns the exit code, or an error that means
	// [ExitBadInput] or, after an interruption, [ExitInterrupted].
	Setup func(*Invocation, *pflag.FlagSet) func(operands []string) (int, error)
}

// Program is a command with subcommands, in the sections and the order of its overview.
type Program struct {
	Name, Summary, Detail, Version string
	Sections                       []Section
	Families                       map[string]string // the first words that are not commands themselves, and their summaries
}

// Section is a part of the overview.
type Section struct {
	Title    string
	Commands []*Command
}

// Run executes one command line and returns its exit code. Results go to
// stdout; progress, notices and errors to stderr.
func (p *Program) Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	code := ExitYes
	root := p.Tree(func(c *Command) *Invocation {
		return NewInvocation(c, stdin, stdout, stderr)
	}, func(c int) { code = c })
	out := &watched{to: stdout}
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil && !errors.Is(err, errReported) {
		fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
		return ExitBadInput
	}
	if out.failed != nil && !errors.Is(out.failed, syscall.EPIPE) {
		fmt.Fprintf(stderr, "%s: printing: %v\n", p.Name, out.failed)
		return ExitBadInput
	}
	return code
}

// watched keeps the first error of what is written: package cobra drops those of help.
type watched struct {
	to     io.Writer
	failed error
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if w.failed == nil {
		w.failed = err
	}
	return n, err
}

// errReported ends the work of package cobra after an error that was reported.
var errReported = errors.New("reported")

// Tree builds the commands for package cobra, from which help, completions, manual pages
// and the reference come, too. Each that runs does so on an invocation made for it, and
// hands its exit code over.
func (p *Program) Tree(invoke func(*Command) *Invocation, exit func(code int)) *cobra.Command {
	cobra.EnableCommandSorting = false
	root := &cobra.Command{
		Use: p.Name, Short: p.Summary, Long: p.Summary + "\n\n" + p.Detail, Version: p.Version,
		SilenceErrors: true, SilenceUsage: true, DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, _ []string) error {
			c.SetOut(c.ErrOrStderr())
			exit(ExitBadInput)
			return c.Help()
		},
	}
	parents := map[string]*cobra.Command{}
	for _, s := range p.Sections {
		root.AddGroup(&cobra.Group{ID: s.Title, Title: s.Title + ":"})
		for _, c := range s.Commands {
			parent := root
			first, last, member := strings.Cut(c.Name, " ")
			if !member {
				last = first
			} else if parent = parents[first]; parent == nil {
				parent = p.family(first)
				parent.GroupID = s.Title
				parents[first] = parent
				root.AddCommand(parent)
			}
			built := c.build(last, invoke(c), exit)
			if !member {
				built.GroupID = s.Title
				parents[first] = built
			}
			parent.AddCommand(built)
			for _, name := range c.Former {
				former := *c
				former.Name = name
				hidden := former.build(name[strings.LastIndex(name, " ")+1:], invoke(&former), exit)
				hidden.Hidden = true
				parent.AddCommand(hidden)
			}
		}
	}
	last := p.Sections[len(p.Sections)-1].Title
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
func (p *Program) family(word string) *cobra.Command {
	return &cobra.Command{
		Use: word, Short: p.Families[word], Long: p.Families[word], DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, operands []string) error {
			var names []string
			for _, m := range c.Commands() {
				if m.IsAvailableCommand() {
					names = append(names, m.CommandPath()[len(p.Name)+1:])
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
func (c *Command) build(word string, inv *Invocation, exit func(code int)) *cobra.Command {
	built := &cobra.Command{
		Use: strings.TrimSpace(word + " " + c.Usage), Short: c.Summary, Long: strings.TrimSpace(c.Summary + "\n\n" + strings.TrimSpace(c.Detail)),
		Example: indented(c.Example), Args: cobra.ArbitraryArgs,
	}
	fs := built.Flags()
	fs.SortFlags = false
	work := c.Setup(inv, fs)
	fs.BoolVar(&inv.JSON, "json", false, "print one JSON object instead of text (docs/JSON.md)")
	inv.Limits.declare(fs)
	inv.flags = fs
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
