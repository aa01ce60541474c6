package main

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair"
)

// parseLayers reads --layer: none for auto, one layer, or several to be repaired
// one after the other.
func parseLayers(text string) ([]int, error) {
	if text == "auto" {
		return nil, nil
	}
	var layers []int
	for _, part := range strings.Split(text, ",") {
		k, err := strconv.Atoi(part)
		if err != nil || k < 1 {
			return nil, cli.Usagef("--layer %q: want a number from 1, several such as 7,6, or auto", text)
		}
		layers = append(layers, k)
	}
	return layers, nil
}

// checkLayers reports what does not go with the choice of layers.
func (j *repairJob) checkLayers() (err error) {
	if j.options.Rank, err = repair.ParseRank(j.rank); err != nil {
		return cli.Usagef("%w", err)
	}
	switch {
	case j.rank != string(repair.RankNorm) && len(j.layers) > 0:
		return cli.Usagef("--rank is for --layer auto")
	case j.options.Rank == repair.RankDrawdown && j.file == "":
		return cli.Usagef("--rank drawdown needs --data, points with classes to measure it on")
	case len(j.layers) > 1 && j.certificate.path != "":
		return cli.Usagef("--certificate is for a single layer: repair the layers one by one, each with its own")
	case len(j.layers) > 1 && j.robustTo != "":
		return cli.Usagef("--robust-to is for a single layer")
	case len(j.layers) > 1 && j.sameArchitecture:
		return cli.Usagef("--same-architecture is for a single layer")
	}
	return nil
}

// measureDrawdown sets up the drawdown of layers tried by --layer auto: by how much
// the accuracy on --data falls.
func (j *repairJob) measureDrawdown(inv *cli.Invocation, o *repairOutcome, points *dataset.Points) error {
	if points == nil || len(j.layers) > 0 {
		return nil
	}
	before, err := accuracyAt(inv, o.net, points, o.spec.Extremum)
	if err != nil {
		return err
	}
	o.before = before
	j.options.Drawdown = func(net *nn.Network) (float64, error) {
		correct, err := classified(inv.Ctx, net, points, o.spec.Extremum)
		return before.Share - float64(correct)/float64(points.Rows), err
	}
	return nil
}

// printSteps is the table of several layers repaired one after the other.
func printSteps(inv *cli.Invocation, steps []repair.Step) error {
	w := tabwriter.NewWriter(inv.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "layer\tstatus\t%s\tlinf\tleft to later layers\tseconds\t\n", steps[0].Norm)
	for _, s := range steps {
		objective, linf := "", ""
		if s.Network != nil {
			objective, linf = cli.Short(s.Objective), cli.Short(s.Linf)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%.2f\t\n", s.Layer, s.Status, objective, linf, cli.Count(len(s.LeftOut), "item"), s.Time.Total)
	}
	return w.Flush()
}

// after names the layers that were changed before the last one of a sequence, of which the
// claims about all its changes hold with them.
func after(steps []repair.Step) string {
	var layers []string
	for _, s := range steps[:max(0, len(steps)-1)] {
		if s.Network != nil && s.Changed > 0 {
			layers = append(layers, strconv.Itoa(s.Layer))
		}
	}
	switch len(layers) {
	case 0:
		return ""
	case 1:
		return ", after layer " + layers[0] + ","
	}
	return ", after layers " + cli.List(layers) + ","
}

// stepInfo is a layer of a sequence in JSON.
type stepInfo struct {
	answer.Figures
	LeftOut []string `json:"left_out,omitempty"`
}

func (o *repairOutcome) stepInfos() []stepInfo {
	var infos []stepInfo
	for _, s := range o.steps {
		f := answer.FiguresOf(o.net, o.spec, s.Result)
		f.Farkas = nil
		infos = append(infos, stepInfo{f, s.LeftOut})
	}
	return infos
}
