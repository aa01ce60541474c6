package certify

import (
	"context"
	"fmt"
	"strconv"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// CheckExecution returns the function that checks a certificate's claim about executions,
// for [proof.Options]: the bounds on their errors are made again, on that many goroutines
// (0 for one per processor). It accepts executions in the type of the network's parameters,
// within [repair.ExecutionUlps], with at most the margin that is reached. Its errors wrap
// [proof.ErrUnknown] where the claim is not shown, but may be true.
func CheckExecution(workers int) func(context.Context, *nn.Network, *spec.Spec, *cert.Execution) error {
	return func(ctx context.Context, net *nn.Network, bound *spec.Spec, claim *cert.Execution) error {
		dtype, err := nn.ParseDType(claim.DType)
		switch {
		case err != nil:
			return err
		case claim.Ulps > repair.ExecutionUlps:
			return fmt.Errorf("%w: executions within %s units in the last place are claimed, %s are checked", proof.ErrUnknown, short(claim.Ulps), short(repair.ExecutionUlps))
		case net.Meta.DType != dtype:
			return fmt.Errorf("executions in %s are claimed, but the network's parameters are %v", claim.DType, net.Meta.DType)
		}
		r, err := repair.Check(ctx, net, bound, repair.Options{DType: dtype, Executed: true, Workers: workers})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("%w: executions in %s: %s", proof.ErrUnknown, claim.DType, err)
		}
		if !(r.Execution.MarginReached >= claim.MarginReached) {
			return fmt.Errorf("%w: executions in %s are claimed to reach the margin %s, and shown to reach %s", proof.ErrUnknown,
				claim.DType, short(claim.MarginReached), short(r.Execution.MarginReached))
		}
		return nil
	}
}

// short writes a number with up to nine significant digits.
func short(v float64) string { return strconv.FormatFloat(v, 'g', 9, 64) }

// Original is the network that a certificate is about, which has a content by that digest
// (see [proof.NetworkDigest]; "" for none): a repair starts from the network as a file of the
// type that it is written in holds it. It is net itself, with "", or net as a file of float64
// or float32 numbers holds it, with the name of that type; where none has the digest, net
// with "".
func Original(net *nn.Network, content string) (original *nn.Network, roundedTo string, err error) {
	digest, err := proof.NetworkDigest(net)
	if err != nil || content == "" || digest == content {
		return net, "", err
	}
	for _, dtype := range []nn.DType{nn.Float64, nn.Float32} {
		if held, err := onnx.AsStored(net, dtype); err == nil {
			if digest, err := proof.NetworkDigest(held); err == nil && digest == content {
				return held, dtype.String(), nil
			}
		}
	}
	return net, "", nil
}
