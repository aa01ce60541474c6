// Package metrics measures what a repair did to a network: efficacy, drawdown
// and generalisation as Section 7 of Sotoudeh and Thakur, "Provable Repair of
// Deep Neural Networks" (PLDI 2021) defines them, with confidence intervals, and
// the size of the change.
//
//   - Efficacy is the accuracy of the repaired network on the repair set.
//   - Drawdown is the accuracy of the buggy network minus that of the repaired
//     one on a drawdown set, disjoint from the repair set and not similar to it.
//   - Generalisation is the accuracy of the repaired network minus that of the
//     buggy one on a generalisation set, disjoint from the repair set but similar.
//
// Any two networks of the same inputs and outputs can be compared, however the
// second came about. Points come from a [Source] in batches, so that a set may
// be larger than memory.
package metrics
