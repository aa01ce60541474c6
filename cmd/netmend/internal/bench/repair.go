package bench

import (
	"time"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/experiment"
	"github.com/netmend/netmend/metrics"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair"
)

// repair repairs a layer, or all one after the other, and prints an object with all figures
// for each. The sets of the task, where it has some, are measured.
func (j *job) repair(inv *cli.Invocation, task *experiment.Task) (code int, err error) {
	loaded := inv.Total().Total
	opt := repair.Options{
		Norm: j.norm, Margin: &task.Margin, Bound: j.bound, DType: nn.Float64,
		Workers: j.workers, Progress: inv.RepairProgress(),
	}
	inv.GiveMemory(&opt)
	layers := j.layers(len(task.Net.Layers()))
	for _, opt.Layer = range layers {
		if code, err = repairLayer(inv, task, opt, loaded); err != nil {
			return 0, err
		}
		if inv.Ctx.Err() != nil { // the time was over in that layer
			return cli.ExitUnknown, nil
		}
	}
	if len(layers) > 1 {
		return cli.ExitYes, nil
	}
	return code, nil
}

// repairLayer repairs one layer and prints what came of it.
func repairLayer(inv *cli.Invocation, task *experiment.Task, opt repair.Options, loaded float64) (int, error) {
	r, err := repair.Run(inv.Ctx, task.Net, task.Spec, opt)
	if err != nil {
		return 0, err
	}
	if err := inv.Whole.Err(); err != nil {
		return 0, err
	}
	inv.Progress.Clear()
	o := struct {
		cli.Header
		Task   string `json:"task"`
		Images int    `json:"images,omitempty"`
		answer.Figures
		Efficacy *answer.Score  `json:"efficacy,omitempty"`
		Drawdown *answer.Score  `json:"drawdown,omitempty"`
		Measured *float64       `json:"seconds_measuring,omitempty"`
		Seconds  repair.Seconds `json:"seconds"`
		Peak     int64          `json:"peak_memory_bytes"`
	}{Header: inv.Header(), Task: taskOf(inv), Figures: answer.FiguresOf(task.Net, task.Spec, r)}
	o.Worst = nil // as many numbers as an image has
	if task.Drawdown == nil {
		r.Time.Total = inv.Total().Total
	} else {
		o.Images, o.Farkas = len(task.Spec.Items), nil // rows of as many numbers as the layer has
		start := time.Now()
		if r.Network != nil {
			points := metrics.FromSpec(task.Spec, 0, 1)
			on, err := metrics.Measure(inv.Ctx, task.Net, r.Network, points, metrics.Options{})
			if err != nil {
				return 0, err
			}
			off, err := metrics.Measure(inv.Ctx, task.Net, r.Network, task.Drawdown(), metrics.Options{})
			if err != nil {
				return 0, err
			}
			o.Efficacy, o.Drawdown = answer.ScoreOf(on, (*metrics.Score).Efficacy), answer.ScoreOf(off, (*metrics.Score).Drawdown)
		}
		measured := time.Since(start).Seconds()
		o.Measured = &measured
	}
	r.Time.Load = loaded
	o.Seconds, o.Peak = r.Time, cli.PeakMemory()
	return answer.ExitCode(r.Status), inv.WriteJSON(o)
}
