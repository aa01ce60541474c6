package main

import (
	"runtime"
	"runtime/debug"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"

	_ "embed"

	"github.com/spf13/pflag"
)

// licences are those of the software that the command contains.
//
//go:embed licences.txt
var licences string

var versionCommand = &cli.Command{
	Name:    "version",
	Summary: "print the version of this command",
	Usage:   "[flags]",
	Example: "netmend version",
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var notices bool
		fs.BoolVar(&notices, "licences", false, "print the licences of the software that this command contains")
		return func(operands []string) (int, error) {
			if err := cli.WantOperands(operands); err != nil {
				return 0, err
			}
			if notices && inv.JSON {
				return 0, cli.Usagef("--licences prints text; leave --json out")
			}
			if notices {
				inv.Printf("%s", licences)
				return cli.ExitYes, nil
			}
			return cli.ExitYes, printVersion(inv)
		}
	},
}

func printVersion(inv *cli.Invocation) error {
	version, revision, modified := cli.Version(), "", false
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				revision = s.Value
			case "vcs.modified":
				modified = s.Value == "true"
			}
		}
	}
	platform := runtime.GOOS + "/" + runtime.GOARCH
	if inv.JSON {
		return inv.WriteJSON(struct {
			cli.Header
			Version  string    `json:"version"`
			Revision string    `json:"revision,omitempty"`
			Modified bool      `json:"modified"`
			Go       string    `json:"go"`
			Platform string    `json:"platform"`
			Seconds  cli.Total `json:"seconds"`
		}{inv.Header(), version, revision, modified, runtime.Version(), platform, inv.Total()})
	}
	inv.Printf("netmend %s (%s, %s)\n", version, runtime.Version(), platform)
	if revision != "" {
		suffix := ""
		if modified {
			suffix = ", with local changes"
		}
		inv.Printf("revision %s%s\n", revision, suffix)
	}
	return nil
}
