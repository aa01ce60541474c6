package main

import (
	"path"
	"strings"
)

// byProperty keeps a tally for each property, in the order in which they come.
type byProperty[T any] struct {
	names   []string
	tallies map[string]*T
}

// of is the tally of the property in the file.
func (p *byProperty[T]) of(file string) *T {
	name := strings.TrimSuffix(path.Base(file), ".vnnlib")
	if p.tallies[name] == nil {
		if p.tallies == nil {
			p.tallies = map[string]*T{}
		}
		p.names = append(p.names, name)
		p.tallies[name] = new(T)
	}
	return p.tallies[name]
}
