package attack

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/netmend/netmend/internal/oracle"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
)

// panicked begins what a [Command] returns as printed to stderr where it panicked.
const panicked = "panic: "

// Command runs the command line and returns its exit code and what it printed. It
// recovers from panics: the last string is then "panic: " and the reason.
type Command func(args ...string) (code int, stdout, stderr string)

// jumping is added to the kind where an activation function of the network jumps.
const jumping = ", jump"

// slow is a time that no question about so small a network should take.
const slow = 2 * time.Second

// run is one case being tried.
type run struct {
	seed    uint64
	rng     *rand.Rand
	dir     string
	command Command
	net     *nn.Network
	exact   *oracle.Net
	dtype   nn.DType
	answers []Answer
	kind    string
}

// Try makes the case of a seed in an empty folder, asks all questions and returns the
// answers. The files stay in the folder.
func Try(seed uint64, dir string, command Command) ([]Answer, error) {
	r := &run{seed: seed, rng: rand.New(rand.NewPCG(seed, 0x6f7261636c65)), dir: dir, command: command}
	if err := r.makeNetwork(); err != nil {
		return nil, err
	}
	dim := r.exact.Inputs
	boxes := []string{box, box, flat, tiny, huge}
	r.askBox(newSet(r.rng, boxes[r.rng.IntN(len(boxes))], dim))
	kinds := []string{point, segment, through, through, through, large}
	if dim > 1 {
		kinds = append(kinds, polygon, edge, edge)
	}
	first := r.newSet(kinds[r.rng.IntN(len(kinds))])
	r.askSpecification(newSpecification(r.rng, r.exact, first))
	return r.answers, nil
}

// newSet is a random set of a kind, of those along breakpoints often at those of a
// unit of the first layer.
func (r *run) newSet(kind string) set {
	dim := r.exact.Inputs
	d, ok := r.net.Nodes[r.net.Layers()[0]].Op.(*nn.Dense)
	if kind != edge && (kind != through || !ok || r.rng.IntN(2) == 0) {
		return newSet(r.rng, kind, dim)
	}
	j := r.rng.IntN(d.Weight.Rows)
	return along(r.rng, append(append([]float64(nil), d.Weight.Row(j)...), d.Bias[j]), kind)
}

func (r *run) makeNetwork() error {
	r.dtype = []nn.DType{nn.Float32, nn.Float64}[r.rng.IntN(2)]
	made, err := network(r.rng, 1+r.rng.IntN(3), 1+r.rng.IntN(3), r.dtype)
	if err != nil {
		return err
	}
	if err := onnx.WriteFile(r.path("net.onnx"), made, onnx.WriteOptions{DType: r.dtype, Rounded: true}); err != nil {
		return err
	}
	r.net, r.exact, err = read(r.path("net.onnx"))
	return err
}

// read reads a network for the oracle.
func read(path string) (*nn.Network, *oracle.Net, error) {
	net, err := onnx.ReadFile(path, onnx.ReadOptions{})
	if err != nil {
		return nil, nil, err
	}
	exact, err := fromNN(net)
	return net, exact, err
}

func (r *run) path(name string) string { return filepath.Join(r.dir, name) }

func (r *run) write(name, text string) string {
	if err := os.WriteFile(r.path(name), []byte(text), 0o666); err != nil {
		panic(err)
	}
	return r.path(name)
}

// ask runs a command with --json and reads its answer.
func (r *run) ask(object any, args ...string) (code int, trouble string) {
	start := time.Now()
	code, stdout, stderr := r.command(append(args, "--json")...)
	if strings.HasPrefix(stderr, panicked) {
		r.record(False, args, "%s", stderr)
	}
	if d := time.Since(start); d > slow {
		defer func() { trouble = fmt.Sprintf("%v; %s", d, trouble) }()
	}
	if err := json.Unmarshal([]byte(stdout), object); err != nil {
		return code, fmt.Sprintf("no JSON (%v): %s", err, stderr)
	}
	if code == 2 || code > 3 {
		var failed struct{ Error string }
		_ = json.Unmarshal([]byte(stdout), &failed)
		return code, fmt.Sprintf("exit code %d: %s", code, failed.Error)
	}
	return code, ""
}

// record notes an answer.
func (r *run) record(outcome Outcome, args []string, detail string, values ...any) {
	r.recordAs(args[0], outcome, args, detail, values...)
}

// recordAs notes an answer under another name than the command's.
func (r *run) recordAs(name string, outcome Outcome, args []string, detail string, values ...any) {
	kind := r.kind
	if r.net.DiscontinuousNode() >= 0 {
		kind += jumping
	}
	r.answers = append(r.answers, Answer{
		Seed: r.seed, Command: name, Kind: kind, Outcome: outcome, Args: args, Detail: fmt.Sprintf(detail, values...),
	})
}
