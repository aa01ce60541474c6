package dataset

import (
	"fmt"
	"strconv"
	"strings"
)

// Image says how stored images become the points of a network that takes them channel by
// channel: value x of channel c becomes (x - Mean[c]) / Deviation[c], after
// [Options.DivideBy].
type Image struct {
	// ChannelsLast: images are stored height x width x channels.
	ChannelsLast bool
	// Reverse: channels are stored in the opposite order, for example red, green, blue for a
	// network that takes blue, green, red.
	Reverse bool
	// Mean and Deviation of the network's channels, in its order: one number each,
	// one for all, or none for 0 and 1. A deviation is not 0.
	Mean, Deviation []float64
}

// ParseImage reads the text form of an Image, a list such as
//
//	nhwc,reverse,mean=104:117:123,deviation=58:57:57
//
// of nchw or nhwc (the order in which images are stored), reverse, mean and
// deviation.
func ParseImage(text string) (*Image, error) {
	im := &Image{}
	for _, part := range strings.Split(text, ",") {
		name, value, given := strings.Cut(part, "=")
		var err error
		switch {
		case part == "nhwc":
			im.ChannelsLast = true
		case part == "nchw":
			im.ChannelsLast = false
		case part == "reverse":
			im.Reverse = true
		case name == "mean" && given:
			im.Mean, err = numbers(value)
		case name == "deviation" && given:
			im.Deviation, err = numbers(value)
		default:
			return nil, fmt.Errorf("image %q: want nchw, nhwc, reverse, mean=M or deviation=D, numbers separated by colons", part)
		}
		if err != nil {
			return nil, fmt.Errorf("image: %s: %w", name, err)
		}
	}
	return im, im.Check()
}

func numbers(text string) ([]float64, error) {
	var xs []float64
	for _, s := range strings.Split(text, ":") {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || x-x != 0 {
			return nil, fmt.Errorf("%q is no finite number", s)
		}
		xs = append(xs, x)
	}
	return xs, nil
}

// Check reports a deviation of 0 and numbers that are not finite.
func (im *Image) Check() error {
	for _, m := range im.Mean {
		if m-m != 0 {
			return fmt.Errorf("mean %v: want finite numbers", m)
		}
	}
	for _, d := range im.Deviation {
		if d == 0 || d-d != 0 {
			return fmt.Errorf("deviation %v: want finite numbers that are not 0", d)
		}
	}
	return nil
}

// stored is the shape in which images of a network's shape are stored.
func (im *Image) stored(shape []int) []int {
	if im == nil || !im.ChannelsLast || len(shape) < 3 {
		return shape
	}
	n := len(shape)
	axes := append([]int(nil), shape[:n-3]...)
	return append(axes, shape[n-2], shape[n-1], shape[n-3])
}

// arranger turns stored images into points.
type arranger struct {
	channels, positions int
	last, reverse       bool
	mean, deviation     []float64 // of each channel
}

// arrange returns what turns images stored with the given axes into points of
// dimension dim.
func (im *Image) arrange(axes []int, dim int) (*arranger, error) {
	if n := len(axes); n < 3 || axes[n-1]*axes[n-2]*axes[n-3] != dim {
		return nil, fmt.Errorf("shape %s: images have three axes (channels, height and width) that together make up a point of %d numbers", shapeString(axes), dim)
	}
	channels := axes[len(axes)-3]
	if im.ChannelsLast {
		channels = axes[len(axes)-1]
	}
	a := &arranger{channels: channels, positions: dim / channels, last: im.ChannelsLast, reverse: im.Reverse}
	var err error
	if a.mean, err = perChannel("means", im.Mean, channels, 0); err != nil {
		return nil, err
	}
	a.deviation, err = perChannel("deviations", im.Deviation, channels, 1)
	return a, err
}

func perChannel(what string, xs []float64, channels int, none float64) ([]float64, error) {
	all := make([]float64, channels)
	for c := range all {
		switch len(xs) {
		case 0:
			all[c] = none
		case 1:
			all[c] = xs[0]
		case channels:
			all[c] = xs[c]
		default:
			return nil, fmt.Errorf("%d %s for %d channels", len(xs), what, channels)
		}
	}
	return all, nil
}

// apply rewrites the points.
func (a *arranger) apply(p *Points) {
	stored := make([]float64, p.Dim)
	for i := range p.Rows {
		x := p.Row(i)
		copy(stored, x)
		for c := range a.channels {
			from := c
			if a.reverse {
				from = a.channels - 1 - c
			}
			at, step := from*a.positions, 1
			if a.last {
				at, step = from, a.channels
			}
			for q := range a.positions {
				x[c*a.positions+q] = (stored[at+q*step] - a.mean[c]) / a.deviation[c]
			}
		}
	}
}
