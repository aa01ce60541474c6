package onnx

import (
	"slices"

	"github.com/netmend/netmend/nn"
)

// irKind is what an [irNode] computes.
type irKind uint8

const (
	irInput irKind = iota
	irDense
	irScale
	irActivation
	irFixed      // fixed, an affine operation without parameters
	irSelection  // sel
	irSum        // in[0] + in[1]
	irDifference // in[0] - in[1]
	irEnd        // end
	// The remaining kinds occur within the linearisation of an activation or a
	// selection only.
	irCondition // in[0] >= threshold, or in[0] >= in[1]
	irIndices   // which candidates sel chooses
	irProduct   // in[0] in[1]
	irMapped    // op(in[0]), one of the mappings
)

// partial reports whether the kind has no meaning by itself.
func (k irKind) partial() bool { return k >= irCondition }

// irNode is an operation on a computed value, between the file's operators and
// [nn.Node]. All values are flat samples.
type irNode struct {
	kind irKind
	in   []int
	// name, op and position are those of the file's node, for messages; role
	// says whether it leads to the chosen output.
	name, op string
	pos      int
	role     role
	dim      int // length of the result

	dense dense         // irDense
	scale nn.Scale      // irScale
	act   nn.Activation // irActivation
	fixed nn.Affine     // irFixed
	sel   nn.Selection  // irSelection, irIndices

	end *nn.End // irEnd

	shifted   bool    // irScale: a constant has been added
	restoring bool    // irScale: of a gated product, see restored
	threshold float64 // irCondition
}

// dense are the parameters of an irDense and where they come from.
type dense struct {
	params nn.Params
	// weight and bias are the constants in the file; bias is nil if there is
	// none yet.
	weight, bias *tensor
	// form is the geometry of a convolution, transposed or not, with any parameters; nil
	// for a dense layer.
	form nn.Layer
}

// An irActivation node computes the linearisation of act around in[0] at in[1]
// (Definition 4.2). Where the two are the same value, that is act itself. An
// irSelection node likewise chooses by the first half of in among the second.

// chooses reports whether the node has pieces.
func (n *irNode) chooses() bool { return n.kind == irActivation || n.kind == irSelection }

// choosing are the inputs that choose the pieces, values those that the output is
// computed from; for other nodes both are all inputs.
func (n *irNode) choosing() []int {
	if n.chooses() {
		return n.in[:len(n.in)/2]
	}
	return n.in
}

func (n *irNode) values() []int {
	if n.chooses() {
		return n.in[len(n.in)/2:]
	}
	return n.in
}

// isLinearized reports whether the node belongs to a value channel.
func (n *irNode) isLinearized() bool { return !slices.Equal(n.choosing(), n.values()) }
