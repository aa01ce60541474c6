package onnx

import (
	"fmt"

	"github.com/netmend/netmend/nn"
)

// SameArchitecture returns an ordinary network that computes the same function
// as net, of the same nodes, with the value parameters in place of the
// activation channel's. An ordinary network is returned as it is.
//
// It exists where no activation lies between a layer with value parameters and
// the output. Elsewhere the function is in general discontinuous and no such
// network has it; the error names the layer.
func SameArchitecture(net *nn.Network) (*nn.Network, error) {
	c := net.Clone()
	for _, k := range net.RepairedLayers() {
		i, l, err := net.Layer(k)
		if err != nil {
			return nil, err
		}
		if net.ActivationAfter(i) {
			return nil, fmt.Errorf("layer %d (node %q) is repaired and has an activation after it: "+
				"no network of the same architecture computes the repaired function; write it in two channels", k, net.Nodes[i].Name)
		}
		c.Nodes[i].Op = l.WithParams(*l.Channel(nn.ValueChannel), nil)
	}
	return c, nil
}
