package verify

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// doubt is the input that comes closest to a violation of those that could not be told
// from one. The zero value has none.
type doubt struct {
	x      []float64
	margin float64
	jumps  bool   // the network is discontinuous
	where  string // the item, of a specification
}

// consider keeps x, with its margin inside the violation, if it is closer, and reports
// whether it is.
func (d *doubt) consider(x []float64, margin float64) bool {
	closer := !math.IsNaN(margin) && (d.x == nil || margin > d.margin)
	if closer {
		d.x, d.margin = append([]float64(nil), x...), margin
	}
	return closer
}

// reason says that n places are not decided, and where to look.
func (d *doubt) reason(n int, what string) string {
	places := "places"
	if n == 1 {
		places = "place"
	}
	text := fmt.Sprintf("float64 cannot tell in %d %s whether the %s is met", n, places, what)
	if d.x == nil {
		return text
	}
	const most = 8
	var words []string
	for _, v := range d.x[:min(len(d.x), most)] {
		words = append(words, strconv.FormatFloat(v+0, 'g', 9, 64))
	}
	if len(d.x) > most {
		words = append(words, "...")
	}
	text += "; the closest is"
	if d.where != "" {
		text += " " + d.where + " at"
	}
	text += fmt.Sprintf(" (%s), ", strings.Join(words, ", "))
	switch {
	case d.margin > 0:
		text += fmt.Sprintf("%.3g inside the violation", d.margin)
	case d.margin < 0:
		text += fmt.Sprintf("%.3g outside the violation", -d.margin)
	default:
		text += "on the violation's boundary"
	}
	if d.jumps && d.margin <= 0 {
		text += ": a linear region beside it touches the violation, on a face on which another piece may execute, as the network jumps there"
	}
	return text
}
