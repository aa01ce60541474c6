package main

import "github.com/netmend/netmend/cmd/netmend/internal/cli"

// inFolder makes the function that runs a demonstration in the folder that the
// operand names, by default demo, which is made where it is missing and goes again where nothing is written.
func inFolder(inv *cli.Invocation, run func(folder string) error) func(operands []string) (int, error) {
	return func(operands []string) (int, error) {
		if len(operands) == 0 {
			operands = []string{"demo"}
		}
		if err := cli.WantOperands(operands, "DIR"); err != nil {
			return 0, err
		}
		if err := inv.Files.Folder(operands[0]); err != nil {
			return 0, err
		}
		return cli.ExitYes, run(operands[0])
	}
}
