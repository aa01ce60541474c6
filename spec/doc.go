// Package spec states requirements: sets of inputs, and what the network's
// output must satisfy on every point of them (Sotoudeh and Thakur, Definitions
// 5.1 and 6.1, extended by disjunctions "one of these classes").
package spec
