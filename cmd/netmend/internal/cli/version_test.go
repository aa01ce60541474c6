package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestVersion: the command calls itself what the newest entry of CHANGELOG.md is about,
// which has a date.
func TestVersion(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	entry := regexp.MustCompile(`(?m)^## (\S+) — \d{4}-\d{2}-\d{2}$`).FindSubmatch(text)
	if entry == nil {
		t.Fatal("CHANGELOG.md has no entry with a version and a date")
	}
	if got := string(entry[1]); got != release {
		t.Errorf("CHANGELOG.md begins with %s, the command with %s", got, release)
	}
	if v := Version(); v != release {
		t.Errorf("a test calls itself %s, want %s", v, release)
	}
}
