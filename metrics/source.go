package metrics

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Batch is some points, with what is right for each.
type Batch struct {
	// X has one point per row.
	X nn.Matrix
	// Right reports whether y is a right output for a row of X.
	Right func(row int, y []float64) bool
}

// Source delivers points in batches.
type Source interface {
	// Next returns up to n points, or io.EOF after the last.
	Next(n int) (*Batch, error)
}

// stream is a [Source] of labelled points.
type stream struct {
	points     *dataset.Stream
	scale      float64
	outputs    int
	classifier spec.Extremum
	done       int
}

// FromStream makes a source of labelled points, multiplied by scale, for a network with the
// given number of outputs: an output is right if it prefers the label. The error of a batch
// names points without labels and labels out of range.
func FromStream(s *dataset.Stream, scale float64, outputs int, classifier spec.Extremum) Source {
	return &stream{points: s, scale: scale, outputs: outputs, classifier: classifier}
}

func (s *stream) Next(n int) (*Batch, error) {
	p, err := s.points.Next(n)
	if err != nil {
		return nil, err
	}
	if p.Labels == nil {
		return nil, errors.New("the points have no classes")
	}
	for i, l := range p.Labels {
		if l < 0 || l >= s.outputs {
			return nil, fmt.Errorf("label %d of point %d: the network has classes 0 to %d", l, s.done+i, s.outputs-1)
		}
	}
	s.done += p.Rows
	if s.scale != 1 {
		for i := range p.Data {
			p.Data[i] = float64(p.Data[i] * s.scale)
		}
	}
	return &Batch{
		X:     nn.AsMatrix(p.Data, p.Rows, p.Dim),
		Right: func(row int, y []float64) bool { return s.classifier.Prefers(y, nil) == p.Labels[row] },
	}, nil
}

// FromLabels makes a source of labelled points in memory.
func FromLabels(x nn.Matrix, labels []int, classifier spec.Extremum) Source {
	return &memory{x: x, right: func(row int, y []float64) bool { return classifier.Prefers(y, nil) == labels[row] }}
}

// FromOutput makes a source of points in memory. An output is right if it meets the
// requirement.
func FromOutput(x nn.Matrix, o spec.Output) Source {
	return &memory{x: x, right: func(_ int, y []float64) bool { return Holds(o, y) }}
}

// memory is a [Source] of points in memory.
type memory struct {
	x     nn.Matrix
	right func(row int, y []float64) bool
	done  int
}

func (m *memory) Next(n int) (*Batch, error) {
	from := m.done
	if from == m.x.Rows {
		return nil, io.EOF
	}
	m.done = min(from+n, m.x.Rows)
	return &Batch{
		X:     m.x.Slice(from, m.done),
		Right: func(row int, y []float64) bool { return m.right(from+row, y) },
	}, nil
}

// FromSpec makes a source of a specification, as [spec.Spec.Bind] returns it: each of its
// points once, and samples points drawn uniformly from its segments and polygons, in turn. An
// output is right if it meets the item's requirement, without a margin.
func FromSpec(s *spec.Spec, samples int, seed uint64) Source {
	d := &draws{random: rand.New(rand.NewPCG(seed, 0))}
	for i := range s.Items {
		if it := &s.Items[i]; it.Point != nil {
			d.points = append(d.points, it)
		} else {
			d.sets = append(d.sets, it)
		}
	}
	d.total = len(d.points)
	if len(d.sets) > 0 {
		d.total += samples
	}
	return d
}

// draws is a [Source] of points of a specification.
type draws struct {
	random       *rand.Rand
	points, sets []*spec.Item
	done, total  int
}

func (d *draws) Next(n int) (*Batch, error) {
	n = min(n, d.total-d.done)
	if n == 0 {
		return nil, io.EOF
	}
	items := make([]*spec.Item, n)
	var x nn.Matrix
	for r := range items {
		if d.done < len(d.points) {
			items[r] = d.points[d.done]
		} else {
			items[r] = d.sets[(d.done-len(d.points))%len(d.sets)]
		}
		d.done++
		if r == 0 {
			x = nn.NewMatrix(n, items[r].Dim())
		}
		copy(x.Row(r), items[r].Sample(d.random))
	}
	return &Batch{X: x, Right: func(row int, y []float64) bool { return Holds(items[row].Output, y) }}, nil
}

// Holds reports whether an output y meets a requirement, as far as float64 tells:
// half-spaces, shares and allowed classes, without a margin.
func Holds(o spec.Output, y []float64) bool {
	for _, h := range o.HalfSpaces {
		sum := 0.0
		for i, v := range y {
			sum += float64(h.Normal[i] * v)
		}
		if !(sum <= h.Offset) {
			return false
		}
	}
	for i := range o.Shares {
		if !hasShare(&o.Shares[i], y) {
			return false
		}
	}
	return o.Allowed == nil || slices.Contains(o.Allowed, o.Extremum.Prefers(y, nil))
}

func hasShare(s *spec.Share, y []float64) bool {
	sum := 0.0
	for _, j := range s.Others {
		sum += portable.Exp(y[j] - y[s.Output])
	}
	if s.Log != nil {
		log, _ := s.Log.Float64()
		if s.Most {
			return portable.Log1p(sum) >= log
		}
		return portable.Log1p(sum) <= log
	}
	odds, _ := s.Odds.Float64()
	if s.Most {
		return sum >= odds
	}
	return sum <= odds
}
