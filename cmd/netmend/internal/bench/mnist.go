package bench

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/eran"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

var benchMNISTCommand = &cli.Command{
	Name:    "bench mnist-lines",
	Summary: "time the MNIST experiment: lines from clean digits to foggy ones",
	Usage:   "--data DIR --lines FILE.npz [flags]",
	Detail: `
Repairs the 3x100 network so that every point of every line from a clean image
to its foggy version has the image's label (Section 7.2 of the paper), and
prints one JSON object. FILE.npz has the arrays clean, fog and label; it is a
path, or the name of a file in the folder reference/repair of the data.`,
	Example: "netmend bench mnist-lines --data ../shared --lines mnist_fog_lines_10.npz --layer 3",
	Setup: func(inv *cli.Invocation, flags *pflag.FlagSet) func([]string) (int, error) {
		var lines string
		// The margin of the published experiment's artefact.
		const margin = 0.05
		j := benchJob{task: "mnist-lines", margin: margin}
		flags.StringVar(&lines, "lines", "", "the lines (`file.npz`)")
		j.loadInputs = func(data string) (*nn.Network, *spec.Spec, error) {
			if lines == "" {
				return nil, nil, cli.Usagef("--lines is missing")
			}
			return loadLines(data, lines)
		}
		return j.setup(inv, flags)
	},
}

// loadMNIST reads the network, whose file labels its linear last layer ReLU; the
// largest output is the class.
func loadMNIST(data string) (*nn.Network, error) {
	network, err := os.Open(filepath.Join(data, "data", "mnist", "aprnn_cc-by-nc-nd", "mnist_relu_3_100.tf"))
	if err != nil {
		return nil, err
	}
	defer network.Close()
	return eran.Read(network, network.Name(), eran.Options{LinearOutput: true})
}

// loadLines reads the network and the lines.
func loadLines(data, lines string) (*nn.Network, *spec.Spec, error) {
	net, err := loadMNIST(data)
	if err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(lines); errors.Is(err, fs.ErrNotExist) {
		lines = filepath.Join(data, "reference", "repair", lines)
	}
	s, err := readLines(lines)
	if err != nil {
		return nil, nil, err
	}
	return net, s, s.Check(net.InDim(), net.OutDim())
}

// readLines makes an item of each row of the arrays clean, fog and label.
func readLines(path string) (*spec.Spec, error) {
	arrays, err := dataset.ReadNPZ(path, "clean", "fog", "label")
	if err != nil {
		return nil, err
	}
	clean, fog, label := arrays["clean"], arrays["fog"], arrays["label"]
	n := len(label.Data)
	if n == 0 || len(clean.Data) != len(fog.Data) || len(clean.Data)%n != 0 {
		return nil, fmt.Errorf("%s: arrays clean %v, fog %v and label %v do not fit: want the same number of rows in each", path, clean.Shape, fog.Shape, label.Shape)
	}
	dim := len(clean.Data) / n
	s := &spec.Spec{}
	for i, l := range label.Data {
		seg, err := set.NewSegment(clean.Data[i*dim:(i+1)*dim], fog.Data[i*dim:(i+1)*dim])
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, i, err)
		}
		if l != float64(int(l)) {
			return nil, fmt.Errorf("%s: label %v of line %d: want a class", path, l, i)
		}
		s.Items = append(s.Items, spec.Item{
			Name: fmt.Sprintf("line %d", i), Segment: &seg,
			Output: spec.Output{Allowed: []int{int(l)}},
		})
	}
	return s, nil
}
