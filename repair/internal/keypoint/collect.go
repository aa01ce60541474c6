package keypoint

import (
	"context"
	"fmt"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/set"
)

// collect enumerates the linear regions of all items and records cells, vertices
// and patterns. The points of the specification become cells of one vertex.
func (k *Set) collect(ctx context.Context, pointsOnly bool, progress func(cells int)) error {
	var segments []set.Segment
	var polygons []*set.Polygon
	var ofSegment, ofPolygon, points []int32
	for i := range k.spec.Items {
		switch it := &k.spec.Items[i]; {
		case pointsOnly && (it.Segment != nil || it.Polygon != nil):
		case it.Segment != nil:
			segments, ofSegment = append(segments, *it.Segment), append(ofSegment, int32(i))
		case it.Polygon != nil:
			polygons, ofPolygon = append(polygons, it.Polygon), append(ofPolygon, int32(i))
		default:
			points = append(points, int32(i))
		}
	}
	opt := region.Options{Workers: k.workers, Progress: progress}
	if len(segments) > 0 {
		if _, err := region.OnSegments(ctx, k.net, segments, opt, k.visitor(ofSegment)); err != nil {
			return err
		}
	}
	if len(polygons) > 0 {
		if _, err := region.OnPolygons(ctx, k.net, polygons, opt, k.visitor(ofPolygon)); err != nil {
			return err
		}
	}
	k.regions, k.single = len(k.Cells), len(points)
	return k.collectPoints(ctx, points)
}

func (k *Set) visitor(items []int32) func(*region.Cell) error {
	return func(c *region.Cell) error {
		item := items[c.Domain]
		vertices := make([]int32, len(c.Vertices))
		for i, v := range c.Vertices {
			p, ok := k.vertexOf[v.ID]
			if !ok {
				p = int32(len(k.vertices))
				k.vertices = append(k.vertices, vertex{item: item, param: v.Param})
				k.vertexOf[v.ID] = p
			}
			vertices[i] = p
		}
		k.Cells = append(k.Cells, Cell{Item: item, Tail: k.Tail(k.relevant(c.Pattern)), Vertices: vertices})
		return nil
	}
}

// pointChunk bounds the memory of evaluating many points at once.
const pointChunk = 1024

// collectPoints adds the points. In a piecewise-affine network a point's tail
// is the executed pattern; otherwise every point has its own linearisation.
func (k *Set) collectPoints(ctx context.Context, items []int32) error {
	smooth := k.net.SmoothNode() >= 0
	if smooth && len(k.patterns) > 0 {
		return fmt.Errorf("internal: regions of a smooth network")
	}
	chunk := min(pointChunk, k.Batch*k.workers)
	for from := 0; from < len(items); from += chunk {
		part := items[from:min(from+chunk, len(items))]
		x := nn.NewMatrix(len(part), k.net.InDim())
		for r, i := range part {
			copy(x.Row(r), k.spec.Items[i].Point)
		}
		var patterns []nn.Pattern
		if !smooth {
			patterns = make([]nn.Pattern, len(part))
			if err := parallel.RangesWithin(ctx, len(part), k.Batch, k.workers, func(a, b int) { copy(patterns[a:b], k.net.PatternsAt(x.Slice(a, b), 1)) }); err != nil {
				return err
			}
		}
		for r, i := range part {
			p := int32(len(k.vertices))
			k.vertices = append(k.vertices, vertex{item: i})
			t := p
			if !smooth {
				t = k.Tail(k.relevant(patterns[r]))
			}
			k.Cells = append(k.Cells, Cell{Item: i, Tail: t, Vertices: []int32{p}})
		}
	}
	if smooth {
		x := nn.NewMatrix(len(items), k.net.InDim())
		for r, i := range items {
			copy(x.Row(r), k.spec.Items[i].Point)
		}
		k.tails = k.net.LinearizeAt(x, k.workers)
	}
	return nil
}
