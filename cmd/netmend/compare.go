package main

import (
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/metrics"
	"github.com/netmend/netmend/nn"
)

// activationDifferences lists where the activation channels of two networks differ, as
// [nn.ChoosingDifferences] finds them.
func activationDifferences(a, b *nn.Network) []string {
	var found []string
	for _, d := range nn.ChoosingDifferences(a, b) {
		found = append(found, d.String())
	}
	return found
}

// layerChange is how much a layer's value parameters differ.
type layerChange struct {
	Layer   int        `json:"layer"`
	Changed int        `json:"changed"`
	L1      cli.Finite `json:"l1"`
	Linf    cli.Finite `json:"linf"`
	L2      cli.Finite `json:"l2"`
}

// valueChanges lists the layers whose value parameters differ; none for networks
// that do not have the same layers.
func valueChanges(original, repaired *nn.Network) []layerChange {
	changes := []layerChange{} // an empty list, not null, in JSON
	all, err := metrics.Changes(original, repaired)
	if err != nil {
		return changes
	}
	for _, c := range all {
		if c.L0 > 0 {
			changes = append(changes, layerChange{c.Layer, c.L0, cli.Finite(c.L1), cli.Finite(c.Linf), cli.Finite(c.L2)})
		}
	}
	return changes
}
