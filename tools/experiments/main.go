// Command experiments runs the experiments of both papers with netmend and writes
// their figures, beside the papers' own, as tables into a Markdown file.
//
// Each table replaces what stands between its two marker lines of the file, and is
// written as soon as it is there.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/netmend/netmend/tools/internal/report"
)

func main() {
	var r runner
	flag.StringVar(&r.netmend, "netmend", "", "path of the netmend command")
	flag.StringVar(&r.data, "data", "", "folder of the reference data")
	flag.StringVar(&r.cache, "cache", "", "folder in which answers are kept, so that a run that was stopped goes on where it was; answers of another build of netmend do not count")
	out := flag.String("out", "", "Markdown file to write the tables into")
	only := flag.String("only", "", "run these experiments only: "+strings.Join(names(), ", "))
	flag.Parse()
	if err := run(&r, *out, *only); err != nil {
		fmt.Fprintln(os.Stderr, "experiments:", err)
		os.Exit(1)
	}
}

// section is one part of the document.
type section struct {
	name string
	// write runs the experiment and returns its part as Markdown.
	write func(*runner) (string, error)
}

// begin is the marker line before the section.
func (s section) begin() string {
	return fmt.Sprintf("<!-- make experiments writes %s from here -->\n", s.name)
}

// sections are the parts in the order in which they are made.
var sections = []section{
	{"machine", machine},
	{"inverse", inverse},
	{"task2", task2},
	{"task2-fog", task2Fog},
	{"task2-why", task2Why},
	{"task3", task3},
	{"task1", task1}, // the longest, so last
}

func names() []string {
	all := make([]string, len(sections))
	for i, s := range sections {
		all[i] = s.name
	}
	return all
}

func run(r *runner, out, only string) error {
	if r.netmend == "" || r.data == "" || out == "" || flag.NArg() > 0 {
		return errors.New("want -netmend, -data and -out, and no arguments")
	}
	chosen := names()
	if only != "" {
		chosen = strings.Split(only, ",")
	}
	for _, name := range chosen {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("no experiment is called %q: want some of %s", name, strings.Join(names(), ","))
		}
	}
	if err := r.prepare(); err != nil {
		return err
	}
	for _, s := range sections {
		if !slices.Contains(chosen, s.name) {
			continue
		}
		r.begin(s.name)
		part, err := s.write(r)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := report.Replace(out, s.begin(), part+r.summary()); err != nil {
			return err
		}
	}
	return nil
}

// machine says where the figures are from.
func machine(*runner) (string, error) {
	return fmt.Sprintf("Machine: %s.\n", report.Machine()), nil
}
