// Package report draws figures: a network's output before and after a repair, with the
// linear regions on the input axis, the requirement shaded and points marked (after Figures
// 3 and 5 of Sotoudeh and Thakur), and polygons in the plane.
//
// A [Figure] holds [Panel] values side by side. [Figure.WriteSVG] and [Figure.WritePNG] write
// the same picture, laid out once with the metrics of the Go font; the bytes of the SVG
// depend only on the figure. The legend stands below the panels, where it covers no data.
//
// # Colours
//
// The palette is that of Masataka Okabe and Kei Ito, "Color Universal Design" (2008), whose
// colours people with any of the common colour blindnesses can tell apart.
package report
