package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// runner runs the netmend command.
type runner struct {
	netmend, data, cache string
	build                string // identifies the command's binary

	section string
	runs    int
	peak    int64 // bytes, of the section's runs
	seconds float64
	largest string // the run with the peak
}

// answer is what one run of the command printed and took.
type answer struct {
	Objects []json.RawMessage `json:"objects"`
	// Peak is the largest resident memory of the process, in bytes.
	Peak    int64   `json:"peak"`
	Seconds float64 `json:"seconds"`
}

// prepare finds out which build of the command it is.
func (r *runner) prepare() error {
	file, err := os.Open(r.netmend)
	if err != nil {
		return err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return err
	}
	r.build = hex.EncodeToString(h.Sum(nil))
	if r.cache == "" {
		return nil
	}
	return os.MkdirAll(r.cache, 0o755)
}

// begin starts the account of a section.
func (r *runner) begin(section string) {
	*r = runner{netmend: r.netmend, data: r.data, cache: r.cache, build: r.build, section: section}
}

// summary is the section's account.
func (r *runner) summary() string {
	if r.runs == 0 {
		return ""
	}
	if r.runs == 1 {
		return fmt.Sprintf("\nOne run, %.1f s. Peak memory of the process: %.0f MB (`%s`).\n", r.seconds, float64(r.peak)/1e6, r.largest)
	}
	return fmt.Sprintf("\n%d runs, %.0f s in all. Largest peak memory of a process: %.0f MB (`%s`).\n",
		r.runs, r.seconds, float64(r.peak)/1e6, r.largest)
}

// ask runs the command and decodes the one JSON object that it prints.
func (r *runner) ask(into any, args ...string) (*answer, error) {
	a, err := r.run(args...)
	if err != nil {
		return nil, err
	}
	if len(a.Objects) != 1 {
		return nil, fmt.Errorf("netmend %s: printed %d JSON objects, want 1", strings.Join(args, " "), len(a.Objects))
	}
	return a, json.Unmarshal(a.Objects[0], into)
}

// run runs the command, or takes its answer from the cache.
func (r *runner) run(args ...string) (*answer, error) {
	shown := strings.Join(args, " ")
	key := sha256.Sum256([]byte(r.build + "\x00" + strings.Join(args, "\x00")))
	file := filepath.Join(r.cache, hex.EncodeToString(key[:])+".json")
	a := &answer{}
	if text, err := os.ReadFile(file); r.cache != "" && err == nil && json.Unmarshal(text, a) == nil {
		fmt.Fprintf(os.Stderr, "experiments: %s: netmend %s (kept)\n", r.section, shown)
	} else {
		fmt.Fprintf(os.Stderr, "experiments: %s: netmend %s\n", r.section, shown)
		if a, err = r.execute(args); err != nil {
			return nil, fmt.Errorf("netmend %s: %w", shown, err)
		}
		if r.cache != "" {
			text, err := json.Marshal(a)
			if err == nil {
				err = os.WriteFile(file, text, 0o644)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	r.runs++
	r.seconds += a.Seconds
	if a.Peak > r.peak {
		r.peak, r.largest = a.Peak, strings.ReplaceAll(shown, r.data, "DATA")
	}
	return a, nil
}

// execute runs the command. Exit statuses 1 ("no") and 3 ("unknown") are answers.
func (r *runner) execute(args []string) (*answer, error) {
	cmd := exec.Command(r.netmend, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout = &stdout
	cmd.Stderr = io.MultiWriter(&stderr, os.Stderr)
	start := time.Now()
	err := cmd.Run()
	a := &answer{Seconds: time.Since(start).Seconds()}
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || !slices.Contains([]int{1, 3}, exit.ExitCode()) || stdout.Len() == 0) {
		return nil, fmt.Errorf("%w\n%s", err, &stderr)
	}
	a.Peak = peakMemory(cmd.ProcessState)
	decoder := json.NewDecoder(&stdout)
	for {
		var object json.RawMessage
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			return a, nil
		}
		if err != nil {
			return nil, err
		}
		a.Objects = append(a.Objects, object)
	}
}
