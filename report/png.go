package report

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// raster draws into an image with scale pixels for each of the SVG's.
type raster struct {
	img   *image.RGBA
	scale float64
}

func newPNG(width, height, scale float64) (*raster, error) {
	r := &raster{
		img:   image.NewRGBA(image.Rect(0, 0, int(math.Ceil(width*scale)), int(math.Ceil(height*scale)))),
		scale: scale,
	}
	draw.Draw(r.img, r.img.Bounds(), r.source(paint{background, 1}), image.Point{}, draw.Src)
	return r, nil
}

func (r *raster) writeTo(w io.Writer) error {
	e := png.Encoder{CompressionLevel: png.BestCompression}
	return e.Encode(w, r.img)
}

func (r *raster) source(p paint) image.Image {
	red, green, blue := p.color.rgb()
	return image.NewUniform(color.NRGBA{red, green, blue, uint8(math.Round(p.opacity * 255))})
}

// fill paints closed outlines, given in the picture's own pixels, that all turn
// the same way.
func (r *raster) fill(outlines [][]vec, p paint) {
	// Only the part of the image that they cover goes through the rasteriser.
	bounds := image.Rectangle{}
	for _, outline := range outlines {
		for _, v := range outline {
			x, y := int(math.Floor(v.x)), int(math.Floor(v.y))
			bounds = bounds.Union(image.Rect(x, y, x+2, y+2))
		}
	}
	bounds = bounds.Intersect(r.img.Bounds())
	if bounds.Empty() {
		return
	}
	z := vector.NewRasterizer(bounds.Dx(), bounds.Dy())
	for _, outline := range outlines {
		for i, v := range outline {
			x, y := float32(v.x-float64(bounds.Min.X)), float32(v.y-float64(bounds.Min.Y))
			if i == 0 {
				z.MoveTo(x, y)
			} else {
				z.LineTo(x, y)
			}
		}
		z.ClosePath()
	}
	z.Draw(r.img, bounds, r.source(p), image.Point{})
}

// scaled converts to the picture's own pixels.
func (r *raster) scaled(ps []vec) []vec {
	out := make([]vec, len(ps))
	for i, p := range ps {
		out[i] = vec{float64(p.x * r.scale), float64(p.y * r.scale)}
	}
	return out
}

func (r *raster) polygon(corners []vec, fill paint) { r.fill([][]vec{r.scaled(corners)}, fill) }

func (r *raster) polyline(points []vec, s stroke) {
	var outlines [][]vec
	for _, piece := range dashes(points, s.dash) {
		outlines = append(outlines, strokeOutlines(r.scaled(piece), float64(s.width*r.scale))...)
	}
	r.fill(outlines, paint{s.color, 1})
}

func (r *raster) circle(center vec, radius float64, fill Color, edge stroke) {
	at := r.scaled([]vec{center})[0]
	r.fill([][]vec{disc(at, float64((radius+float64(edge.width/2))*r.scale))}, paint{edge.color, 1})
	if fill != edge.color {
		r.fill([][]vec{disc(at, float64((radius-float64(edge.width/2))*r.scale))}, paint{fill, 1})
	}
}

func (r *raster) text(at vec, s string, style textStyle) {
	f := face(float64(style.size*r.scale), style.bold)
	width := float64(font.MeasureString(f, s)) / 64
	shift := [...]float64{0, float64(width / 2), width}[style.anchor]
	x, y := float64(at.x*r.scale), float64(at.y*r.scale)
	source := r.source(paint{style.color, 1})
	if !style.upwards {
		d := font.Drawer{Dst: r.img, Src: source, Face: f, Dot: fixedPoint(x-shift, y)}
		d.DrawString(s)
		return
	}
	// Draw the text level on a mask and turn the mask.
	metrics := f.Metrics()
	ascent, descent := metrics.Ascent.Ceil()+1, metrics.Descent.Ceil()+1
	level := image.NewAlpha(image.Rect(0, 0, int(math.Ceil(width))+2, ascent+descent))
	d := font.Drawer{Dst: level, Src: image.Opaque, Face: f, Dot: fixedPoint(1, float64(ascent))}
	d.DrawString(s)
	size := level.Bounds()
	turned := image.NewAlpha(image.Rect(0, 0, size.Dy(), size.Dx()))
	for v := range size.Dy() {
		for u := range size.Dx() {
			turned.SetAlpha(v, size.Dx()-1-u, level.AlphaAt(u, v))
		}
	}
	corner := image.Pt(int(math.Round(x))-ascent, int(math.Round(y+shift))-size.Dx()+1)
	draw.DrawMask(r.img, turned.Bounds().Add(corner), source, image.Point{}, turned, image.Point{}, draw.Over)
}

func fixedPoint(x, y float64) fixed.Point26_6 {
	return fixed.Point26_6{X: fixed.Int26_6(math.Round(x * 64)), Y: fixed.Int26_6(math.Round(y * 64))}
}
