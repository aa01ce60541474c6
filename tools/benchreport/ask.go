package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
)

// ask runs the command with additional environment variables and decodes the
// JSON object that it prints. It returns the processor seconds that the process
// used, which say more than the clock where others use the machine too. An exit
// status of 1 ("no") or 3 ("unknown", a limit was reached) is an answer.
func ask(netmend string, env, args []string, into any) (cpu float64, err error) {
	answers := []int{1, 3}
	cmd := exec.Command(netmend, args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || !slices.Contains(answers, exit.ExitCode()) || len(stdout) == 0) {
		return 0, fmt.Errorf("%w\n%s", err, &stderr)
	}
	if err := json.Unmarshal(stdout, into); err != nil {
		return 0, err
	}
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), nil
}
