package report

import (
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
)

// fonts are the Go fonts, regular and bold, parsed when first needed.
var fonts = sync.OnceValue(func() (fs [2]*opentype.Font) {
	for i, data := range [][]byte{goregular.TTF, gobold.TTF} {
		f, err := opentype.Parse(data)
		if err != nil {
			panic("report: the embedded Go font: " + err.Error())
		}
		fs[i] = f
	}
	return fs
})

// face is the font with that height in pixels.
func face(pixels float64, bold bool) font.Face {
	i := 0
	if bold {
		i = 1
	}
	const dotsPerInch = 72 // a point is a pixel
	f, err := opentype.NewFace(fonts()[i], &opentype.FaceOptions{Size: pixels, DPI: dotsPerInch, Hinting: font.HintingNone})
	if err != nil {
		panic("report: the embedded Go font: " + err.Error())
	}
	return f
}

// textWidth is the width of s in pixels of the SVG.
func textWidth(s string, style textStyle) float64 {
	return float64(font.MeasureString(face(style.size, style.bold), s)) / 64
}
