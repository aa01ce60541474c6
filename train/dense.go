package train

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/netmend/netmend/nn"
)

// NewDense returns a fully connected ReLU network with random parameters:
// sizes are the input, the hidden layers and the output, which is linear.
// Weights are normal with variance 2/inputs, biases 0 (He et al., "Delving deep
// into rectifiers", 2015). It fails for fewer than two sizes.
func NewDense(seed uint64, sizes ...int) (*nn.Network, error) {
	if len(sizes) < 2 {
		return nil, fmt.Errorf("sizes %v: want at least an input and an output", sizes)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	var nodes []nn.Node
	for k := 1; k < len(sizes); k++ {
		in, out := sizes[k-1], sizes[k]
		if in < 1 || out < 1 {
			return nil, fmt.Errorf("sizes %v: want numbers from 1", sizes)
		}
		p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
		spread := math.Sqrt(2 / float64(in))
		for i := range p.Weight.Data {
			p.Weight.Data[i] = float64(spread * random.NormFloat64())
		}
		nodes = append(nodes, nn.Node{Name: fmt.Sprintf("layer%d", k), Inputs: []int{len(nodes) - 1}, Op: &nn.Dense{Params: p}})
		if k < len(sizes)-1 {
			nodes = append(nodes, nn.Node{Name: fmt.Sprintf("relu%d", k), Inputs: []int{len(nodes) - 1}, Op: nn.ReLU()})
		}
	}
	return nn.New(nodes, sizes[:1], nn.Meta{})
}
