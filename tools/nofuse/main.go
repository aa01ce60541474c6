// Command nofuse finds the floating-point products that a Go compiler may fuse
// with an addition: x*y + z rounded once instead of twice. On amd64 it does so
// from GOAMD64=v3 on, on arm64 always, so that the same program gives other
// bits there. The language forbids it where the product is converted
// explicitly, float64(x*y), and the command reports each product that is not.
//
// It is run by go vet, which gives it packages with their tests and types, for
// any target and build tags:
//
//	go vet -vettool=bin/nofuse ./...
//
// and by itself, to mend what it finds:
//
//	bin/nofuse -fix ./...
package main

import (
	"os"
	"strings"

	"golang.org/x/tools/go/analysis/singlechecker"
	"golang.org/x/tools/go/analysis/unitchecker"
)

func main() {
	if calledByVet(os.Args[1:]) {
		unitchecker.Main(Analyzer)
	}
	singlechecker.Main(Analyzer)
}

// calledByVet: go vet asks for the version and the flags of its tool, then
// gives it one configuration file for each package.
func calledByVet(args []string) bool {
	for _, a := range args {
		if strings.HasPrefix(a, "-V") || a == "-flags" || strings.HasSuffix(a, ".cfg") {
			return true
		}
	}
	return false
}
