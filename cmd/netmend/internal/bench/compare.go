package bench

import (
	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/baseline"
	"github.com/netmend/netmend/internal/experiment"
	"github.com/netmend/netmend/metrics"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/train"
)

// compare runs the method, measures its network, and prints what it came to.
func (j *job) compare(inv *cli.Invocation, task *experiment.Task) (int, error) {
	layers := len(task.Net.Layers())
	m := experiment.Method{
		Kind: experiment.Kind(j.method), Layer: j.layers(layers)[0], Norm: j.norm, Bound: j.bound,
		SGD: train.SGD{Rate: j.rate, Momentum: j.momentum}, BatchSize: j.batch, Epochs: j.epochs,
		Samples: j.samples, Seed: j.seed, Workers: j.workers,
		Repairing: inv.RepairProgress(),
		Tuning: func(p baseline.Progress) {
			inv.Progress.Report("epoch %d: loss %.4g, %s of %s right", p.Epoch, p.Loss, cli.Thousands(p.Correct), cli.Thousands(p.Samples))
		},
	}
	if j.last > layers {
		return 0, cli.Usagef("--last %d: the network has %s", j.last, cli.Count(layers, "layer"))
	}
	for k := layers - j.last + 1; k <= layers; k++ {
		m.Layers = append(m.Layers, k)
	}
	loaded := inv.Total().Total
	o, err := task.Run(inv.Ctx, m)
	if err != nil {
		return 0, err
	}
	inv.Progress.Clear()
	code := cli.ExitYes
	if m.Kind == experiment.PR {
		code = answer.ExitCode(repair.Status(o.Status))
	}
	info := compareInfo{
		Header: inv.Header(), Task: taskOf(inv), Method: m.Kind, Layer: m.Layer, Status: o.Status, Reason: o.Reason,
		KeyPoints: o.KeyPoints, Samples: o.Samples, Seed: j.seed,
		Efficacy:       answer.ScoreOf(o.Efficacy, (*metrics.Score).Efficacy),
		Drawdown:       answer.ScoreOf(o.Drawdown, (*metrics.Score).Drawdown),
		Generalisation: answer.ScoreOf(o.Generalisation, (*metrics.Score).Generalisation),
		Change:         answer.ChangeOf(o.Change),
		Seconds:        compareSeconds{loaded, o.Repair, o.Measure, inv.Total().Total},
		Peak:           cli.PeakMemory(),
	}
	if m.Kind == experiment.FT {
		info.Layer, info.Last = 0, j.last
	}
	if m.Kind != experiment.PR {
		info.Epochs, info.Steps = &o.Epochs, &stepsInfo{j.rate, j.momentum, j.batch, j.epochs}
	}
	return code, inv.WriteJSON(info)
}

// compareInfo is the JSON object of the comparing benchmarks.
type compareInfo struct {
	cli.Header
	Task           string          `json:"task"`
	Method         experiment.Kind `json:"method"`
	Layer          int             `json:"layer,omitempty"`
	Last           int             `json:"last,omitempty"`
	Status         string          `json:"status"`
	Reason         string          `json:"reason,omitempty"`
	KeyPoints      int             `json:"key_points,omitempty"`
	Samples        int             `json:"samples"`
	Epochs         *int            `json:"epochs,omitempty"`
	Steps          *stepsInfo      `json:"descent,omitempty"`
	Seed           uint64          `json:"seed"`
	Efficacy       *answer.Score   `json:"efficacy,omitempty"`
	Drawdown       *answer.Score   `json:"drawdown,omitempty"`
	Generalisation *answer.Score   `json:"generalisation,omitempty"`
	Change         answer.Change   `json:"change"`
	Seconds        compareSeconds  `json:"seconds"`
	Peak           int64           `json:"peak_memory_bytes"`
}

// stepsInfo are the parameters of gradient descent.
type stepsInfo struct {
	Rate     float64 `json:"rate"`
	Momentum float64 `json:"momentum"`
	Batch    int     `json:"batch"`
	Epochs   int     `json:"epoch_limit"`
}

// compareSeconds are the phases of a comparing benchmark.
type compareSeconds struct {
	Load    float64 `json:"load"`
	Repair  float64 `json:"repair"`
	Measure float64 `json:"measure"`
	Total   float64 `json:"total"`
}
