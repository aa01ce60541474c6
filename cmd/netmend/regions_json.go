package main

import (
	"bufio"
	"encoding/json"
	"fmt"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/region"
)

// regionJSON prints one object, region by region, since there may be millions.
type regionJSON struct {
	out   *regionOutput
	inv   *cli.Invocation
	w     *bufio.Writer
	count int
}

// domainInfo describes a segment or polygon.
type domainInfo struct {
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`
	From   []float64 `json:"from,omitempty"`
	To     []float64 `json:"to,omitempty"`
	Origin []float64 `json:"origin,omitempty"`
	U      []float64 `json:"u,omitempty"`
	V      []float64 `json:"v,omitempty"`
}

// regionInfo describes one region.
type regionInfo struct {
	Domain   int            `json:"domain"`
	T        *[2]float64    `json:"t,omitempty"`
	UV       [][2]float64   `json:"uv,omitempty"`
	Vertices [][]float64    `json:"vertices,omitempty"`
	Pattern  string         `json:"pattern,omitempty"`
	Zero     []int32        `json:"zero_units,omitempty"`
	Map      [][]cli.Finite `json:"map,omitempty"`
}

func (p *regionJSON) begin() {
	h := p.inv.Header()
	fmt.Fprintf(p.w, "{\n  \"schema\": %q,\n  \"command\": %q,\n", h.Schema, h.Command)
	p.field("network", answer.NetworkOf(p.out.path, p.out.net), ",\n")
	domains := make([]domainInfo, len(p.out.domains))
	for i, d := range p.out.domains {
		if d.segment != nil {
			domains[i] = domainInfo{Name: d.name, Kind: "segment", From: d.segment.From, To: d.segment.To}
		} else {
			domains[i] = domainInfo{Name: d.name, Kind: "polygon", Origin: d.polygon.Origin, U: d.polygon.U, V: d.polygon.V}
		}
	}
	p.field("domains", domains, ",\n")
	if !p.out.countOnly {
		fmt.Fprint(p.w, "  \"regions\": [")
	}
}

// field prints one field of the object. What is printed here always marshals.
func (p *regionJSON) field(name string, v any, end string) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(p.w, "  %q: %s%s", name, text, end)
}

func (p *regionJSON) region(c *region.Cell) error {
	if p.out.countOnly {
		return nil
	}
	d := &p.out.domains[c.Domain]
	info := regionInfo{Domain: c.Domain}
	if d.segment != nil {
		info.T = &[2]float64{c.Vertices[0].Param[0], c.Vertices[1].Param[0]}
	} else {
		for _, v := range c.Vertices {
			info.UV = append(info.UV, v.Param)
		}
	}
	if p.out.sets {
		for _, v := range c.Vertices {
			info.Vertices = append(info.Vertices, d.at(v.Param))
		}
		info.Pattern, info.Zero, info.Map = patternText(c.Pattern), c.Zero, finiteRows(c.Affine())
	}
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	separator := ","
	if p.count == 0 {
		separator = ""
	}
	p.count++
	_, err = fmt.Fprintf(p.w, "%s\n    %s", separator, text)
	return err
}

func (p *regionJSON) end(counts []int, status string) error {
	if !p.out.countOnly {
		fmt.Fprint(p.w, "\n  ],\n")
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	p.field("count", total, ",\n")
	p.field("counts", counts, ",\n")
	p.field("status", status, ",\n")
	p.field("seconds", p.inv.Total(), "\n}\n")
	return p.w.Flush()
}
