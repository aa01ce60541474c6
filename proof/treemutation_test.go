package proof_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/treetest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/vnnlib"
)

// subject is a network with a property on [-1, 1]^2 x [0, 0.5], that its first output is
// not above a level, nor its second below minus the level where the first input is
// above 0.5.
type subject struct {
	net     *nn.Network
	samples nn.Matrix
	highest float64
}

func newSubject(t *testing.T, seed uint64, decoupled bool) *subject {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 4))
	net := treetest.Network(t, []int{3, 5, 4, 2}, decoupled, r.NormFloat64, nn.ReLU)
	for _, i := range net.Layers() { // smaller biases: outputs that samples nearly reach
		d := net.Nodes[i].Op.(*nn.Dense)
		for _, p := range []*nn.Params{&d.Params, d.Value} {
			for j := 0; p != nil && j < len(p.Bias); j++ {
				p.Bias[j] /= 2
			}
		}
	}
	s := &subject{net: net, samples: nn.NewMatrix(4000, 3)}
	for i := range s.samples.Rows {
		copy(s.samples.Row(i), []float64{float64(2*r.Float64()) - 1, float64(2*r.Float64()) - 1, float64(0.5 * r.Float64())})
		for j := range 3 {
			if r.IntN(4) == 0 {
				s.samples.Row(i)[j] = float64(float64(r.IntN(2)*2-1) * 0.5) // a face, for some
			}
		}
		s.samples.Row(i)[2] = max(0, s.samples.Row(i)[2])
	}
	s.highest = highestOf(t, net, s.samples)
	return s
}

// highestOf is the largest value at samples of the first output, or of minus the second
// one if the first input is above 0.5.
func highestOf(t *testing.T, net *nn.Network, samples nn.Matrix) float64 {
	t.Helper()
	y, err := net.Eval(samples, 1)
	if err != nil {
		t.Fatal(err)
	}
	highest := highestFirst(t, net, samples)
	for i := range y.Rows {
		if samples.Row(i)[0] >= 0.5 {
			highest = max(highest, -y.Row(i)[1])
		}
	}
	return highest
}

// highestFirst is the largest first output at samples.
func highestFirst(t *testing.T, net *nn.Network, samples nn.Matrix) float64 {
	t.Helper()
	y, err := net.Eval(samples, 1)
	if err != nil {
		t.Fatal(err)
	}
	highest := y.Row(0)[0]
	for i := range y.Rows {
		highest = max(highest, y.Row(i)[0])
	}
	return highest
}

func (s *subject) property(t *testing.T, level float64) *vnnlib.Property {
	t.Helper()
	return treetest.Property(t, 3, 2,
		"(and (>= X_0 -1) (<= X_0 1) (>= X_1 -1) (<= X_1 1) (>= X_2 0) (<= X_2 0.5))",
		fmt.Sprintf("(or (>= Y_0 %.17f) (and (>= X_0 0.5) (<= Y_1 %.17f)))", level, -level))
}

func (s *subject) questions(level float64) []certify.Question {
	box := set.Box{Lo: []float64{-1, -1, 0}, Hi: []float64{1, 1, 0.5}}
	return []certify.Question{{Inputs: box.Polyhedron(), Target: set.Union{{Dim: 2, Rows: []set.HalfSpace{{Normal: []float64{-1, 0}, Offset: -level}}}}}}
}

// certificates are one of each kind, and the property that those with a property are for.
func (s *subject) certificates(t *testing.T) (all []*cert.Certificate, holding, failing *vnnlib.Property) {
	t.Helper()
	holding, failing = s.property(t, s.highest+0.3), s.property(t, s.highest-0.3)
	holds, violated, empty := cert.New(cert.Holds), cert.New(cert.Violated), cert.New(cert.EmptyPreimage)
	var err error
	if holds.Holds, err = certify.Property(t.Context(), s.net, holding, certify.Options{}); err != nil {
		t.Fatal(err)
	}
	for i := range s.samples.Rows {
		for k := range failing.Cases {
			for term := range failing.Cases[k].Outputs {
				if b, _, err := certify.Witness(s.net, failing, s.samples.Row(i), k, term); err == nil && violated.Violated == nil {
					violated.Violated = b
				}
			}
		}
		if violated.Violated != nil {
			break
		}
	}
	if empty.EmptyPreimage, err = certify.Preimage(t.Context(), s.net, s.questions(s.highest+0.3), certify.Options{}); err != nil {
		t.Fatal(err)
	}
	digest, err := proof.NetworkDigest(s.net)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*cert.Certificate{holds, violated, empty} {
		c.Network.Content, c.Specification.SHA256 = digest, strings.Repeat("0", 64)
	}
	empty.Specification = cert.Identity{Content: empty.EmptyPreimage.Digest()}
	return []*cert.Certificate{holds, violated, empty}, holding, failing
}

// TestVerdictMutations changes the certificates' texts.
func TestVerdictMutations(t *testing.T) {
	var claims []claim
	for seed := range uint64(2) {
		s := newSubject(t, seed, seed == 1)
		all, holding, failing := s.certificates(t)
		for _, c := range all {
			var text bytes.Buffer
			if err := cert.Write(&text, c, false); err != nil {
				t.Fatal(err)
			}
			p := holding
			if c.Kind == cert.Violated {
				p = failing
			}
			questions := c.EmptyPreimage
			claims = append(claims, claim{
				name: fmt.Sprintf("%s, network %d", c.Kind, seed), text: text.Bytes(),
				check: func(c *cert.Certificate) error {
					if c.Kind != cert.EmptyPreimage && c.Specification.SHA256 != "" && strings.Trim(c.Specification.SHA256, "0") != "" {
						return fmt.Errorf("another file") // as the command finds out
					}
					_, err := proof.CheckVerdict(t.Context(), c, s.net, p, 1)
					return err
				},
				// The claim is the original one, which is true; what an empty preimage is
				// about stands in it.
				stands: func(c *cert.Certificate) bool {
					return questions == nil || c.EmptyPreimage.Digest() == questions.Digest()
				},
			})
		}
	}
	read, accepted := mutate(t, claims, mutations()*2/3/len(claims))
	t.Logf("%d of %d mutants were read, %d accepted", read, mutations()*2/3, accepted)
	if accepted == read {
		t.Error("no mutant was rejected")
	}
}

// TestFalseVerdicts takes certificates for what is false: of networks with other weights,
// of other properties, with their steps changed as well. None is accepted where a sample
// shows that the claim is false.
func TestFalseVerdicts(t *testing.T) {
	tried, accepted := 0, 0
	for seed := range uint64(4) {
		s := newSubject(t, seed, seed%2 == 1)
		all, holding, failing := s.certificates(t)
		holds, violated, empty := all[0], all[1], all[2]
		if _, err := proof.CheckVerdict(t.Context(), holds, s.net, failing, 1); err == nil {
			t.Error("holds: accepted for a property that a sample violates")
		}
		if _, err := proof.CheckVerdict(t.Context(), violated, s.net, holding, 1); err == nil {
			t.Error("violated: accepted for a property that holds")
		}
		r := rand.New(rand.NewPCG(seed, 9))
		for range mutations() / 3 / 4 {
			net, steps := s.net, holds.Holds.Trees
			p, level := holding, s.highest+0.3
			if r.IntN(2) == 0 {
				net = otherWeights(t, r, s.net)
			} else {
				p, level = failing, s.highest-0.3
			}
			if highestOf(t, net, s.samples.Slice(0, 500)) <= level {
				continue // true, for all that is known
			}
			if r.IntN(3) > 0 {
				steps = slices.Clone(steps)
				k := r.IntN(len(steps))
				steps[k] = otherSteps(r, steps[k])
			}
			tried++
			if _, err := proof.Holds(t.Context(), net, p, &cert.PropertyHolds{Trees: steps}, 1); err == nil {
				accepted++
				t.Errorf("network %d: a false claim is accepted", seed)
			}
		}
		questions := empty.EmptyPreimage
		questions.Questions[0].Target[0][0].Offset = -highestFirst(t, s.net, s.samples) + 0.3
		if _, err := proof.CheckVerdict(t.Context(), empty, s.net, nil, 1); err == nil || !strings.Contains(err.Error(), "digest") {
			t.Errorf("an empty preimage with another target and the old digest: %v", err)
		}
		empty.Specification.Content = questions.Digest()
		if _, err := proof.CheckVerdict(t.Context(), empty, s.net, nil, 1); err == nil || strings.Contains(err.Error(), "digest") {
			t.Errorf("a preimage that is not empty: %v", err)
		}
		if _, err := proof.CheckVerdict(t.Context(), holds, otherWeights(t, r, s.net), holding, 1); err == nil || !strings.Contains(err.Error(), "is not the one that the certificate is for") {
			t.Errorf("another network: %v", err)
		}
	}
	t.Logf("%d false claims, %d accepted", tried, accepted)
	if tried < mutations()/10 {
		t.Errorf("only %d false claims were tried", tried)
	}
}

// otherWeights is the network with some parameters of a layer changed, in the channel
// that gives the output.
func otherWeights(t *testing.T, r *rand.Rand, net *nn.Network) *nn.Network {
	t.Helper()
	c := net.Clone()
	nodes := []int{0, 2, 4}
	i := nodes[r.IntN(3)]
	d := *c.Nodes[i].Op.(*nn.Dense)
	p := d.Channel(nn.ValueChannel).Clone()
	for range 1 + r.IntN(3) {
		p.Weight.Data[r.IntN(len(p.Weight.Data))] += r.NormFloat64()
	}
	p.Bias[r.IntN(len(p.Bias))] += r.NormFloat64()
	if d.Value != nil {
		d.Value = &p
	} else {
		d.Params = p
	}
	c.Nodes[i].Op = &d
	return c
}

// otherSteps changes a proof: a step left out or taken twice, two exchanged, a split at
// another unit, the two parts of a split exchanged, other multipliers or half-spaces.
func otherSteps(r *rand.Rand, steps cert.Tree) cert.Tree {
	var all []cert.Step
	for rd := cert.NewStepReader(steps); rd.More(); {
		var s cert.Step
		if rd.Next(&s) != nil {
			return steps
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return steps
	}
	for range 1 + r.IntN(3) {
		i, j := r.IntN(len(all)), r.IntN(len(all))
		s := &all[i]
		switch r.IntN(7) {
		case 0:
			all = append(all[:i:i], all[i+1:]...)
		case 1:
			all = append(all[:i+1:i+1], all[i:]...)
		case 2:
			all[i], all[j] = all[j], all[i]
		case 3:
			s.Index = r.IntN(9)
		case 4:
			s.Kind = cert.Split + cert.StepKind(r.IntN(int(cert.Empty)))
		default:
			for k := range s.Rows {
				s.Rows[k].Value = float64(s.Rows[k].Value * float64(4*r.Float64()))
				if r.IntN(4) == 0 {
					s.Rows[k].Row = r.IntN(8)
				}
			}
			for k := range s.Columns {
				s.Columns[k].Value = float64(s.Columns[k].Value * (1 + float64(10*r.Float64())))
			}
		}
		if len(all) == 0 {
			break
		}
	}
	var b []byte
	for k := range all {
		b = cert.AppendStep(b, &all[k])
	}
	return b
}
