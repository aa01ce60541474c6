package main

import "os"

// inFolder makes the function that runs a demonstration in the folder that the
// operand names, by default demo, which is made where it is missing.
func inFolder(run func(folder string) error) func(operands []string) (int, error) {
	return func(operands []string) (int, error) {
		if len(operands) == 0 {
			operands = []string{"demo"}
		}
		if err := wantOperands(operands, "DIR"); err != nil {
			return 0, err
		}
		if err := os.MkdirAll(operands[0], 0o777); err != nil {
			return 0, err
		}
		if err := checkFolder(operands[0], operands[0]); err != nil {
			return 0, err
		}
		return exitYes, run(operands[0])
	}
}
