package solve_test

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

func BenchmarkEmpty(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 40))
	p := polytope(rng, 5, 40)
	touching := box(0, 1, 5).With(strict(1, 0, 0, 0, 0, 0))
	for _, test := range []struct {
		name string
		p    set.Polyhedron
	}{
		{"interior", p},
		{"apart", p.With(row(1, 1, 0, 0, 0, -3))},
		{"touching in a face", touching},
	} {
		b.Run(test.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := solve.Empty(test.p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkReduce(b *testing.B) {
	p := polytope(rand.New(rand.NewPCG(1, 41)), 5, 40)
	for b.Loop() {
		if _, err := solve.Reduce(p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVolume(b *testing.B) {
	p := polytope(rand.New(rand.NewPCG(1, 42)), 5, 10)
	for b.Loop() {
		if _, err := solve.Volume(p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSample(b *testing.B) {
	p := polytope(rand.New(rand.NewPCG(1, 43)), 5, 20)
	for b.Loop() {
		if _, err := solve.Sample(p, 100, 1); err != nil {
			b.Fatal(err)
		}
	}
}
