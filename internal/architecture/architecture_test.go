// Package architecture compares the table of layers in ARCHITECTURE.md with what the
// packages import, and draws it.
package architecture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/golden"
)

const module = "github.com/netmend/netmend/"

// onlyTests is the row of packages that nothing but tests imports.
const onlyTests = "for tests only"

// row is a row of the table: the packages of a layer, from left to right.
type row struct {
	name     string
	packages []string
}

// place is where the table has a package.
type place struct{ row, column int }

// TestImports: every package of the repository is in the table of ARCHITECTURE.md, once,
// and imports packages of rows below its own and of its own row those to its right.
func TestImports(t *testing.T) {
	rows := readTable(t)
	places := map[string]place{}
	for i, r := range rows {
		for j, p := range r.packages {
			if _, twice := places[p]; twice {
				t.Errorf("ARCHITECTURE.md: %s is in the table twice", p)
			}
			places[p] = place{i, j}
		}
	}
	imports := listImports(t)
	for p, from := range imports {
		at, ok := places[p]
		if !ok {
			if inside(places, p) {
				continue
			}
			t.Errorf("ARCHITECTURE.md: package %s is missing from the table", p)
			continue
		}
		for _, q := range from {
			to, ok := places[q]
			switch {
			case !ok: // reported above, or a part of the command
			case rows[to.row].name == onlyTests && rows[at.row].name != onlyTests:
				t.Errorf("%s imports %s, which is for tests only", p, q)
			case rows[at.row].name == onlyTests:
			case to.row < at.row || to.row == at.row && to.column < at.column:
				t.Errorf("%s imports %s, which the table of ARCHITECTURE.md has above it", p, q)
			}
		}
	}
	for p := range places {
		if _, ok := imports[p]; !ok {
			t.Errorf("ARCHITECTURE.md: there is no package %s", p)
		}
	}
	golden.Compare(t, filepath.Join("..", "..", "docs", "pictures", "architecture.svg"), draw(rows, imports))
}

// inside reports whether a package is one of the command's own, which stand for the command.
func inside(places map[string]place, p string) bool {
	parent, _, found := strings.Cut(p, "/internal/")
	_, ok := places[parent]
	return found && ok && strings.HasPrefix(parent, "cmd/")
}

// readTable reads the table of ARCHITECTURE.md.
func readTable(t *testing.T) []row {
	text, err := os.ReadFile(filepath.Join("..", "..", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "begins here -->\n")
	table, _, ends := strings.Cut(table, "<!-- and ends here")
	if !found || !ends {
		t.Fatal("ARCHITECTURE.md: the table is not between its marks")
	}
	var rows []row
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		cells := strings.Split(line, "|")
		if i < 2 || len(cells) != 4 {
			continue // the heading
		}
		r := row{name: strings.TrimSpace(cells[1])}
		for p := range strings.SplitSeq(cells[2], ",") {
			r.packages = append(r.packages, strings.Trim(p, " `"))
		}
		rows = append(rows, r)
	}
	return rows
}

// listImports asks the go command which packages of the module each package imports,
// its tests left out.
func listImports(t *testing.T) map[string][]string {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "-tags", "clp,ort", "./...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	imports := map[string][]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return imports
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, module)
		imports[name] = nil
		for _, q := range p.Imports {
			if rest, ours := strings.CutPrefix(q, module); ours {
				imports[name] = append(imports[name], rest)
			}
		}
	}
}

// draw draws the layers with their packages, and of each layer which others it uses.
func draw(rows []row, imports map[string][]string) []byte {
	const (
		width, left = 1000, 190
		height      = 24 // of a box
		gap         = 8
		letter      = 7.2 // width of a letter of the boxes
	)
	layer := map[string]int{}
	for i, r := range rows {
		for _, p := range r.packages {
			layer[p] = i
		}
	}
	var b bytes.Buffer
	y := gap
	body := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for i, r := range rows {
		if r.name == onlyTests {
			break
		}
		top, x := y, left
		var used []string
		for _, p := range r.packages {
			w := int(letter*float64(len(p))) + 12
			if x+w > width-gap {
				x, y = left, y+height+gap
			}
			body(`<rect x="%d" y="%d" width="%d" height="%d" rx="4" fill="#fff" stroke="#446"/>`, x, y+gap, w, height)
			body(`<text x="%d" y="%d" font-family="monospace" font-size="12">%s</text>`, x+6, y+gap+16, html.EscapeString(p))
			x += w + gap
			for _, q := range imports[p] {
				if l, ok := layer[q]; ok && l > i && !slices.Contains(used, rows[l].name) {
					used = append(used, rows[l].name)
				}
			}
		}
		slices.SortFunc(used, func(a, b string) int {
			return slices.IndexFunc(rows, func(r row) bool { return r.name == a }) - slices.IndexFunc(rows, func(r row) bool { return r.name == b })
		})
		y += height + 2*gap
		if len(used) > 0 {
			body(`<text x="%d" y="%d" font-family="sans-serif" font-size="11" fill="#446">uses: %s</text>`, left, y+10, strings.Join(used, ", "))
			y += 10 + gap
		}
		body(`<rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="none" stroke="#99b"/>`, gap, top, width-2*gap, y-top)
		body(`<text x="%d" y="%d" font-family="sans-serif" font-size="13" font-weight="bold">%s</text>`, 2*gap, top+24, html.EscapeString(r.name))
		y += gap
	}
	return fmt.Appendf(nil, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#f6f7fb\"/>\n%s</svg>\n", width, y, width, y, b.Bytes())
}
