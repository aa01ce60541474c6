package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/experiment"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/nnet"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

var slicesCommand = &cli.Command{
	Name:    "bench slices",
	Former:  []string{"bench acas-slices"},
	Summary: "Task 3: ACAS Xu slices, repaired and timed, or measured against descent",
	Usage:   "--data DIR [--method pr|ft|mft] [flags]",
	Detail: `
Repairs network N(2,9) on the ten slices of property 8 so that it advises "clear of
conflict" or "weak left" on every point of them (Section 7.3 of the paper), and prints
one JSON object with all figures of the repair. With --method, provable repair,
fine-tuning or modified fine-tuning is measured instead, on sets as the paper draws
them: the counterexamples among the vertices of the linear regions of further random
slices (generalisation), and as many right points of them (drawdown).`,
	Example: "netmend bench slices --data ../shared",
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		return setup(inv, fs, &slices{}, 0.001, 0.9)
	},
}

// slices says which sets Task 3 is measured on.
type slices struct {
	data          string
	drawn, points int
}

func (s *slices) declare(fs *pflag.FlagSet) {
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

func (s *slices) validate() error {
	switch {
	case s.data == "":
		return cli.Usagef("--data is missing")
	case s.drawn < 1 || s.points < 1:
		return cli.Usagef("--drawn and --points must be at least 1")
	}
	return nil
}

// load makes the task.
func (s *slices) load(inv *cli.Invocation, measured bool, seed uint64, workers int) (*experiment.Task, error) {
	net, required, err := loadSlices(s.data)
	if err != nil {
		return nil, err
	}
	t := &experiment.Task{Net: net, Spec: required}
	if !measured {
		return t, nil
	}
	box, err := s.normalised(phi8)
	if err != nil {
		return nil, err
	}
	const distance, bearing = 0, 1
	out := required.Items[0].Output
	sets, err := experiment.DrawSlices(inv.Ctx, net, box, distance, bearing, s.drawn, s.points, out, seed, workers)
	if err != nil {
		return nil, err
	}
	t.Drawdown, t.Generalisation = experiment.Required(sets.Right, out), experiment.Required(sets.Wrong, out)
	return t, nil
}

// normalised converts a box from the units of the world, as the network's file
// says.
func (s *slices) normalised(box set.Box) (set.Box, error) {
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

// loadSlices reads the slices and the network that they are for, in normalised
// units; the smallest output is the advisory, and 0 and 1 are allowed.
func loadSlices(data string) (*nn.Network, *spec.Spec, error) {
	path := filepath.Join(data, "reference", "repair", "acas_phi8_slices.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	var file struct {
		Network string        `json:"network"`
		Slices  [][][]float64 `json:"slices"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if !filepath.IsLocal(file.Network) {
		return nil, nil, fmt.Errorf("%s: network %q: want a path within the folder of the data", path, file.Network)
	}
	network, err := os.Open(filepath.Join(data, file.Network))
	if err != nil {
		return nil, nil, err
	}
	defer network.Close()
	net, err := nnet.Read(network, network.Name(), nnet.Options{Units: nnet.Normalised})
	if err != nil {
		return nil, nil, err
	}
	s := &spec.Spec{Units: net.Meta.Units, Extremum: spec.Argmin}
	for i, corners := range file.Slices {
		p, err := set.NewPolygon(corners)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: slice %d: %w", path, i, err)
		}
		s.Items = append(s.Items, spec.Item{
			Name: fmt.Sprintf("slice %d", i), Polygon: p,
			Output: spec.Output{Allowed: []int{0, 1}, Extremum: spec.Argmin},
		})
	}
	return net, s, s.Check(net.InDim(), net.OutDim())
}
