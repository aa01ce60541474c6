package repair_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/eran"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/expr"
)

// mend finds the inputs in a square for which output 1 of a network is the largest, repairs
// the network so that it meets a requirement, checks what the file will hold, and writes it.
func mend(ctx context.Context, from, requirement, to string) error {
	net, err := onnx.ReadFile(from, onnx.ReadOptions{})
	if err != nil {
		return err
	}
	req, err := spec.ReadFile(requirement)
	if err != nil {
		return err
	}
	square, err := expr.ParseBox("0:1,0:1", "the square")
	if err != nil {
		return err
	}
	bad, err := expr.Parse("argmax == 1", "the bad outputs", net.OutDim())
	if err != nil {
		return err
	}
	found, err := preimage.Regions(ctx, net, square.Polyhedron(), bad, preimage.RegionsOptions{Prove: true})
	if err != nil {
		return err
	}
	fmt.Println(found.Count, "polyhedra, all of them:", found.Proof.Accepted)

	best, _, err := repair.Auto(ctx, net, req, repair.Options{DType: net.Meta.DType})
	if err != nil {
		return err
	}
	fmt.Println(best.Status) // Repaired only of what package proof accepted
	if best.Status != repair.Repaired {
		return nil
	}
	checked, err := proof.Check(ctx, best.Network, req, proof.Options{}) // once more
	if err != nil {
		return err
	}
	fmt.Println(checked.Status)
	return onnx.WriteFile(to, best.Network, onnx.WriteOptions{DType: best.DType}) // this network, or none
}

// The whole job: find the bad inputs, mend them, prove that they are gone.
func Example() {
	dir, err := os.MkdirTemp("", "netmend")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := func(name string) string { return filepath.Join(dir, name) }

	// Where the sum s of the inputs is at most 1, output 0 is 1 - s and output 1 is 0.1.
	net, err := eran.Read(strings.NewReader("ReLU\n[[1, 1], [-1, -1]]\n[-1, 1]\nAffine\n[[1, 1], [2, 0]]\n[0, 0.1]\n"), "net.eran", eran.Options{})
	if err != nil {
		log.Fatal(err)
	}
	if err := onnx.WriteFile(path("net.onnx"), net, onnx.WriteOptions{DType: nn.Float64}); err != nil {
		log.Fatal(err)
	}
	req := `{"version": 1, "margin": 0.05, "items": [
	  {"segment": {"from": [0.1, 0.9], "to": [0.7, 0.2]}, "output": {"argmax": 0}},
	  {"keep": [[0.9, 0.9], [0.1, 0.1], [0.5, 0.95]]}]}`
	if err := os.WriteFile(path("req.json"), []byte(req), 0o666); err != nil {
		log.Fatal(err)
	}
	if err := mend(context.Background(), path("net.onnx"), path("req.json"), path("mended.onnx")); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 2 polyhedra, all of them: true
	// repaired
	// holds
}
