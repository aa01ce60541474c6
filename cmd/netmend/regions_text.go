package main

import (
	"bufio"
	"fmt"
	"math"
	"strings"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region"
)

// regionOutput is what is printed about which regions.
type regionOutput struct {
	path            string
	net             *nn.Network
	domains         []domain
	countOnly, sets bool
	limit, workers  int
	arithmetic      string
}

// regionPrinter prints regions as they are found.
type regionPrinter interface {
	begin()
	region(*region.Cell) error
	end(counts []int, status string) error
}

func (o *regionOutput) printer(inv *cli.Invocation) regionPrinter {
	w := bufio.NewWriter(inv.Stdout)
	if inv.JSON {
		return &regionJSON{out: o, inv: inv, w: w}
	}
	return &regionText{out: o, w: w, domain: -1}
}

// Points of more numbers than this are not printed in the short form.
const shortDim = 4

// regionText prints one line per region, or with --sets a paragraph.
type regionText struct {
	out    *regionOutput
	w      *bufio.Writer
	domain int // whose heading was printed
	inside int // regions of it printed
}

func (p *regionText) begin() {
	if kind := beforeOf(p.out.net, p.out.sets); kind != "" {
		fmt.Fprintf(p.w, "affine maps give the numbers before the final %s\n", kind)
	}
}

func (p *regionText) region(c *region.Cell) error {
	if p.out.countOnly {
		return nil
	}
	for p.domain < c.Domain {
		p.domain++
		p.inside = 0
		fmt.Fprintf(p.w, "%s\n", p.out.domains[p.domain].title())
	}
	d := &p.out.domains[c.Domain]
	p.inside++
	fmt.Fprintf(p.w, "%6d  ", p.inside)
	if d.segment != nil {
		fmt.Fprintf(p.w, "t %s to %s", cli.Short(c.Vertices[0].Param[0]), cli.Short(c.Vertices[1].Param[0]))
	} else {
		fmt.Fprintf(p.w, "%s, %s of the area", cli.Count(len(c.Vertices), "corner"), areaShare(c, d))
	}
	if d.dim() <= shortDim && !p.out.sets {
		points := make([]string, len(c.Vertices))
		for i, v := range c.Vertices {
			points[i] = pointText(d.at(v.Param))
		}
		fmt.Fprintf(p.w, "  %s", strings.Join(points, " "))
	}
	if p.out.sets {
		p.set(c, d)
	}
	_, err := p.w.WriteString("\n")
	return err
}

// set prints a region in full.
func (p *regionText) set(c *region.Cell, d *domain) {
	for _, v := range c.Vertices {
		fmt.Fprintf(p.w, "\n        vertex %s", pointText(d.at(v.Param)))
	}
	fmt.Fprintf(p.w, "\n        pattern %s", patternText(c.Pattern))
	if len(c.Zero) > 0 {
		fmt.Fprintf(p.w, "\n        at a breakpoint throughout: units %v", c.Zero)
	}
	m := c.Affine()
	for i := range m.Rows {
		row := m.Row(i)
		if d.segment != nil {
			fmt.Fprintf(p.w, "\n        output %d = %s t %s", i, cli.Short(row[0]), signed(row[1]))
		} else {
			fmt.Fprintf(p.w, "\n        output %d = %s u %s v %s", i, cli.Short(row[0]), signed(row[1]), signed(row[2]))
		}
	}
}

func (p *regionText) end(counts []int, status string) error {
	total := 0
	for i, n := range counts {
		total += n
		if p.out.countOnly && len(counts) > 1 {
			fmt.Fprintf(p.w, "%10s  %s\n", cli.Thousands(n), p.out.domains[i].name)
		}
	}
	fmt.Fprint(p.w, cli.Count(total, "linear region"))
	if len(counts) > 1 {
		fmt.Fprintf(p.w, " on %d sets", len(counts))
	}
	if status != "complete" {
		fmt.Fprintf(p.w, " until then: %s", status)
	}
	fmt.Fprintf(p.w, "%s\n", answer.InUnits(p.out.net))
	return p.w.Flush()
}

// title describes a domain.
func (d *domain) title() string {
	switch {
	case d.dim() > shortDim:
		return d.name
	case d.segment != nil:
		return fmt.Sprintf("segment from %s to %s", pointText(d.segment.From), pointText(d.segment.To))
	}
	points := make([]string, len(d.polygon.Vertices))
	for i, v := range d.polygon.Vertices {
		points[i] = pointText(v)
	}
	return "polygon " + strings.Join(points, " ")
}

// areaShare is a cell's share of its polygon.
func areaShare(c *region.Cell, d *domain) string {
	plane := make([][2]float64, len(c.Vertices))
	for i, v := range c.Vertices {
		plane[i] = v.Param
	}
	return fmt.Sprintf("%.3g %%", 100*area(plane)/area(d.polygon.Plane))
}

// area is that of a polygon in the plane (the shoelace formula).
func area(p [][2]float64) float64 {
	sum := 0.0
	for i, a := range p {
		b := p[(i+1)%len(p)]
		sum += float64(a[0]*b[1]) - float64(a[1]*b[0])
	}
	return float64(math.Abs(sum) / 2)
}

// pointText is "(0.5, 1)".
func pointText(x []float64) string {
	words := make([]string, len(x))
	for i, v := range x {
		words[i] = cli.Short(v)
	}
	return "(" + strings.Join(words, ", ") + ")"
}

// signed is "+ 0.5" or "- 0.5".
func signed(v float64) string {
	if math.Signbit(v) {
		return "- " + cli.Short(-v)
	}
	return "+ " + cli.Short(v)
}

// patternText has one digit per unit: the index of its piece, for a ReLU 0 or 1, and ? where
// it may execute several.
func patternText(p nn.Pattern) string {
	text := make([]byte, len(p))
	for i, piece := range p {
		if text[i] = '0' + piece; piece == tree.Several {
			text[i] = '?'
		}
	}
	return string(text)
}
