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
	"syscall"
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
	return netmend().run(ctx, args, stdin, stdout, stderr)
}

// netmend is the program: its commands, in the order of the overview.
func netmend() *program {
	return &program{
		name:    "netmend",
		summary: "exact analysis and provable repair of neural networks",
		detail: `netmend finds the inputs for which a trained network does what it must not, changes the
network as little as possible, and proves that they are gone.

Every command has --help with an example, and --json.
Exit codes: 0 yes, 1 no (violated, infeasible, rejected), 2 bad input,
3 unknown (a limit was reached, or float64 cannot tell), 130 interrupted.

Start with: netmend demo`,
		version: moduleVersion(),
		sections: []section{
			{title: "Look at a network", commands: []*command{infoCommand, evalCommand, regionsCommand, plotCommand}},
			{title: "Ask which inputs cause which outputs", commands: []*command{imageCommand, preimageCommand, partitionCommand, verifyCommand, contractCommand}},
			{title: "Mend it", commands: []*command{repairCommand, checkCommand, evaluateCommand}},
			{title: "Try it, and more", commands: []*command{
				demoCommand, demoInverseCommand,
				benchACASCommand, benchMNISTCommand, benchSqueezeNetCommand, benchLinesCommand, benchSlicesCommand, benchPhotographsCommand,
				benchFiguresCommand,
				versionCommand,
			}},
		},
		families: map[string]string{"bench": "time the experiments of the papers"},
	}
}

// commands lists the subcommands.
func commands() []*command {
	var all []*command
	for _, s := range netmend().sections {
		all = append(all, s.commands...)
	}
	return all
}
