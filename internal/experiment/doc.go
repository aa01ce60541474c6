// Package experiment runs the experiments of Section 7 of Sotoudeh and Thakur,
// "Provable Repair of Deep Neural Networks" (PLDI 2021): a buggy network is
// repaired by provable repair (PR) and by the baselines FT and MFT, and what each
// brought and cost is measured in the same way.
package experiment
