package nn

// batchNumbers is how many numbers a batch evaluation should keep at most, 64
// MiB of them, and maxBatch the largest batch worth its memory.
const (
	batchNumbers = 1 << 23
	maxBatch     = 512
)

// BatchRows is a number of samples to evaluate at once: many enough for fast
// products, few enough that [Network.Run], which keeps every node's values,
// takes little memory.
func (n *Network) BatchRows() int {
	total := n.inDim
	for _, d := range n.dims {
		total += d
	}
	return max(1, min(maxBatch, batchNumbers/total))
}
