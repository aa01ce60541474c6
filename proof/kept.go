package proof

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"sync"

	"github.com/netmend/netmend/nn"
)

// Kept is what the checker keeps of its own work on one network: the enclosures, at points,
// of the values in front of a layer, which a repair of that layer leaves as they are. A check
// of the repaired network and a bound from rows of the original one need the same. None of it
// comes from outside this package, and it serves only networks whose nodes in front of the
// layer are the very same ones; these must not be changed.
//
// It may be used by several goroutines.
type Kept struct {
	net   *nn.Network
	layer int   // node
	live  []int // nodes in front of it whose values it and later nodes read

	mu     sync.Mutex
	room   int64 // bytes that are left
	points map[[sha256.Size]byte][]sparse
}

// sparse are twofold numbers of which most are 0: those that are not, and where.
type sparse struct {
	index       []int32
	hi, lo, rad []float64
}

// NewKept keeps up to the given number of bytes for repairs of layer k of a network. It is
// nil, with which everything is computed again, if there is no such layer, if a layer in
// front of it is decoupled, or if the network behind it is so large that there are no rows to
// share with.
func NewKept(net *nn.Network, k int, bytes int64) *Kept {
	layer, _, err := net.Layer(k)
	if err != nil || layer == 0 {
		return nil
	}
	if p, err := newPointNetwork(net); err != nil || p.behind(layer) > maxBehind {
		return nil
	}
	read := map[int]bool{}
	for i, node := range net.Nodes {
		if op, ok := node.Op.(nn.Affine); ok && i < layer && op.Decoupled() {
			return nil
		}
		for _, j := range node.Inputs {
			read[j] = read[j] || i >= layer
		}
	}
	kept := &Kept{net: net, layer: layer, room: bytes, points: map[[sha256.Size]byte][]sparse{}}
	for j := range layer {
		if read[j] {
			kept.live = append(kept.live, j)
		}
	}
	return kept
}

// fitting is k if it serves a network, otherwise nil.
func (k *Kept) fitting(net *nn.Network) *Kept {
	if k == nil || len(net.Nodes) != len(k.net.Nodes) || net.InDim() != k.net.InDim() {
		return nil
	}
	for i, node := range k.net.Nodes {
		// Operations are pointers: these are the same ones, parameters included.
		if !slices.Equal(node.Inputs, net.Nodes[i].Inputs) || i < k.layer && node.Op != net.Nodes[i].Op {
			return nil
		}
	}
	return k
}

// place is where the values at a point are kept.
func (k *Kept) place(x []float64) [sha256.Size]byte {
	b := make([]byte, 0, 8*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return sha256.Sum256(b)
}

// load begins a run at a point with what is kept, and returns the node to go on with: 0
// where nothing is.
func (k *Kept) load(x []float64, run *twofoldRun) (from int) {
	if k == nil {
		return 0
	}
	k.mu.Lock()
	all, ok := k.points[k.place(x)]
	k.mu.Unlock()
	if !ok {
		return 0
	}
	for i, j := range k.live {
		v := run.take(k.net.Dim(j))
		clear(v.hi)
		clear(v.lo)
		clear(v.rad)
		of := &all[i]
		for n, at := range of.index {
			v.hi[at], v.lo[at], v.rad[at] = of.hi[n], of.lo[n], of.rad[n]
		}
		run.apart[j] = false
		run.values[nn.ActivationChannel][j], run.values[nn.ValueChannel][j] = v, v
	}
	return k.layer
}

// perKept is what a number takes, in bytes.
const perKept = 4 + 3*8

// store keeps the values of a run that has come to the layer, while there is room.
func (k *Kept) store(x []float64, run *twofoldRun) {
	all := make([]sparse, len(k.live))
	var size int64
	for i, j := range k.live {
		v := &run.values[nn.ValueChannel][j]
		count := 0
		for n := range v.hi {
			if v.hi[n] != 0 || v.lo[n] != 0 || v.rad[n] != 0 {
				count++
			}
		}
		size += int64(count * perKept)
		all[i] = sparse{make([]int32, 0, count), make([]float64, 0, count), make([]float64, 0, count), make([]float64, 0, count)}
	}
	k.mu.Lock()
	fits := size <= k.room
	if fits {
		k.room -= size
	}
	k.mu.Unlock()
	if !fits {
		return
	}
	for i, j := range k.live {
		v, of := &run.values[nn.ValueChannel][j], &all[i]
		for n := range v.hi {
			if v.hi[n] != 0 || v.lo[n] != 0 || v.rad[n] != 0 {
				of.index = append(of.index, int32(n))
				of.hi, of.lo, of.rad = append(of.hi, v.hi[n]), append(of.lo, v.lo[n]), append(of.rad, v.rad[n])
			}
		}
	}
	k.mu.Lock()
	k.points[k.place(x)] = all
	k.mu.Unlock()
}
