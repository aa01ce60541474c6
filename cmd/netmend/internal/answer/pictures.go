package answer

import (
	"bytes"
	"path/filepath"
	"strings"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/report"
)

// StageFigure writes a picture in the format that the name says.
func StageFigure(inv *cli.Invocation, f *report.Figure, path string) error {
	return StagePicture(inv, f, path, strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), "."))
}

// StagePicture writes a picture as svg or png.
func StagePicture(inv *cli.Invocation, f *report.Figure, path, format string) error {
	var b bytes.Buffer
	var err error
	if format == "png" {
		const scale = 2 // pixels of the PNG for one of the SVG
		err = f.WritePNG(&b, scale)
	} else {
		err = f.WriteSVG(&b)
	}
	if err != nil {
		return err
	}
	return inv.StageBytes(path, b.Bytes())
}

// ClassColor is the colour of a class.
func ClassColor(k int) report.Color {
	colors := []report.Color{report.SkyBlue, report.Orange, report.Green, report.Yellow, report.Blue, report.Vermilion, report.Purple, report.Gray}
	return colors[k%len(colors)]
}
