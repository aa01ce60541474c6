package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/nnet"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

var benchACASCommand = &cli.Command{
	Name:    "bench acas-slices",
	Summary: "time the ACAS Xu experiment: ten slices, two allowed advisories",
	Usage:   "--data DIR [flags]",
	Detail: `
Repairs network N(2,9) on the slices in reference/repair/acas_phi8_slices.json
so that it advises "clear of conflict" or "weak left" on every point of them
(Section 7.3 of the paper), and prints one JSON object.`,
	Example: "netmend bench acas-slices --data ../shared",
	Setup: func(inv *cli.Invocation, fs *pflag.FlagSet) func([]string) (int, error) {
		j := benchJob{task: "acas-slices", loadInputs: loadSlices}
		return j.setup(inv, fs)
	},
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
