package main

import (
	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
)

// provenance says in the metadata of a repaired network which tool changed which layers
// of which file, for which specification.
func (j *repairJob) provenance(repaired *nn.Network) ([][2]string, error) {
	original, err := answer.FileDigest(j.path)
	if err != nil {
		return nil, err
	}
	digest, err := specificationDigest(j.spec)
	if err != nil {
		return nil, err
	}
	return answer.ProvenanceOf(repaired, original, digest), nil
}

// specificationDigest is the SHA-256 of a specification: of its file, or of the text that
// is the argument; none of one from standard input, which has been read.
func specificationDigest(argument string) (string, error) {
	switch specName(argument) {
	case "standard input":
		return "", nil
	case "the specification":
		return answer.BytesDigest([]byte(argument)), nil
	}
	if argument == "" {
		return "", nil
	}
	return answer.FileDigest(argument)
}

// asStored returns the network to repair, that of [onnx.AsStored], and says where it is
// not the network as it was read.
func asStored(inv *cli.Invocation, path string, net *nn.Network, dtype nn.DType) (*nn.Network, error) {
	copied, err := onnx.AsStored(net, dtype)
	if err != nil {
		return nil, cli.Named(path, err)
	}
	if copied == net {
		return net, nil
	}
	if largest, ok := nn.LargestDifference(net, copied); ok {
		inv.Note("%s: some of its constants are not %s numbers; the repair starts from the network rounded to that type (constants change by up to %s)",
			path, dtype, cli.Short(largest))
	} else {
		inv.Note("%s: a %s file has to express it with other operations; the repair starts from the network in that file", path, dtype)
	}
	return copied, nil
}
