package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/experiment"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/nnet"
	"github.com/netmend/netmend/set"
)

// slicesJob says which sets Task 3 is measured on.
type slicesJob struct {
	data          string
	drawn, points int
}

func (s *slicesJob) declare(fs *pflag.FlagSet) {
	fs.StringVar(&s.data, "data", "", "`folder` of the reference data")
	fs.IntVar(&s.drawn, "drawn", 12, "how many slices with violations to draw for the drawdown and generalisation sets")
	fs.IntVar(&s.points, "points", 5466, "largest size of each set")
}

// phi8 is the input region of property 8 (Katz et al., "Reluplex", 2017), in the
// units of the world: distance, bearing, heading, own speed, the other's speed.
var phi8 = set.Box{
	Lo: []float64{0, -3.141592, -0.1, 600, 600},
	Hi: []float64{60760, -0.75 * 3.141592, 0.1, 1200, 1200},
}

// task makes the task.
func (s *slicesJob) task(ctx context.Context, seed uint64, workers int) (*experiment.Task, error) {
	if s.drawn < 1 || s.points < 1 {
		return nil, cli.Usagef("--drawn and --points must be at least 1")
	}
	net, required, err := loadSlices(s.data)
	if err != nil {
		return nil, err
	}
	box, err := s.normalised(phi8)
	if err != nil {
		return nil, err
	}
	const distance, bearing = 0, 1
	out := required.Items[0].Output
	sets, err := experiment.DrawSlices(ctx, net, box, distance, bearing, s.drawn, s.points, out, seed, workers)
	if err != nil {
		return nil, err
	}
	return &experiment.Task{
		Net: net, Spec: required,
		Drawdown: experiment.Required(sets.Right, out), Generalisation: experiment.Required(sets.Wrong, out),
	}, nil
}

// normalised converts a box from the units of the world, as the network's file
// says.
func (s *slicesJob) normalised(box set.Box) (set.Box, error) {
	path := filepath.Join(s.data, "data", "acasxu", "nnet", "ACASXU_run2a_2_9_batch_2000.nnet")
	file, err := os.Open(path)
	if err != nil {
		return set.Box{}, err
	}
	defer file.Close()
	net, err := nnet.Read(file, path, nnet.Options{Units: nnet.Raw})
	if err != nil {
		return set.Box{}, err
	}
	scale, ok := net.Nodes[0].Op.(*nn.Scale)
	if !ok || len(scale.Factor) != box.Dim() {
		return set.Box{}, fmt.Errorf("%s: has no normalisation of %d inputs", path, box.Dim())
	}
	n := set.Box{}
	for i, f := range scale.Factor {
		n.Lo = append(n.Lo, float64(f*box.Lo[i])+scale.Shift[i])
		n.Hi = append(n.Hi, float64(f*box.Hi[i])+scale.Shift[i])
	}
	return n, nil
}
