package main

import (
	"fmt"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/proof/volume"
)

// volumeInfo is a volume in JSON, and what it is of a whole.
type volumeInfo struct {
	Volume         *cli.Finite `json:"volume,omitempty"`
	VolumeFraction *cli.Finite `json:"volume_fraction,omitempty"`
	VolumeBounds   *bounds     `json:"volume_bounds,omitempty"`
}

// bounds are those of a volume and of its share.
type bounds struct {
	Lower         cli.Finite     `json:"lower"`
	Upper         cli.Finite     `json:"upper"`
	FractionLower cli.Finite     `json:"fraction_lower"`
	FractionUpper cli.Finite     `json:"fraction_upper"`
	Basis         preimage.Basis `json:"basis"`
	Confidence    float64        `json:"confidence,omitempty"`
}

// measured is a volume and that of the whole, with the intervals that they lie in where there
// is a basis for these.
type measured struct {
	volume, whole float64
	in, wholeIn   volume.Interval
	basis         preimage.Basis
}

// fraction is the share of the whole.
func (m measured) fraction() float64 {
	f := m.volume / m.whole
	if m.basis != preimage.Unbounded {
		in := preimage.ShareOf(m.in, m.wholeIn)
		f = max(in.Lo, min(in.Hi, f))
	}
	return f
}

func (m measured) describe() volumeInfo {
	v := volumeInfo{Volume: cli.Number(m.volume), VolumeFraction: cli.Number(m.fraction())}
	if m.basis != preimage.Unbounded {
		in := preimage.ShareOf(m.in, m.wholeIn)
		v.VolumeBounds = &bounds{Lower: cli.Finite(m.in.Lo), Upper: cli.Finite(m.in.Hi), FractionLower: cli.Finite(in.Lo), FractionUpper: cli.Finite(in.Hi), Basis: m.basis}
		if m.basis == preimage.Sampled {
			v.VolumeBounds.Confidence = preimage.Confidence
		}
	}
	return v
}

// text prints the volume and its share, with their bounds where these differ in the digits
// printed.
func (m measured) text() string {
	percent := func(v float64) string { return fmt.Sprintf("%.6g %%", 100*v) }
	in := preimage.ShareOf(m.in, m.wholeIn)
	text := fmt.Sprintf("%s, %s of the input set", between(m.volume, m.in, m.basis, cli.Short), between(m.fraction(), in, m.basis, percent))
	switch m.basis {
	case preimage.Unbounded:
		text += " (computed in float64)"
	case preimage.Sampled:
		text += fmt.Sprintf(" (sampled: the bounds hold with confidence %g)", preimage.Confidence)
	}
	return text
}

// between is a number, and its bounds where they differ in the digits printed.
func between(v float64, in volume.Interval, basis preimage.Basis, print func(float64) string) string {
	lower, upper := print(in.Lo), print(in.Hi)
	if basis == preimage.Unbounded || lower == upper {
		return print(v)
	}
	return fmt.Sprintf("%s (%s to %s)", print(v), lower, upper)
}
