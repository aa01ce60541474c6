package report

import "fmt"

// Color is 0xRRGGBB. Zero, pure black, means "choose one": use [Black].
type Color uint32

// The Okabe-Ito palette. Black is one shade off, as zero means automatic.
const (
	Black     Color = 0x010101
	Orange    Color = 0xE69F00
	SkyBlue   Color = 0x56B4E9
	Green     Color = 0x009E73
	Yellow    Color = 0xF0E442
	Blue      Color = 0x0072B2
	Vermilion Color = 0xD55E00
	Purple    Color = 0xCC79A7
	// Gray is for things in the background, such as the network before its repair.
	Gray Color = 0x767676
)

// The figure's own colours.
const (
	background Color = 0xFFFFFF
	ink        Color = 0x222222
	faint      Color = 0xE4E4E4
)

// lineColors, without the ones that are too light for a line, and areaColors
// are taken by turns where a figure names none.
var (
	lineColors = []Color{Blue, Vermilion, Green, Purple, Orange, SkyBlue, Black}
	areaColors = []Color{Vermilion, Blue, Green, Orange, SkyBlue, Purple, Yellow}
)

// RegionColor is the colour of the i-th linear region: neighbours differ.
func RegionColor(i int) Color { return areaColors[i%len(areaColors)] }

// or returns c, or other where c is automatic.
func (c Color) or(other Color) Color {
	if c == 0 {
		return other
	}
	return c
}

func (c Color) rgb() (r, g, b uint8) { return uint8(c >> 16), uint8(c >> 8), uint8(c) }

// String is #rrggbb.
func (c Color) String() string { return fmt.Sprintf("#%06x", uint32(c)&0xFFFFFF) }
