package cli

import (
	"runtime/debug"
	"strings"
)

// release is the newest release in CHANGELOG.md: what builds of a checkout are called, too.
const release = "v0.1.0"

// Version is the release that the command is, or is made from.
func Version() string {
	if v := ModuleVersion(); strings.HasPrefix(v, "v") && !strings.ContainsAny(v, "-+") {
		return v
	}
	return release
}

// ModuleVersion is the version of the module that the command was built from: the release,
// or the commit of a checkout as far as the go command knows it.
func ModuleVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
