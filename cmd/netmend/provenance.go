package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/netmend/netmend/nn"
)

// provenance says in the metadata of a repaired network which tool changed which layers
// of which file, for which specification.
func (j *repairJob) provenance(repaired *nn.Network) ([][2]string, error) {
	original, err := fileDigest(j.path)
	if err != nil {
		return nil, err
	}
	digest, err := specificationDigest(j.spec)
	if err != nil {
		return nil, err
	}
	return provenanceOf(repaired, original, digest), nil
}

func provenanceOf(repaired *nn.Network, original, specification string) [][2]string {
	layers := "the values of one layer or more, within the same architecture"
	if ks := repaired.RepairedLayers(); len(ks) > 0 {
		layers = strings.Trim(fmt.Sprint(ks), "[]")
	}
	p := [][2]string{
		{"netmend.version", moduleVersion()},
		{"netmend.repaired_layers", layers},
		{"netmend.original_sha256", original},
	}
	if specification != "" {
		p = append(p, [2]string{"netmend.specification_sha256", specification})
	}
	return p
}

// specificationDigest is the SHA-256 of a specification: of its file, or of the text that
// is the argument; none of one from standard input, which has been read.
func specificationDigest(argument string) (string, error) {
	switch specName(argument) {
	case "standard input":
		return "", nil
	case "the specification":
		return bytesDigest([]byte(argument)), nil
	}
	if argument == "" {
		return "", nil
	}
	return fileDigest(argument)
}

func bytesDigest(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}
