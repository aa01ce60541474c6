// Command netmend repairs trained neural networks so that they provably meet a
// requirement, and shows what a network does on lines and slices of its inputs.
//
// Run "netmend help" for the list of commands, "netmend COMMAND --help" for one
// of them. docs/COMMAND.md describes them all, docs/JSON.md what --json prints.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/netmend/netmend/cmd/netmend/internal/bench"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/cmd/netmend/internal/demo"
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
	return netmend().Run(ctx, args, stdin, stdout, stderr)
}

// netmend is the program: its commands, in the order of the overview.
func netmend() *cli.Program {
	return &cli.Program{
		Name:    "netmend",
		Summary: "exact analysis and provable repair of neural networks",
		Detail: `netmend finds the inputs on which a trained network misbehaves, changes the network as
little as possible, and proves that no such inputs are left.

Every command has --help with an example, and --json.
Exit codes: 0 yes, 1 no (violated, infeasible, rejected), 2 bad input,
3 unknown (a limit was reached, or float64 cannot tell), 130 interrupted.

Start with: netmend demo`,
		Version: cli.Version(),
		Sections: []cli.Section{
			{Title: "Look at a network", Commands: []*cli.Command{infoCommand, evalCommand, regionsCommand, plotCommand}},
			{Title: "Ask which inputs cause which outputs", Commands: []*cli.Command{imageCommand, preimageCommand, partitionCommand, verifyCommand, contractCommand}},
			{Title: "Mend it", Commands: []*cli.Command{repairCommand, checkCommand, evaluateCommand}},
			{Title: "Try it, and more", Commands: slices.Concat([]*cli.Command{demo.Command, demo.InverseCommand}, bench.Commands, []*cli.Command{versionCommand})},
		},
		Families: map[string]string{"bench": "time the experiments of the papers"},
	}
}

// commands lists the subcommands.
func commands() []*cli.Command {
	var all []*cli.Command
	for _, s := range netmend().Sections {
		all = append(all, s.Commands...)
	}
	return all
}
