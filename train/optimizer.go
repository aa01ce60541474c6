package train

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/internal/portable"
)

// Optimizer is the rule by which parameters follow their gradients.
type Optimizer interface {
	check() error
	// start returns the rule for n parameters, with its memory.
	start(n int) stepper
}

// stepper moves the parameters w after the gradient g.
type stepper interface{ step(w, g []float64) }

// SGD is stochastic gradient descent: v = Momentum v + g, w = w - Rate v.
type SGD struct{ Rate, Momentum float64 }

func (s SGD) check() error {
	if !(s.Rate > 0) || !(s.Momentum >= 0 && s.Momentum < 1) {
		return fmt.Errorf("SGD with rate %v and momentum %v: want a rate above 0 and a momentum from 0 to below 1", s.Rate, s.Momentum)
	}
	return nil
}

func (s SGD) start(n int) stepper {
	d := &descent{SGD: s}
	if s.Momentum > 0 {
		d.velocity = make([]float64, n)
	}
	return d
}

type descent struct {
	SGD
	velocity []float64
}

func (d *descent) step(w, g []float64) {
	if d.velocity == nil {
		blas.Axpy(-d.Rate, g, w)
		return
	}
	// v + (m-1) v is m v in one rounding, by a kernel that is vectorised.
	blas.Axpy(d.Momentum-1, d.velocity, d.velocity)
	blas.Axpy(1, g, d.velocity)
	blas.Axpy(-d.Rate, d.velocity, w)
}

// Adam is the method of Kingma and Ba, "Adam: a method for stochastic
// optimization" (2015), Algorithm 1. Zero decays and epsilon mean the paper's
// 0.9, 0.999 and 1e-8.
type Adam struct{ Rate, Beta1, Beta2, Epsilon float64 }

func (a Adam) withDefaults() Adam {
	if a.Beta1 == 0 {
		a.Beta1 = 0.9
	}
	if a.Beta2 == 0 {
		a.Beta2 = 0.999
	}
	if a.Epsilon == 0 {
		a.Epsilon = 1e-8
	}
	return a
}

func (a Adam) check() error {
	a = a.withDefaults()
	if !(a.Rate > 0) || !(a.Beta1 > 0 && a.Beta1 < 1) || !(a.Beta2 > 0 && a.Beta2 < 1) || !(a.Epsilon > 0) {
		return fmt.Errorf("Adam with rate %v, decays %v and %v, epsilon %v: want a rate and an epsilon above 0 and decays between 0 and 1",
			a.Rate, a.Beta1, a.Beta2, a.Epsilon)
	}
	return nil
}

func (a Adam) start(n int) stepper {
	return &moments{Adam: a.withDefaults(), m: make([]float64, n), v: make([]float64, n)}
}

type moments struct {
	Adam
	steps int
	m, v  []float64
}

func (a *moments) step(w, g []float64) {
	a.steps++
	first := 1 / (1 - portable.Pow(a.Beta1, float64(a.steps)))
	second := 1 / (1 - portable.Pow(a.Beta2, float64(a.steps)))
	for i, x := range g {
		a.m[i] = float64(a.Beta1*a.m[i]) + float64((1-a.Beta1)*x)
		a.v[i] = float64(a.Beta2*a.v[i]) + float64((1-a.Beta2)*x*x)
		w[i] -= a.Rate * a.m[i] * first / (math.Sqrt(a.v[i]*second) + a.Epsilon)
	}
}
