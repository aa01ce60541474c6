package answer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
)

// StoredNetwork is a network as its file holds it.
type StoredNetwork struct {
	Net    *nn.Network
	Digest string // SHA-256 of the file
}

// StageNetwork writes a network that was checked beside its place, after making sure
// that the file holds exactly that network. Its metadata say where it comes from.
func StageNetwork(inv *cli.Invocation, path string, net *nn.Network, dtype nn.DType, provenance ...[2]string) (*StoredNetwork, error) {
	file, held, err := onnx.Encode(net, onnx.WriteOptions{DType: dtype, Provenance: provenance})
	if errors.Is(err, onnx.ErrOtherNetwork) {
		err = fmt.Errorf("not written: a %s file would contain a network other than the one that was checked", dtype)
	}
	if err != nil {
		return nil, cli.Named(path, err)
	}
	digest := sha256.Sum256(file)
	return &StoredNetwork{held, hex.EncodeToString(digest[:])}, inv.StageBytes(path, file)
}

// ProvenanceOf says in the metadata of a repaired network which tool changed which of its
// layers, and of which files it is made: the digests of the original and of the
// specification, "" where that is not a file.
func ProvenanceOf(repaired *nn.Network, original, specification string) [][2]string {
	layers := "the values of one or more layers, within the same architecture"
	if ks := repaired.RepairedLayers(); len(ks) > 0 {
		layers = strings.Trim(fmt.Sprint(ks), "[]")
	}
	p := [][2]string{
		{"netmend.version", cli.ModuleVersion()},
		{"netmend.repaired_layers", layers},
		{"netmend.original_sha256", original},
	}
	if specification != "" {
		p = append(p, [2]string{"netmend.specification_sha256", specification})
	}
	return p
}

// FileDigest is the SHA-256 of a file.
func FileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", cli.Named(path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// BytesDigest is the SHA-256 of data, in hexadecimal digits.
func BytesDigest(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}
