package repair

import (
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
)

// Comparison is how a network differs from the one that it may be a repair of.
type Comparison struct {
	// Original is the network that the other one was compared with: the one given, or that
	// as a file of the type RoundedTo holds it, which is then not "". A repair starts from
	// the original as a file of the repaired network's type holds it.
	Original  *nn.Network
	RoundedTo string
	// Differences are those of the activation channel, as far as it chooses pieces: a repair
	// has none.
	Differences []nn.Difference
}

// Compare finds where the activation channel of a network differs from the original, or,
// where it does, whether it is that of the original rounded to the network's type.
func Compare(original, net *nn.Network) *Comparison {
	c := &Comparison{Original: original, Differences: nn.ChoosingDifferences(original, net)}
	if len(c.Differences) == 0 {
		return c
	}
	held, err := onnx.AsStored(original, net.Meta.DType)
	if err == nil && len(nn.ChoosingDifferences(held, net)) == 0 {
		return &Comparison{Original: held, RoundedTo: net.Meta.DType.String()}
	}
	return c
}
