package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"

	_ "github.com/netmend/netmend/spec/datafile" // the data files of specifications
)

// domain is a segment or a polygon whose linear regions are asked for.
type domain struct {
	name    string
	segment *set.Segment
	polygon *set.Polygon
}

// dim is the dimension of the space the domain lies in.
func (d *domain) dim() int {
	if d.segment != nil {
		return d.segment.Dim()
	}
	return d.polygon.Dim()
}

// at is the point of the domain with these coordinates: t, or u and v.
func (d *domain) at(param [2]float64) []float64 {
	if d.segment != nil {
		return d.segment.At(param[0])
	}
	return d.polygon.At(param[0], param[1])
}

// domainFlags say where to look for linear regions.
type domainFlags struct {
	segments, polygons []string
	spec               string
}

func (f *domainFlags) declare(fs *pflag.FlagSet) {
	fs.Func("segment", "a segment given by its ends, `X:X`, each numbers separated by commas; may be repeated", appendTo(&f.segments))
	fs.Func("polygon", "a convex polygon given by its corners in order, `X:X:X...`, or a file of points; may be repeated", appendTo(&f.polygons))
	fs.StringVar(&f.spec, "spec", "", "take all segments and polygons of this repair specification (`file`, JSON text, or - for the standard input)")
}

// given reports whether any of the flags is set.
func (f *domainFlags) given() bool {
	return len(f.segments) > 0 || len(f.polygons) > 0 || f.spec != ""
}

func appendTo(list *[]string) func(string) error {
	return func(s string) error {
		*list = append(*list, s)
		return nil
	}
}

// read returns the domains, segments first, for a network.
func (f *domainFlags) read(inv *cli.Invocation, net *nn.Network) ([]domain, error) {
	var segments, polygons []domain
	for _, s := range f.segments {
		seg, err := parseSegment(s)
		if err != nil {
			return nil, fmt.Errorf("--segment %w", err)
		}
		segments = append(segments, domain{name: s, segment: seg})
	}
	for _, s := range f.polygons {
		p, err := parsePolygon(s, net.InDim())
		if err != nil {
			return nil, fmt.Errorf("--polygon %w", err)
		}
		polygons = append(polygons, domain{name: s, polygon: p})
	}
	if f.spec != "" {
		s, err := readSpec(inv, f.spec, net)
		if err != nil {
			return nil, err
		}
		if !s.Polytopes() {
			return nil, fmt.Errorf("%s: has only points; linear regions are enumerated on segments and polygons", specName(f.spec))
		}
		for _, it := range s.Items {
			switch {
			case it.Segment != nil:
				segments = append(segments, domain{name: it.Name, segment: it.Segment})
			case it.Polygon != nil:
				polygons = append(polygons, domain{name: it.Name, polygon: it.Polygon})
			}
		}
	}
	all := append(segments, polygons...)
	if len(all) == 0 {
		return nil, cli.Usagef("where? give --segment, --polygon, --spec or --input")
	}
	for _, d := range all {
		if d.dim() != net.InDim() {
			return nil, fmt.Errorf("%s: points of %d numbers, want %d for the network", d.name, d.dim(), net.InDim())
		}
	}
	return all, nil
}

func parseSegment(s string) (*set.Segment, error) {
	ends, err := cli.ParsePoints(s)
	if err != nil {
		return nil, err
	}
	if len(ends) != 2 {
		return nil, fmt.Errorf("%q: has %s, want two ends separated by a colon", s, cli.Count(len(ends), "point"))
	}
	seg, err := set.NewSegment(ends[0], ends[1])
	if err != nil {
		return nil, fmt.Errorf("%q: %w", s, err)
	}
	return &seg, nil
}

// parsePolygon reads corners inline or from a file.
func parsePolygon(s string, dim int) (*set.Polygon, error) {
	corners, err := cli.ParsePoints(s)
	if _, missing := os.Stat(s); err != nil && (missing == nil || !strings.Contains(s, ":")) {
		var points *dataset.Points
		if points, err = dataset.Load(s, dataset.Options{Dim: dim}); err == nil {
			for i := range points.Rows {
				corners = append(corners, points.Row(i))
			}
		}
	}
	if err != nil {
		return nil, err
	}
	p, err := set.NewPolygon(corners)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", s, err)
	}
	return p, nil
}

// readSpec reads the repair specification that an argument gives and checks
// that it fits the network.
func readSpec(inv *cli.Invocation, argument string, net *nn.Network) (*spec.Spec, error) {
	if argument == "" {
		return nil, cli.Usagef("--spec is missing")
	}
	var s *spec.Spec
	var err error
	if argument == "-" {
		s, err = spec.ReadContext(inv.Ctx, inv.Stdin, specName(argument), ".")
	} else {
		s, err = spec.ReadArgumentContext(inv.Ctx, argument)
	}
	if err != nil {
		return nil, err
	}
	name := specName(argument)
	if s, err = specBefore(inv, name, s, net); err != nil {
		return nil, err
	}
	if err := errors.Join(checkUnits(name, s.Units, net), s.Check(net.InDim(), net.OutDim()), s.CheckShape(net.InputShape)); err != nil {
		return nil, cli.Named(name, err)
	}
	return s, nil
}

// specName names a specification for people.
func specName(argument string) string {
	switch {
	case argument == "-":
		return "standard input"
	case strings.HasPrefix(strings.TrimSpace(argument), "{"), strings.HasPrefix(strings.TrimSpace(argument), "["):
		return "the specification"
	}
	return argument
}
