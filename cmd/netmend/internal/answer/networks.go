package answer

import "github.com/netmend/netmend/nn"

// Network describes a network in JSON objects.
type Network struct {
	File           string   `json:"file"`
	Format         string   `json:"format"`
	DType          string   `json:"dtype"`
	Units          string   `json:"units,omitempty"`
	Inputs         int      `json:"inputs"`
	Outputs        int      `json:"outputs"`
	Decoupled      bool     `json:"decoupled"`
	RepairedLayers []int    `json:"repaired_layers,omitempty"`
	Notices        []string `json:"notices,omitempty"`
}

// NetworkOf describes the network of a file.
func NetworkOf(path string, net *nn.Network) Network {
	return Network{
		File: path, Format: net.Meta.Format, DType: net.Meta.DType.String(), Units: net.Meta.Units,
		Inputs: net.InDim(), Outputs: net.OutDim(),
		Decoupled: net.Decoupled(), RepairedLayers: net.RepairedLayers(), Notices: net.Meta.Notices,
	}
}

// InUnits says which units a network's inputs are in, or nothing where its file
// carries no normalisation.
func InUnits(net *nn.Network) string {
	if net.Meta.Units == "" {
		return ""
	}
	return " (" + net.Meta.Units + " units)"
}
