package proof

import "github.com/netmend/netmend/nn"

// aboutOutputs fails where a network has an end and a question is not stated before it: it
// would be about other numbers than the outputs of the network's file.
func aboutOutputs(net *nn.Network, before bool) error {
	if before {
		return nil
	}
	return net.CheckEnd()
}
