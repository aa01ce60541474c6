package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
)

// stored is the network as an ONNX file with parameters of this type holds it:
// written and read back in memory. It fails for what cannot be written.
func stored(net *nn.Network, dtype nn.DType) (*nn.Network, error) {
	var file bytes.Buffer
	if err := onnx.Write(&file, net, onnx.WriteOptions{DType: dtype}); err != nil {
		return nil, err
	}
	return readBack(&file, "the network as stored", net)
}

// readBack reads what was written of a network as that network again: with a final sigmoid
// where it has one.
func readBack(file io.Reader, name string, net *nn.Network) (*nn.Network, error) {
	copied, err := onnx.Read(file, name, onnx.ReadOptionsOf(net))
	if err == nil && net.Meta.End == nil {
		copied = copied.WithSigmoid()
	}
	return copied, err
}

// asStored returns the network to repair: net itself, where a file with
// parameters of this type holds it as it is, otherwise the network that such a
// file holds. Rounding moves the linear regions, so it has to come before they
// are enumerated: what is proven is then proven of the file.
func asStored(inv *cli.Invocation, path string, net *nn.Network, dtype nn.DType) (*nn.Network, error) {
	copied, err := stored(net, dtype)
	if err != nil {
		return nil, named(path, err)
	}
	if nn.Same(net, copied) {
		return net, nil
	}
	if largest, ok := nn.LargestDifference(net, copied); ok {
		inv.Note("%s: its constants are no %s numbers; the repair starts from the network rounded to them (constants change by up to %s)",
			path, dtype, cli.Short(largest))
	} else {
		inv.Note("%s: a %s file holds it with other operations; the repair starts from the network in that file", path, dtype)
	}
	copied.Meta.Format, copied.Meta.Notices = net.Meta.Format, net.Meta.Notices
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
	var file bytes.Buffer
	if err := onnx.Write(&file, net, onnx.WriteOptions{DType: dtype, Provenance: provenance}); err != nil {
		return nil, named(path, err)
	}
	copied, err := readBack(bytes.NewReader(file.Bytes()), path, net)
	if err != nil {
		return nil, named(path, err)
	}
	if !nn.Same(net, copied) {
		return nil, fmt.Errorf("%s: not written: a %s file would hold another network than the one that was checked", path, dtype)
	}
	digest := sha256.Sum256(file.Bytes())
	return &storedNetwork{copied, hex.EncodeToString(digest[:])}, inv.StageBytes(path, file.Bytes())
}
