package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// What Task 1 is run with: the limit of a layer, and the cap of descent.
const (
	layerLimit       = 10 * time.Minute
	photographEpochs = 60
)

// layerRepair are the figures of a repair of a layer of SqueezeNet.
type layerRepair struct {
	Layer      int       `json:"layer"`
	Status     string    `json:"status"`
	Reason     string    `json:"reason"`
	Efficacy   *interval `json:"efficacy"`
	Drawdown   *interval `json:"drawdown"`
	ActiveRows int       `json:"active_rows"`
	Linf       float64   `json:"linf"`
	Changed    int       `json:"changed"`
	Seconds    struct {
		Regions float64 `json:"regions"`
		Pricing float64 `json:"pricing"`
		Master  float64 `json:"master"`
		Check   float64 `json:"check"`
		Total   float64 `json:"total"`
	} `json:"seconds"`

	memory int64 // bytes
}

// networkLayer is a layer as netmend info lists it.
type networkLayer struct {
	Layer      int    `json:"layer"`
	Name       string `json:"name"`
	Parameters int    `json:"parameters"`
}

// paperDrawdown is the best drawdown of provable repair in Table 1, by the quarter
// of the images, for 100, 200, 400 and 752.
var paperDrawdown = map[int]string{
	40: "100 images: D 3.6, 99 s", 80: "200 images: D 1.1, 171 s", 120: "400 images: D 5.1, 285 s", 160: "752 images: D 5.3, 508 s",
}

// task1 repairs all layers of SqueezeNet for all 160 images (Figure 7), the last
// one for fewer, and runs both baselines on the last one (Table 1).
func task1(r *runner) (string, error) {
	names, err := squeezenetLayers(r)
	if err != nil {
		return "", err
	}
	var all []layerRepair
	for layer := len(names); layer >= 1; layer-- {
		one, err := repairLayer(r, 160, layer)
		if err != nil {
			return "", err
		}
		all = append(all, one)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "160 images, every layer, at most %s each:\n\n", layerLimit)
	b.WriteString("| layer | node | parameters | answer | D % | total | key points | pricing | master | check | active rows | changed | max abs change | memory |\n")
	b.WriteString("|--:|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, a := range all {
		n := names[a.Layer]
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %.0f MB |\n", a.Layer, n.Name, thousands(n.Parameters), a.answer(), a.drawdown(),
			seconds(a.Seconds.Total), seconds(a.Seconds.Regions), seconds(a.Seconds.Pricing), seconds(a.Seconds.Master), seconds(a.Seconds.Check),
			thousands(a.ActiveRows), thousands(a.Changed), short(a.Linf), float64(a.memory)/1e6)
	}
	last, err := lastLayer(r, &b, all)
	if err != nil {
		return "", err
	}
	if err := descents(r, &b, last); err != nil {
		return "", err
	}
	return b.String(), nil
}

// squeezenetLayers lists the network's layers by number.
func squeezenetLayers(r *runner) (map[int]networkLayer, error) {
	var info struct {
		Layers []networkLayer `json:"layers"`
	}
	if _, err := r.ask(&info, "info", filepath.Join(r.data, "data", "squeezenet", "SqueezeNet_fp16.onnx"), "--json"); err != nil {
		return nil, err
	}
	names := map[int]networkLayer{}
	for _, l := range info.Layers {
		names[l.Layer] = l
	}
	return names, nil
}

// repairLayer repairs one layer within its limit.
func repairLayer(r *runner, images, layer int) (l layerRepair, err error) {
	a, err := r.ask(&l, "bench", "photographs", "--data", r.data, "--images", strconv.Itoa(images), "--layer", strconv.Itoa(layer),
		"--timeout", layerLimit.String(), "--memory", "4GB", "--json")
	if err == nil {
		l.memory = a.Peak
	}
	return l, err
}

// lastLayer repairs the last layer for 40, 80, 120 and 160 images.
func lastLayer(r *runner, b *strings.Builder, all []layerRepair) (layer int, err error) {
	b.WriteString("\nThe last layer, by the number of images (Table 1):\n\n| images | answer | E % | D % | time | paper, best layer |\n|--:|---|--:|--:|--:|---|\n")
	for _, images := range []int{40, 80, 120, 160} {
		l := all[0]
		if images != 160 {
			if l, err = repairLayer(r, images, l.Layer); err != nil {
				return 0, err
			}
		}
		e := ""
		if l.Efficacy != nil {
			e = percent(l.Efficacy.Value)
		}
		fmt.Fprintf(b, "| %d | %s | %s | %s | %s | %s |\n", images, l.answer(), e, l.drawdown(), seconds(l.Seconds.Total), paperDrawdown[images])
	}
	return all[0].Layer, nil
}

// descents runs both baselines with both batch sizes on the last layer.
func descents(r *runner, b *strings.Builder, layer int) error {
	fmt.Fprintf(b, "\nGradient descent on layer %d, 160 images, at most %d epochs, rate 0.0001, no momentum:\n\n", layer, photographEpochs)
	b.WriteString("| method | ended | E % | D % | time | max abs change | paper, 752 images |\n|---|---|--:|--:|--:|--:|---|\n")
	for _, m := range []struct {
		name, paper string
		args        []string
	}{
		{"FT[1], batches of 2", "all layers: E 100, D 15.4, 4939 s", []string{"--method", "ft", "--last", "1", "--batch", "2"}},
		{"FT[2], batches of 16", "all layers: E 100, D 13.4, 9188 s", []string{"--method", "ft", "--last", "1", "--batch", "16"}},
		{"MFT[1], batches of 2", "best layer: E 19.4, D -0.4, 156 s", []string{"--method", "mft", "--batch", "2"}},
		{"MFT[2], batches of 16", "best layer: E 18.2, D -0.4, 107 s", []string{"--method", "mft", "--batch", "16"}},
	} {
		args := append([]string{"bench", "photographs", "--data", r.data, "--images", "160", "--epochs", strconv.Itoa(photographEpochs)}, m.args...)
		var got measured
		if _, err := r.ask(&got, args...); err != nil {
			return err
		}
		s := several{got}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %.3g | %s |\n", m.name, ended(got), percentOf(got.Efficacy), s.cell(drawdown), seconds(got.Seconds.Repair), got.Change.Linf, m.paper)
	}
	return nil
}

// answer is the status, with the reason of an unknown one.
func (l layerRepair) answer() string {
	if l.Reason != "" {
		return l.Status + ": " + l.Reason
	}
	return l.Status
}

func (l layerRepair) drawdown() string {
	if l.Drawdown == nil {
		return ""
	}
	return fmt.Sprintf("%s (%s to %s)", percent(l.Drawdown.Value), percent(l.Drawdown.Low), percent(l.Drawdown.High))
}

// short prints a size that an unrepaired layer does not have.
func short(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
