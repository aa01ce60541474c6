// Package metrics measures what a repair did to a network: efficacy, drawdown and
// generalisation as defined in Section 7 of Sotoudeh and Thakur, "Provable Repair of Deep
// Neural Networks" (PLDI 2021), with confidence intervals, and the size of the change.
//
//   - Efficacy is the accuracy of the repaired network on the repair set.
//   - Drawdown is the accuracy of the buggy network minus that of the repaired one on a
//     drawdown set, which is disjoint from the repair set and not similar to it.
//   - Generalisation is the accuracy of the repaired network minus that of the buggy one on
//     a generalisation set, which is disjoint from the repair set but similar to it.
//
// [Measure] compares any two networks with the same inputs and outputs, wherever the second
// one came from. Points come from a [Source] in batches, so a set may be larger than memory.
// [Changes] measures the change, layer by layer.
package metrics
