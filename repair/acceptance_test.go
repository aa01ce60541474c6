package repair

import (
	"context"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/eran"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// mnistLines is the paper's Task 2 on the reference lines: the 784-100-100-10
// network and n lines from a clean digit to a foggy one, margin 0.05.
func mnistLines(t testing.TB, n int) (*nn.Network, *spec.Spec) {
	t.Helper()
	f, err := os.Open(shared.Path(t, "data", "mnist", "aprnn_cc-by-nc-nd", "mnist_relu_3_100.tf"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	net, err := eran.Read(f, f.Name(), eran.Options{LinearOutput: true})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := dataset.ReadNPZ(shared.Path(t, "reference", "repair", fmt.Sprintf("mnist_fog_lines_%d.npz", n)), "clean", "fog", "label")
	if err != nil {
		t.Fatal(err)
	}
	s := &spec.Spec{Margin: 0.05}
	dim := net.InDim()
	for i := range n {
		seg, err := set.NewSegment(lines["clean"].Data[i*dim:(i+1)*dim], lines["fog"].Data[i*dim:(i+1)*dim])
		if err != nil {
			t.Fatal(err)
		}
		s.Items = append(s.Items, spec.Item{
			Name: fmt.Sprintf("line %d", i), Segment: &seg,
			Output: spec.Output{Allowed: []int{int(lines["label"].Data[i])}},
		})
	}
	return net, s
}

func TestDebugLines(t *testing.T) {
	for _, c := range []struct {
		lines, layer int
		norm         Norm
		want         float64
	}{
		{10, 3, Mix, 0.182181877},
		{10, 3, L1, 12.735654},
		{10, 2, Mix, 0.0394717089},
		{10, 2, L1, 6.789166},
		{10, 3, Linf, 0},
		{100, 3, Mix, 0.285093409},
		{100, 3, L1, 43.237781},
		{100, 2, Mix, 0.0625910196},
		{100, 2, L1, 32.397638},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			net, s := mnistLines(t, c.lines)
			opt, err := Options{Norm: c.norm, Layer: c.layer}.withDefaults()
			if err != nil {
				t.Fatal(err)
			}
			t0 := now()
			p, err := newProblem(context.Background(), net, s, c.layer, opt)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Printf("keys %d points %d tails %d faces %d rows %d regions %d  %.3fs\n", len(p.keys), len(p.points), len(p.patterns), p.facePoints, p.rows(), p.regions, now()-t0)
			t0 = now()
			n := newNorm(opt, p.dense.Weight.Rows*(p.dense.Weight.Cols+1))
			g := newGenerator(p, n, opt)
			sv := newSolver(p, n, opt.Bound, nil)
			out := g.run(context.Background(), sv, 1e-11, 5e-12)
			fmt.Printf("%s %s rounds %d total %d active %d pivots %d largest %g obj %.10g lower %.10g want %.10g rel %.2e   %.3fs\n", out.status, out.reason, g.rounds, g.total, out.active, sv.pivots(), g.largest, n.objective(out.d), out.lower, c.want, math.Abs(n.objective(out.d)-c.want)/c.want, now()-t0)
			if ss, ok := sv.(*simplexSolver); ok {
				fmt.Println(ss.m.Stats)
			}
		})
	}
}
