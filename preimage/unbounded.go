package preimage

import (
	"context"
	"errors"

	"github.com/netmend/netmend/region/polytope"
)

// errUnboundedProof says why there is no proof.
var errUnboundedProof = errors.New("the input set is unbounded")

// unbounded is the preimage in a domain that is unbounded.
func (e *enumeration) unbounded(ctx context.Context, d polytope.Domain, opt RegionsOptions) (*Result, error) {
	prove := opt.Prove
	opt.Prove = false
	r, err := e.run(ctx, d, opt)
	if err == nil && prove {
		r.Proof.Missing = errUnboundedProof
	}
	return r, err
}
