package dataset

import (
	"context"
	"fmt"
	"slices"
)

// The names under which NumPy users store points and labels.
var (
	pointNames = []string{"x", "X", "points", "images"}
	labelNames = []string{"y", "label", "labels"}
)

// loadNPZ reads points, and labels if there are any, from an archive. member
// names the points, or is empty.
func loadNPZ(ctx context.Context, path, member string, o Options) (*Points, error) {
	z, err := OpenNPZ(path)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	z.ctx = ctx
	p, err := z.points(member, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func (z *NPZ) points(member string, o Options) (*Points, error) {
	if member == "" {
		var err error
		if member, err = z.choosePoints(); err != nil {
			return nil, err
		}
	}
	a, err := z.Read(member)
	if err != nil {
		return nil, err
	}
	p, err := pointsOf(a, o.Dim)
	if err == nil {
		err = checkOrder(a.Shape, o.Image.stored(o.Shape))
	}
	if err != nil {
		return nil, fmt.Errorf("member %q: %w", member, err)
	}
	if o.Labels != "" {
		return p, nil
	}
	labels, err := z.chooseLabels()
	if err != nil || labels == "" {
		return p, err
	}
	if a, err = z.Read(labels); err != nil {
		return nil, err
	}
	if err := p.setLabels(a); err != nil {
		return nil, fmt.Errorf("member %q: %w", labels, err)
	}
	return p, nil
}

// choosePoints returns the member that holds the points by its name, or else
// the only member that holds no labels.
func (z *NPZ) choosePoints() (string, error) {
	named := z.namesIn(pointNames)
	if len(named) == 0 {
		for _, name := range z.names {
			if !slices.Contains(labelNames, name) {
				named = append(named, name)
			}
		}
	}
	if len(named) != 1 {
		return "", fmt.Errorf("which member holds the points? Select one with file.npz:NAME from %s", z.describe())
	}
	return named[0], nil
}

// chooseLabels returns the member that holds labels by its name, or "".
func (z *NPZ) chooseLabels() (string, error) {
	named := z.namesIn(labelNames)
	switch len(named) {
	case 0:
		return "", nil
	case 1:
		return named[0], nil
	}
	return "", fmt.Errorf("which member holds the labels? Give them as a file of their own: found %s", z.describe())
}

// namesIn returns the members whose name is one of names.
func (z *NPZ) namesIn(names []string) []string {
	var found []string
	for _, name := range z.names {
		if slices.Contains(names, name) {
			found = append(found, name)
		}
	}
	return found
}

// loadMember reads the named member of an archive; with an empty name the only
// member, or the only one named as labels are.
func loadMember(ctx context.Context, path, member string) (*Array, error) {
	z, err := OpenNPZ(path)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	z.ctx = ctx
	if member == "" {
		candidates := z.namesIn(labelNames)
		if len(candidates) == 0 {
			candidates = z.names
		}
		if len(candidates) != 1 {
			return nil, fmt.Errorf("%s: which member? Select one with file.npz:NAME from %s", path, z.describe())
		}
		member = candidates[0]
	}
	a, err := z.Read(member)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}
