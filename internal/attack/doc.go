// Package attack tries the command on random small networks and compares every claim
// with the truth, as package oracle finds it. It is a test helper.
//
// A case is a network with a set of inputs and questions about it, made from a seed.
// Networks have integer weights, so that units die, repeat, tie and vanish together;
// thresholds lie exactly at the maximum; sets have no width, pass through breakpoints,
// are tiny or huge. An answer is right, false, unknown, or not decided because nothing
// else was possible (see [Outcome]); one that is false is written down as a folder with
// the files and the command line.
package attack
