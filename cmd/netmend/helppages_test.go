package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/golden"
)

// docs is the folder of the documentation.
var docs = filepath.Join("..", "..", "docs")

// TestHelpPages compares docs/REFERENCE.md and the manual pages in docs/man with what
// the commands' help says.
func TestHelpPages(t *testing.T) {
	root := netmend().Tree(func(c *cli.Command) *cli.Invocation {
		return cli.NewInvocation(c, strings.NewReader(""), io.Discard, io.Discard)
	}, func(int) {})
	root.InitDefaultCompletionCmd()

	var reference bytes.Buffer
	reference.WriteString(`# Every command and its flags

What ` + "`netmend COMMAND --help`" + ` prints, on one page. [COMMAND.md](COMMAND.md) explains the commands.
This page is generated; to regenerate it, run ` + "`go test ./cmd/netmend -run TestHelpPages -update`" + `.

`)
	walk(root, func(c *cobra.Command) {
		if c != root && !strings.HasPrefix(c.CommandPath(), "netmend completion") {
			fmt.Fprintf(&reference, "## %s\n\n%s\n\n```\n%s\n```\n\n", c.CommandPath(), c.Long, strings.TrimSpace(c.UsageString()))
		}
	})
	golden.Compare(t, filepath.Join(docs, "REFERENCE.md"), reference.Bytes())
	pages := map[string][]byte{}
	walk(root, func(c *cobra.Command) {
		c.DisableAutoGenTag = true
		name := strings.ReplaceAll(c.CommandPath(), " ", "-")
		var page bytes.Buffer
		header := &doc.GenManHeader{Title: strings.ToUpper(name), Section: "1", Source: "netmend", Manual: "netmend", Date: &time.Time{}}
		if err := doc.GenMan(c, header, &page); err != nil {
			t.Fatal(err)
		}
		// A page that says the same has the same bytes on any day.
		pages[name+".1"] = bytes.Replace(page.Bytes(), []byte("Jan 0001"), nil, 1)
	})
	for name, page := range pages {
		golden.Compare(t, filepath.Join(docs, "man", name), page)
	}
	files, err := os.ReadDir(filepath.Join(docs, "man"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if pages[f.Name()] == nil {
			t.Errorf("docs/man/%s: there is no such command", f.Name())
		}
	}
}

// walk calls do for a command and all its members.
func walk(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, m := range c.Commands() {
		if m.IsAvailableCommand() {
			walk(m, do)
		}
	}
}
