package proof

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec/vnnlib"
)

// VerdictProof is what checking a certificate of a verdict or of an empty preimage
// showed.
type VerdictProof struct {
	// Trees are those of Holds and EmptyPreimage.
	Trees Trees
	// Margin is the amount by which the witness of Violated violates the property; see
	// [Violated].
	Margin *big.Rat
}

// CheckVerdict checks a certificate of kind Holds, Violated or EmptyPreimage for the network
// and the property, both as read from the files that it names (an empty preimage states
// itself what it is about, and p is not read). An error says what is wrong with the claim or
// its proof, unless it is ctx.Err(). For its cost see [Holds].
func CheckVerdict(ctx context.Context, c *cert.Certificate, net *nn.Network, p *vnnlib.Property, workers int) (*VerdictProof, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := matches("network", c.Network.Content, func() (string, error) { return NetworkDigest(net) }); err != nil {
		return nil, err
	}
	if id := c.Specification; c.Kind != cert.EmptyPreimage && (id.SHA256 == "" || id.Content != "") {
		return nil, errors.New("a property is named by the SHA-256 of its file, and by nothing else")
	}
	v := &VerdictProof{}
	var err error
	switch c.Kind {
	case cert.Holds:
		v.Trees, err = Holds(ctx, net, p, c.Holds, workers)
	case cert.Violated:
		v.Margin, err = Violated(net, p, c.Violated)
	case cert.EmptyPreimage:
		if c.Specification.SHA256 != "" || c.Specification.Content != c.EmptyPreimage.Digest() {
			return nil, errors.New("the digest in the header is not that of the questions")
		}
		v.Trees, err = EmptyPreimage(ctx, net, c.EmptyPreimage, workers)
	default:
		err = fmt.Errorf("kind %q is not about a verdict", c.Kind)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}
