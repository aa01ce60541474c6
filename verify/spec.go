package verify

import (
	"context"
	"errors"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Spec decides a specification.
func Spec(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*Result, error) {
	return nil, errors.New("later")
}
