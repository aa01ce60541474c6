package attack

import (
	"math/rand/v2"
	"slices"
	"strconv"
)

// repairsEach is how many repairs [TryRepair] asks of a network.
const repairsEach = 4

// TryRepair is [Try] with repairs alone, some of each network, for those who look for
// faults of these.
func TryRepair(seed uint64, dir string, command Command) ([]Answer, error) {
	r := &run{seed: seed, rng: rand.New(rand.NewPCG(seed, 0x726570616972)), dir: dir, command: command}
	if err := r.makeNetwork(); err != nil {
		return nil, err
	}
	kinds := []string{point, point, segment, through, through, large}
	if r.exact.Inputs > 1 {
		kinds = append(kinds, polygon, edge)
	}
	layers := r.net.Layers()
	for k := range repairsEach {
		s := newSpecification(r.rng, r.exact, r.newSet(kinds[r.rng.IntN(len(kinds))]))
		r.kind = s.items[0].set.kind
		r.askRepair(s, layers[r.rng.IntN(len(layers))], strconv.Itoa(k))
	}
	return r.answers, nil
}

// askRepair repairs one layer; the files have a name of their own.
func (r *run) askRepair(s specification, layer int, name string) {
	p := r.newProblem()
	original := r.exactIn(p.dtype)
	file, to := r.path("spec"+name+".json"), r.path("repaired"+name+".onnx")
	r.write("spec"+name+".json", s.text())
	s = s.of(original)
	args := append([]string{
		"repair", r.path("net.onnx"), "--spec", file, "--layer", strconv.Itoa(slices.Index(r.net.Layers(), layer) + 1), "-o", to,
	}, p.flags...)
	var a repaired
	if code, trouble := r.ask(&a, args...); trouble != "" {
		r.record(Unknown, args, "%s", trouble)
	} else {
		p.solve(s, original, layer)
		r.judgeRepair(args, s, p, a, code, to)
	}
}
