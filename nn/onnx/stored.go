package onnx

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/netmend/netmend/nn"
)

// ErrOtherNetwork: the file would hold another network than the one to be written.
var ErrOtherNetwork = errors.New("the file would contain a different network: some of its numbers are not numbers of the file's type, or its operations are written as others; start from what AsStored returns, or allow it with WriteOptions.Rounded")

// AsStored returns the network that an ONNX file with parameters of this type holds: net
// itself where the file holds exactly that, and otherwise the network that is read from
// such a file. Rounding moves the linear regions, so a repair has to start from this
// network: what is proven is then proven of the file. It fails for what cannot be written.
func AsStored(net *nn.Network, dtype nn.DType) (*nn.Network, error) {
	_, held, err := Encode(net, WriteOptions{DType: dtype, Rounded: true})
	if err != nil || held == net {
		return held, err
	}
	held.Meta.Format, held.Meta.Notices = net.Meta.Format, net.Meta.Notices
	return held, nil
}

// Encode returns the bytes of the ONNX file that [Write] writes, and the network that is
// read from them: net itself where they hold exactly that, as it always is without
// [WriteOptions.Rounded].
func Encode(net *nn.Network, opts WriteOptions) (file []byte, held *nn.Network, err error) {
	if file, err = marshal(net, opts); err != nil {
		return nil, nil, err
	}
	held, err = Read(bytes.NewReader(file), "the network as stored", readOptionsOf(net))
	if err != nil {
		return nil, nil, fmt.Errorf("reading back what was written: %w", err)
	}
	if net.Meta.End == nil {
		held = held.WithSigmoid()
	}
	if nn.Same(net, held) {
		return file, net, nil
	}
	if !opts.Rounded {
		return nil, nil, ErrOtherNetwork
	}
	return file, held, nil
}
