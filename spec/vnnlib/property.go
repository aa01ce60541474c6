package vnnlib

import "github.com/netmend/netmend/set"

// Property is the violation that a file states: a pair of an input and an
// output violates the property iff some case contains it.
type Property struct {
	// Inputs and Outputs count the variables X_i and Y_j.
	Inputs, Outputs int
	// Cases are the violation. With none, nothing violates the property.
	Cases []Case
	// BeforeEnd says that the outputs are the numbers before the end of a file, such as a
	// final Softmax: package final states a property so.
	BeforeEnd bool
	// Contradictory counts the disjuncts that were left out because their
	// input box is empty.
	Contradictory int
}

// Case is a part of the violation: the input lies in Input and the output in
// the union of Outputs.
type Case struct {
	Input InputSet
	// Outputs has at least one conjunction. Cases may share its memory.
	Outputs []Conjunction
}

// Target is the union of the Outputs in a space of that many outputs, with
// rounded numbers.
func (c *Case) Target(outputs int) set.Union {
	u := make(set.Union, len(c.Outputs))
	for i, o := range c.Outputs {
		u[i] = o.Polyhedron(outputs)
	}
	return u
}

// Disjuncts is the number of pairs of an input set and an output conjunction.
func (p *Property) Disjuncts() int {
	n := 0
	for _, c := range p.Cases {
		n += len(c.Outputs)
	}
	return n
}

// Violated decides in exact arithmetic whether the input x with the output y
// satisfies the file as it is written: decimal numbers are not rounded, strict
// comparisons are strict. x and y must have as many finite numbers as the
// property has inputs and outputs.
func (p *Property) Violated(x, y []float64) bool {
	for i := range p.Cases {
		c := &p.Cases[i]
		if !c.Input.Contains(x) {
			continue
		}
		for _, o := range c.Outputs {
			if o.Contains(y) {
				return true
			}
		}
	}
	return false
}
