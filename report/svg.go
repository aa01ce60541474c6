package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// svg writes an SVG 1.1 file.
type svg struct{ b bytes.Buffer }

// fontFamily is the font of the metrics and the usual ones that are like it.
const fontFamily = "Go, 'Helvetica Neue', Helvetica, Arial, sans-serif"

func newSVG(width, height float64, title, description string) *svg {
	c := &svg{}
	w, h := coordinate(width), coordinate(height)
	fmt.Fprintf(&c.b, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" role="img" font-family="%s">`+"\n",
		w, h, w, h, fontFamily)
	if title != "" {
		fmt.Fprintf(&c.b, "<title>%s</title>\n", escaped(title))
	}
	if description != "" {
		fmt.Fprintf(&c.b, "<desc>%s</desc>\n", escaped(description))
	}
	fmt.Fprintf(&c.b, `<rect width="%s" height="%s" fill="%v"/>`+"\n", w, h, background)
	return c
}

func (c *svg) writeTo(w io.Writer) error {
	c.b.WriteString("</svg>\n")
	_, err := w.Write(c.b.Bytes())
	return err
}

// coordinate writes a hundredth of a pixel exactly, so that the bytes do not
// depend on the last bits.
func coordinate(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

func escaped(s string) string {
	var b strings.Builder
	// A strings.Builder takes everything.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

func (c *svg) points(ps []vec) string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(coordinate(p.x) + "," + coordinate(p.y))
	}
	return b.String()
}

func (c *svg) polygon(corners []vec, fill paint) {
	fmt.Fprintf(&c.b, `<polygon points="%s" fill="%v"`, c.points(corners), fill.color)
	if fill.opacity != 1 {
		fmt.Fprintf(&c.b, ` fill-opacity="%s"`, coordinate(fill.opacity))
	}
	c.b.WriteString("/>\n")
}

func (c *svg) polyline(points []vec, s stroke) {
	fmt.Fprintf(&c.b, `<polyline points="%s" fill="none" stroke="%v" stroke-width="%s" stroke-linejoin="round"`,
		c.points(points), s.color, coordinate(s.width))
	if s.dash != nil {
		lengths := make([]string, len(s.dash))
		for i, d := range s.dash {
			lengths[i] = coordinate(d)
		}
		fmt.Fprintf(&c.b, ` stroke-dasharray="%s"`, strings.Join(lengths, " "))
	}
	c.b.WriteString("/>\n")
}

func (c *svg) circle(center vec, radius float64, fill Color, edge stroke) {
	fmt.Fprintf(&c.b, `<circle cx="%s" cy="%s" r="%s" fill="%v" stroke="%v" stroke-width="%s"/>`+"\n",
		coordinate(center.x), coordinate(center.y), coordinate(radius), fill, edge.color, coordinate(edge.width))
}

func (c *svg) text(at vec, s string, style textStyle) {
	x, y := coordinate(at.x), coordinate(at.y)
	fmt.Fprintf(&c.b, `<text x="%s" y="%s" font-size="%s" fill="%v"`, x, y, coordinate(style.size), style.color)
	if style.bold {
		c.b.WriteString(` font-weight="bold"`)
	}
	if style.anchor != anchorStart {
		fmt.Fprintf(&c.b, ` text-anchor="%s"`, [...]string{"start", "middle", "end"}[style.anchor])
	}
	if style.upwards {
		fmt.Fprintf(&c.b, ` transform="rotate(-90 %s %s)"`, x, y)
	}
	fmt.Fprintf(&c.b, ">%s</text>\n", escaped(s))
}
