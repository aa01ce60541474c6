package region

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// manyCells is a random ReLU network with three layers of 20 units and squares
// on which it has some thousands of regions.
func manyCells(t *testing.T) (*nn.Network, []*set.Polygon) {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 7))
	var nodes []nn.Node
	in := 3
	for range 3 {
		p := nn.Params{Weight: nn.NewMatrix(20, in), Bias: make([]float64, 20)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = r.NormFloat64()
		}
		for i := range p.Bias {
			p.Bias[i] = r.NormFloat64()
		}
		k := len(nodes)
		nodes = append(nodes, nn.Node{Inputs: []int{k - 1}, Op: &nn.Dense{Params: p}}, nn.Node{Inputs: []int{k}, Op: nn.ReLU()})
		in = 20
	}
	net, err := nn.New(nodes, []int{3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	var squares []*set.Polygon
	for i := range 20 {
		z, s := float64(i)/10-1, 6/float64(1+i)
		p, err := set.NewPolygon([][]float64{{-s, -s, z}, {s, -s, z}, {s, s, z}, {-s, s, z}})
		if err != nil {
			t.Fatal(err)
		}
		squares = append(squares, p)
	}
	return net, squares
}

// record keeps what was visited, without what is shared.
func record(cells *[]Cell) func(*Cell) error {
	return func(c *Cell) error {
		k := *c.Clone()
		k.net, k.axes = nil, nn.Matrix{}
		if len(k.Zero) == 0 {
			k.Zero = nil // to reflect, nil and empty are not the same
		}
		*cells = append(*cells, k)
		return nil
	}
}

func TestSameForAnyWorkers(t *testing.T) {
	net, squares := manyCells(t)
	var want []Cell
	wantResult, err := OnPolygons(context.Background(), net, squares, Options{Workers: 1, Tree: true}, record(&want))
	if err != nil {
		t.Fatal(err)
	}
	if len(want) < 5000 {
		t.Fatalf("%d cells, too few to keep workers busy", len(want))
	}
	for _, workers := range []int{2, 7} {
		var got []Cell
		result, err := OnPolygons(context.Background(), net, squares, Options{Workers: workers, Tree: true}, record(&got))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(result, wantResult) {
			t.Errorf("%d workers give another result than one", workers)
		}
	}
}

// TestReorderBuffer has workers wait for a slow visitor nearly all the time.
func TestReorderBuffer(t *testing.T) {
	net, squares := manyCells(t)
	var want, got []Cell
	if _, err := OnPolygons(context.Background(), net, squares, Options{Workers: 1}, record(&want)); err != nil {
		t.Fatal(err)
	}
	p, err := newPlan(net)
	if err != nil {
		t.Fatal(err)
	}
	p.domainOf = func(i int) *domain { return polygonDomain(i, squares[i]) }
	var groups []span
	for i := range squares {
		groups = append(groups, span{i, i + 1})
	}
	keep := record(&got)
	v := newVisitor(context.Background(), p, len(squares), Options{}, func(c *Cell) error {
		if c.Index%batchCells == 0 {
			time.Sleep(time.Millisecond)
		}
		return keep(c)
	})
	if err := runParallel(context.Background(), p, groups, 4, 1, v); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("another result than without waiting")
	}
}

func TestVisitEnds(t *testing.T) {
	net, squares := manyCells(t)
	mine := errors.New("enough")
	for _, workers := range []int{1, 3} {
		for _, last := range []int{0, 1, 300, 3000} {
			visited := 0
			result, err := OnPolygons(context.Background(), net, squares, Options{Workers: workers}, func(c *Cell) error {
				visited++
				if c.Index == last {
					return mine
				}
				return nil
			})
			if err != mine || visited != last+1 || result.Total() != visited {
				t.Errorf("%d workers: %v after %d cells, want the visitor's error after %d", workers, err, visited, last+1)
			}

			visited = 0
			_, err = OnPolygons(context.Background(), net, squares, Options{Workers: workers, MaxCells: last + 1}, func(*Cell) error {
				visited++
				return nil
			})
			if !errors.Is(err, ErrMaxCells) || visited != last+1 {
				t.Errorf("%d workers: %v after %d cells, want ErrMaxCells after %d", workers, err, visited, last+1)
			}

			ctx, cancel := context.WithCancel(context.Background())
			visited = 0
			_, err = OnPolygons(ctx, net, squares, Options{Workers: workers}, func(c *Cell) error {
				visited++
				if c.Index == last {
					cancel()
				}
				return nil
			})
			cancel()
			if err != context.Canceled || visited != last+1 {
				t.Errorf("%d workers: %v after %d cells, want the end after %d", workers, err, visited, last+1)
			}
		}
	}
}

// TestCancelWithoutCells ends a search during which nothing is visited.
func TestCancelWithoutCells(t *testing.T) {
	net, squares := manyCells(t)
	for _, workers := range []int{1, 3} {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := OnPolygons(ctx, net, squares, Options{Workers: workers}, func(*Cell) error {
			t.Error("a cell was visited")
			return nil
		})
		if err != context.Canceled {
			t.Errorf("%d workers: error %v, want %v", workers, err, context.Canceled)
		}
	}
}

func TestProgress(t *testing.T) {
	net, squares := manyCells(t)
	told := 0
	result, err := OnPolygons(context.Background(), net, squares, Options{Progress: func(cells int) {
		if cells < told {
			t.Errorf("%d cells after %d", cells, told)
		}
		told = cells
	}}, func(c *Cell) error {
		if c.Index == 100 {
			time.Sleep(progressEvery)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if told < 100 || told > result.Total() {
		t.Errorf("told of %d cells, %d in all", told, result.Total())
	}
}
