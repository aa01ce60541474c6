package main

import (
	_ "embed"
	"runtime"
	"runtime/debug"

	"github.com/spf13/pflag"
)

// licences are those of the software that the command contains.
//
//go:embed licences.txt
var licences string

var versionCommand = &command{
	name:    "version",
	summary: "print the version of this command",
	usage:   "[flags]",
	example: "netmend version",
	setup: func(inv *invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		var notices bool
		fs.BoolVar(&notices, "licences", false, "print the licences of the software that this command contains")
		return func(operands []string) (int, error) {
			if err := wantOperands(operands); err != nil {
				return 0, err
			}
			if notices && inv.json {
				return 0, usagef("--licences prints text; leave --json out")
			}
			if notices {
				inv.printf("%s", licences)
				return exitYes, nil
			}
			return exitYes, printVersion(inv)
		}
	},
}

// moduleVersion is the version of the module that the command was built from.
func moduleVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

func printVersion(inv *invocation) error {
	version, revision, modified := moduleVersion(), "", false
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
	if inv.json {
		return inv.writeJSON(struct {
			header
			Version  string `json:"version"`
			Revision string `json:"revision,omitempty"`
			Modified bool   `json:"modified"`
			Go       string `json:"go"`
			Platform string `json:"platform"`
			Seconds  total  `json:"seconds"`
		}{inv.header(), version, revision, modified, runtime.Version(), platform, inv.total()})
	}
	inv.printf("netmend %s (%s, %s)\n", version, runtime.Version(), platform)
	if revision != "" {
		suffix := ""
		if modified {
			suffix = ", with local changes"
		}
		inv.printf("revision %s%s\n", revision, suffix)
	}
	return nil
}
