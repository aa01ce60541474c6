// Package answer is what commands say alike: the figures of a repair, networks, measures and
// ranges as JSON objects, networks and pictures as files, and the words for them.
package answer

import (
	"math"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/repair/conflict"
	"github.com/netmend/netmend/spec"
)

// Status words in JSON objects.
const (
	statusRepaired   = "repaired"
	statusInfeasible = "infeasible"
	statusUnknown    = "unknown"
)

// Figures are the numbers of one layer's repair in JSON objects, the same for
// repair, demo and bench. What a result does not have is null.
type Figures struct {
	Status        string        `json:"status"`
	Found         string        `json:"found,omitempty"`
	Arithmetic    string        `json:"arithmetic,omitempty"`
	Reason        string        `json:"reason,omitempty"`
	Choice        bool          `json:"choice_of_classes"`
	Layer         int           `json:"layer"`
	Norm          repair.Norm   `json:"norm"`
	Objective     *cli.Finite   `json:"objective"`
	LowerBound    *cli.Finite   `json:"lower_bound"`
	BoundFound    *cli.Finite   `json:"lower_bound_found,omitempty"`
	Infimum       bool          `json:"infimum,omitempty"`
	L1            *cli.Finite   `json:"l1"`
	Linf          *cli.Finite   `json:"linf"`
	L2            *cli.Finite   `json:"l2"`
	Changed       int           `json:"changed"`
	Parameters    int           `json:"parameters"`
	Margin        float64       `json:"margin"`
	MarginReached *cli.Finite   `json:"margin_reached"`
	RoundingBound *cli.Finite   `json:"rounding_bound"`
	Drawdown      *float64      `json:"drawdown,omitempty"`
	RoundingFrom  int           `json:"rounding_from_layer,omitempty"`
	Worst         *repair.Place `json:"worst,omitempty"`
	Bound         float64       `json:"bound"`
	BoundBinds    bool          `json:"bound_binds"`
	DType         string        `json:"dtype"`
	// Execution is null where --robust-to was not given or nothing was shown.
	Execution *Execution `json:"execution,omitempty"`

	Regions    int `json:"regions"`
	Cells      int `json:"cells"`
	KeyPoints  int `json:"key_points"`
	Distinct   int `json:"distinct_key_points"`
	FacePoints int `json:"face_key_points"`
	Rows       int `json:"rows"`
	Rounds     int `json:"rounds"`
	Generated  int `json:"generated_rows"`
	ActiveRows int `json:"active_rows"`
	Pivots     int `json:"pivots"`

	Proof         *proofInfo     `json:"proof,omitempty"`
	Contradiction *cli.Finite    `json:"contradiction,omitempty"`
	Conflict      []conflict.Row `json:"conflict,omitempty"`
	Farkas        []farkasInfo   `json:"farkas,omitempty"`
}

// farkasInfo is one row of a proof of infeasibility: multiplier times
// g^T D [h; 1] <= rhs; of a convolution, the coefficients of the output channels
// listed, one after the other.
type farkasInfo struct {
	Multiplier float64      `json:"multiplier"`
	Place      repair.Place `json:"place"`
	G          []float64    `json:"g,omitempty"`
	H          []float64    `json:"h,omitempty"`
	Channels   []int32      `json:"channels,omitempty"`
	Blocks     []float64    `json:"coefficients,omitempty"`
	RHS        float64      `json:"rhs"`
}

// FiguresOf are the figures of a result for a network and a requirement.
func FiguresOf(net *nn.Network, s *spec.Spec, r *repair.Result) Figures {
	f := Figures{
		Status: statusUnknown, Reason: r.Reason, Choice: s.Chooses(net.OutDim()),
		Layer: r.Layer, Norm: r.Norm, Parameters: ParameterCount(net, r.Layer),
		Margin: r.Margin, Bound: r.Bound, BoundBinds: r.BoundBinds, DType: r.DType.String(),
		Regions: r.Size.Regions, Cells: r.Size.Cells,
		KeyPoints: r.Size.KeyPoints, Distinct: r.Size.Distinct, FacePoints: r.Size.FacePoints,
		Rows: r.Size.Rows, Rounds: r.Size.Rounds, Generated: r.Size.Generated,
		ActiveRows: r.Size.ActiveRows, Pivots: r.Size.Pivots,
	}
	claimed := r.Status
	if r.Status == repair.Found {
		f.Status, f.Found, f.Arithmetic, claimed = cli.NotProven, string(r.Found), cli.ArithmeticFloat64, r.Found
	}
	switch claimed {
	case repair.Repaired:
		f.Objective, f.L1, f.Linf, f.L2 = cli.Number(r.Objective), cli.Number(r.L1), cli.Number(r.Linf), cli.Number(r.L2)
		f.LowerBound, f.Changed = cli.Number(r.LowerBound), r.Changed
		if r.LowerBoundFound > r.LowerBound {
			f.BoundFound = cli.Number(r.LowerBoundFound)
		}
		f.MarginReached = cli.Number(r.Check.MarginReached)
		f.Infimum = r.Objective > 0 && s.Strict(net.OutDim(), r.Margin)
		f.Drawdown = r.Drawdown
		f.Worst = &r.Check.Worst
		f.Execution = ExecutionOf(r.Check.Execution)
		if r.Status == repair.Repaired {
			f.Status, f.Arithmetic, f.Proof = statusRepaired, cli.ProvenBy(r.Proof.Enclosed), proofOf(r)
			break
		}
		f.RoundingBound, f.RoundingFrom = cli.Number(r.Check.RoundingBound), r.Check.RoundingFrom
	case repair.Infeasible:
		if r.Status == repair.Infeasible {
			v, _ := r.Contradiction.Float64()
			f.Status, f.Arithmetic, f.Contradiction = statusInfeasible, cli.ProvenBy(proof.Encloses(net)), cli.Number(v)
			f.Conflict = r.Conflict
		}
		for _, row := range r.Farkas {
			f.Farkas = append(f.Farkas, farkasInfo{row.Multiplier, row.Place, row.G, row.H, row.Channels, row.Blocks, row.RHS})
		}
	default:
		if !math.IsInf(r.LowerBound, 0) {
			f.LowerBound = cli.Number(r.LowerBound)
		}
	}
	return f
}

// proofInfo is the exact check of a repaired network: how often one was made, and what
// the last one, which accepted it, looked at.
type proofInfo struct {
	Checks    int  `json:"checks"`
	Enclosed  bool `json:"enclosed"`
	Pieces    int  `json:"pieces"`
	Faces     int  `json:"faces"`
	Rows      int  `json:"rows"`
	Signs     int  `json:"signs"`
	Exact     int  `json:"signs_exact"`
	KeyPoints int  `json:"key_points_added"`
}

func proofOf(r *repair.Result) *proofInfo {
	x := r.Proof
	return &proofInfo{r.Size.Proofs, x.Enclosed, x.Size.Pieces, x.Size.Faces, x.Size.Rows, x.Size.Signs, x.Size.Exact, r.Size.Learned}
}

// GivenChoice limits a claim about all repairs to what was shown.
func GivenChoice(choice bool) string {
	if choice {
		return " for the classes chosen per region (those the network prefers now)"
	}
	return ""
}

// ParameterCount is the number of parameters of a layer.
func ParameterCount(net *nn.Network, layer int) int {
	_, d, err := net.Layer(layer)
	if err != nil {
		return 0
	}
	w := d.Channel(nn.ValueChannel).Weight
	return w.Rows * (w.Cols + 1)
}

// ExitCode is the answer's exit code.
func ExitCode(s repair.Status) int {
	switch s {
	case repair.Repaired:
		return cli.ExitYes
	case repair.Infeasible:
		return cli.ExitNo
	}
	return cli.ExitUnknown
}

// ParameterChange is the change of one parameter.
type ParameterChange struct {
	Name   string  `json:"name"`
	Output int     `json:"output"`
	Input  *int    `json:"input"` // null for a bias
	Delta  float64 `json:"delta"`
	Value  float64 `json:"value"`
}

// ParameterChanges lists the parameters that a repair changed, row by row.
func ParameterChanges(r *repair.Result) []ParameterChange {
	if r.Network == nil || r.Change == nil {
		return nil
	}
	_, d, err := r.Network.Layer(r.Layer)
	if err != nil {
		return nil
	}
	now := d.Channel(nn.ValueChannel)
	var changes []ParameterChange
	for j := range now.Weight.Rows {
		for i, delta := range r.Change.Weight.Row(j) {
			if delta != 0 {
				changes = append(changes, ParameterChange{repair.Parameter{Output: j, Input: i}.String(), j, &i, delta, now.Weight.Row(j)[i]})
			}
		}
		if delta := r.Change.Bias[j]; delta != 0 {
			changes = append(changes, ParameterChange{repair.Parameter{Output: j, Input: repair.BiasInput}.String(), j, nil, delta, now.Bias[j]})
		}
	}
	return changes
}
