package certify

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// mutations is how many mutated certificates are tried; the long run is
//
//	go test ./repair/certify -run Mutations -mutations 100000
var mutations = flag.Int("mutations", 3000, "number of mutated certificates")

// subject is a certificate with what it is about.
type subject struct {
	name     string
	original *nn.Network
	repaired *nn.Network
	spec     *spec.Spec
	opt      repair.Options
	text     []byte
}

// subjects are small repairs of all kinds.
func subjects(t *testing.T) []subject {
	three := &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(-0.8, -0.4), []float64{0.5}, []float64{1.5})}}
	square, err := set.NewPolygon([][]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	layer := func(out, in int) *nn.Dense {
		rows := make([][]float64, out)
		for j := range rows {
			for range in + 1 {
				rows[j] = append(rows[j], float64(math.Round(8*rng.NormFloat64())/8))
			}
		}
		return papertest.Dense(rows...)
	}
	plane := papertest.Chain(t, 2, layer(4, 2), nn.ReLU(), layer(4, 4), nn.ReLU(), layer(3, 4))
	classes := &spec.Spec{Margin: 0.125, Items: []spec.Item{
		{Name: "square", Polygon: square, Output: spec.Output{Allowed: []int{0, 1}}},
		papertest.Point(spec.Output{Allowed: []int{1}}, 0.25, 0.5),
	}}
	class := func(k int) spec.Output { return spec.Output{Allowed: []int{k}} }
	twice := &spec.Spec{Items: []spec.Item{papertest.Point(class(1), 0.25, 0.5), papertest.Point(class(2), 0.25, 0.5)}}
	crossing := &spec.Spec{Items: []spec.Item{
		papertest.Segment(t, class(0), []float64{-1, 0.3}, []float64{0.7, -0.4}), papertest.Segment(t, class(2), []float64{0.7, 0.6}, []float64{-0.6, -0.9}),
	}}
	labels := &spec.Spec{Items: []spec.Item{papertest.Segment(t, class(2), []float64{-1, 0.3}, []float64{0.7, -0.4}), papertest.Point(class(1), 0.25, 0.5)}}
	var all []subject
	for _, norm := range norms() {
		all = append(all, subject{name: "N1 " + string(norm), original: papertest.Figure3(t), spec: three, opt: repair.Options{Layer: 1, Norm: norm}})
	}
	all = append(
		all,
		subject{name: "N1 weights", original: papertest.Figure3(t), spec: three, opt: repair.Options{Layer: 1, Norm: repair.L1, Free: repair.Free{Kind: repair.FreeWeights}}},
		subject{name: "N1 infeasible", original: papertest.Figure3(t), spec: three, opt: repair.Options{Layer: 1, Norm: repair.L1, Bound: 0.125}},
		subject{name: "square, layer 2", original: plane, spec: classes, opt: repair.Options{Layer: 2, Bound: 20}},
		subject{name: "square, layer 3", original: plane, spec: classes, opt: repair.Options{Layer: 3, Bound: 20}},
		subject{name: "two labels", original: plane, spec: twice, opt: repair.Options{Layer: 2}},
		subject{name: "labels that cross", original: plane, spec: crossing, opt: repair.Options{Layer: 3}},
		subject{name: "labels", original: plane, spec: labels, opt: repair.Options{Layer: 3, Bound: 20, Norm: repair.L1}},
		subject{name: "square infeasible", original: plane, spec: classes, opt: repair.Options{Layer: 3, Bound: 0.015625}},
	)
	fractions := false
	for i := range all {
		u := &all[i]
		r, c := certified(t, u.original, u.spec, u.opt)
		u.repaired = r.Network
		var b bytes.Buffer
		if err := cert.Write(&b, c, false); err != nil {
			t.Fatal(err)
		}
		u.text = b.Bytes()
		fractions = fractions || bytes.ContainsRune(u.text, '/')
	}
	if !fractions {
		t.Error("no certificate has a number that is no float64")
	}
	return all
}

// TestMutations: no certificate that was changed at random is accepted unless
// what it then says is true.
func TestMutations(t *testing.T) {
	n := *mutations
	if testing.Short() {
		n = min(n, 500)
	}
	all := subjects(t)
	rng := rand.New(rand.NewPCG(3, 4))
	read, accepted := 0, 0
	for i := range n {
		u := &all[i%len(all)]
		text := mutate(rng, u.text)
		c, err := cert.Read(t.Context(), bytes.NewReader(text))
		if err != nil {
			continue
		}
		read++
		if _, err := proof.CheckRepair(t.Context(), c, u.original, u.repaired, u.spec, proof.Options{Workers: 1}); err != nil {
			continue
		}
		accepted++
		if err := u.true(t, c); err != nil {
			t.Errorf("%s: accepted, but %v\n%s", u.name, err, text)
		}
	}
	t.Logf("%d mutations: %d still certificates, %d accepted, all of them true", n, read, accepted)
	if read == 0 || accepted == 0 || accepted == n {
		t.Errorf("the mutations test nothing: %d of %d read, %d accepted", read, n, accepted)
	}
}

// true solves again for what a certificate says, and tells what is wrong with it.
func (u *subject) true(t *testing.T, c *cert.Certificate) error {
	b := c.Repair
	opt := u.opt
	opt.Margin, opt.Layer, opt.Workers = &b.Margin, b.Layer, 1
	opt.Bound = 1e6
	if b.Bound != nil {
		opt.Bound = *b.Bound
	}
	opt.Free = repair.Free{}
	if b.Free != nil {
		opt.Free = freeList(u.original, b)
	}
	if o := b.Objective; o != nil {
		opt.Norm = repair.Norm(o.Norm)
		opt.L1Weight, opt.LinfWeight = o.L1Weight, o.LinfWeight
		if o.LowerBound > o.Value {
			return fmt.Errorf("the lower bound exceeds the value")
		}
	}
	r, err := repair.Run(t.Context(), u.original, u.spec, opt)
	switch {
	case err != nil:
		return err
	case c.Kind == cert.NoRepair && r.Status != repair.Infeasible && r.Status != repair.Unknown:
		return fmt.Errorf("there is a repair")
	case c.Kind == cert.Repaired && r.Network != nil && b.Objective.LowerBound > float64(r.Objective*(1+1e-7))+1e-10:
		return fmt.Errorf("the objective can be %v", r.Objective)
	case c.Kind == cert.Repaired && r.Network == nil && r.Status == repair.Infeasible:
		return fmt.Errorf("there is no repair")
	}
	return nil
}

// freeList is the free parameters of a certificate as a list.
func freeList(net *nn.Network, b *cert.Repair) repair.Free {
	_, op, _ := net.Layer(b.Layer)
	in := op.Channel(nn.ValueChannel).Weight.Cols
	f := repair.Free{Kind: repair.FreeList}
	at := 0
	for i, n := range b.Free {
		for range n {
			if i%2 == 1 {
				q := repair.Parameter{Output: at / (in + 1), Input: at % (in + 1)}
				if q.Input == in {
					q.Input = repair.BiasInput
				}
				f.List = append(f.List, q)
			}
			at++
		}
	}
	return f
}

// mutate changes a certificate's text in one place: a byte, or a value.
func mutate(rng *rand.Rand, text []byte) []byte {
	if rng.IntN(4) == 0 {
		out := slices.Clone(text)
		out[rng.IntN(len(out))] = byte(32 + rng.IntN(95))
		return out
	}
	var v any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		panic(err)
	}
	v = mutateValue(rng, v)
	out, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return out
}

// mutateValue changes one value somewhere below v.
func mutateValue(rng *rand.Rand, v any) any {
	switch v := v.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		k := keys[rng.IntN(len(keys))]
		if _, leaf := v[k].(map[string]any); !leaf && rng.IntN(12) == 0 {
			delete(v, k)
			return v
		}
		// Most of what matters lies in the body.
		if _, ok := v["repair"]; ok && rng.IntN(4) > 0 {
			k = "repair"
		}
		v[k] = mutateValue(rng, v[k])
	case []any:
		if len(v) == 0 {
			return append(v, json.Number("1"))
		}
		i := rng.IntN(len(v))
		switch rng.IntN(8) {
		case 0:
			return slices.Delete(v, i, i+1)
		case 1:
			return append(v, v[i])
		}
		v[i] = mutateValue(rng, v[i])
	case json.Number:
		x, _ := v.Float64()
		choices := []float64{
			math.Nextafter(x, math.Inf(1)), math.Nextafter(x, math.Inf(-1)), float64(2 * x), float64(x / 2), -x, 0, 1, x + 1, x - 1,
			float64(x * (1 + float64(1e-9*rng.NormFloat64()))), float64(x * (1 + rng.NormFloat64())), rng.Float64(), 1e9,
		}
		return choices[rng.IntN(len(choices))]
	case string:
		if len(v) == 0 || rng.IntN(4) == 0 {
			return []any{"", "l1", "linf", "l2", "mix", "repaired", "no-repair"}[rng.IntN(7)]
		}
		b := []byte(v)
		b[rng.IntN(len(b))] = "0123456789abcdef"[rng.IntN(16)]
		return string(b)
	}
	return v
}

// TestOtherFiles: a network or a specification with one bit of one number changed
// is another one.
func TestOtherFiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	flip := func(v *float64) { *v = math.Float64frombits(math.Float64bits(*v) ^ 1<<rng.IntN(52)) }
	for _, u := range subjects(t) {
		c, err := cert.Read(t.Context(), bytes.NewReader(u.text))
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			original, repaired := changed(t, rng, u.original, flip), u.repaired
			if _, err := proof.CheckRepair(t.Context(), c, original, repaired, u.spec, proof.Options{}); err == nil {
				t.Errorf("%s: another original is accepted", u.name)
			}
			if repaired != nil {
				if _, err := proof.CheckRepair(t.Context(), c, u.original, changed(t, rng, repaired, flip), u.spec, proof.Options{}); err == nil {
					t.Errorf("%s: another repaired network is accepted", u.name)
				}
			}
			s := *u.spec
			flip(&s.Margin)
			if _, err := proof.CheckRepair(t.Context(), c, u.original, u.repaired, &s, proof.Options{}); err == nil {
				t.Errorf("%s: another specification is accepted", u.name)
			}
		}
	}
}

// changed is a copy of a network with one weight or bias changed.
func changed(t *testing.T, rng *rand.Rand, net *nn.Network, change func(*float64)) *nn.Network {
	t.Helper()
	k := 1 + rng.IntN(len(net.Layers()))
	i, op, err := net.Layer(k)
	if err != nil {
		t.Fatal(err)
	}
	p := op.Channel(nn.ActivationChannel).Clone()
	var v *nn.Params
	if op.Decoupled() {
		c := op.Channel(nn.ValueChannel).Clone()
		v = &c
	}
	change(&p.Bias[rng.IntN(len(p.Bias))])
	nodes := slices.Clone(net.Nodes)
	nodes[i].Op = op.WithParams(p, v)
	out, err := nn.New(nodes, net.InputShape, net.Meta)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
