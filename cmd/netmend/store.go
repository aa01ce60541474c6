package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
)

// asStored returns the network to repair, that of [onnx.AsStored], and says where it is
// not the network as it was read.
func asStored(inv *cli.Invocation, path string, net *nn.Network, dtype nn.DType) (*nn.Network, error) {
	copied, err := onnx.AsStored(net, dtype)
	if err != nil {
		return nil, named(path, err)
	}
	if copied == net {
		return net, nil
	}
	if largest, ok := nn.LargestDifference(net, copied); ok {
		inv.Note("%s: its constants are no %s numbers; the repair starts from the network rounded to them (constants change by up to %s)",
			path, dtype, cli.Short(largest))
	} else {
		inv.Note("%s: a %s file holds it with other operations; the repair starts from the network in that file", path, dtype)
	}
	return copied, nil
}

// storedNetwork is a network as its file holds it.
type storedNetwork struct {
	net    *nn.Network
	digest string // SHA-256 of the file
}

// stageNetwork writes a network that was checked beside its place, after making sure
// that the file holds exactly that network. Its metadata say where it comes from.
func stageNetwork(inv *cli.Invocation, path string, net *nn.Network, dtype nn.DType, provenance ...[2]string) (*storedNetwork, error) {
	file, held, err := onnx.Encode(net, onnx.WriteOptions{DType: dtype, Provenance: provenance})
	if errors.Is(err, onnx.ErrOtherNetwork) {
		err = fmt.Errorf("not written: a %s file would hold another network than the one that was checked", dtype)
	}
	if err != nil {
		return nil, named(path, err)
	}
	digest := sha256.Sum256(file)
	return &storedNetwork{held, hex.EncodeToString(digest[:])}, inv.StageBytes(path, file)
}
