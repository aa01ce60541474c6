package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const begin = "<!-- from here -->\n"

func TestSplice(t *testing.T) {
	first, err := Splice([]byte("# Title\n"), begin, "old\n")
	if err != nil {
		t.Fatal(err)
	}
	second, err := Splice(append(first, "after\n"...), begin, "new\n")
	if err != nil {
		t.Fatal(err)
	}
	if want := "# Title\n\n" + begin + "new\n" + End + "after\n"; string(second) != want {
		t.Errorf("got %q, want %q", second, want)
	}
	if _, err := Splice([]byte(begin), begin, "new\n"); err == nil {
		t.Error("a lone marker was accepted")
	}
}

func TestReplace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.md")
	for _, part := range []string{"old\n", "new\n"} {
		if err := Replace(file, begin, part); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil || string(text) != begin+"new\n"+End {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.WriteFile(file, []byte(begin), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Replace(file, begin, "x"); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v, want one that names the file", err)
	}
}
