package main

import (
	"fmt"
	"strconv"
	"strings"
)

// paperLines is a row of the paper's Tables 2 and 3 for one method; E is empty
// where the paper says 100 %.
type paperLines struct{ e, d, g, t string }

// lineMethod is a column of Tables 2 and 3.
type lineMethod struct {
	name string
	args []string
	// paper has the figures for 10, 25, 50 and 100 lines.
	paper [4]paperLines
}

var lineCounts = [4]int{10, 25, 50, 100}

// paperPoints are the paper's key points.
var paperPoints = [4]int{1730, 4314, 8354, 16024}

// lineMethods are Table 2, then Table 3.
var lineMethods = []lineMethod{
	{"PR, layer 2", []string{"--method", "pr", "--layer", "2"}, [4]paperLines{
		{"", "1.3", "30.7", "115 s"}, {"", "1.8", "35.5", "167 s"}, {"", "2.6", "38.3", "269 s"}, {"", "2.4", "42.9", "656 s"},
	}},
	{"PR, layer 3", []string{"--method", "pr", "--layer", "3"}, [4]paperLines{
		{"", "5.7", "32.1", "1.7 s"}, {"", "5.5", "38.3", "3.7 s"}, {"", "5.9", "44.5", "8.0 s"}, {"", "5.9", "46.0", "18 s"},
	}},
	{"FT[1]", []string{"--method", "ft", "--rate", "0.05"}, [4]paperLines{
		{"", "56.0", "4.2", "0.4 s"}, {"", "36.5", "22.4", "1.2 s"}, {"", "85.2, diverged", "-8.2, diverged", "1777 s"}, {"", "31.4", "37.7", "3.1 s"},
	}},
	{"FT[2]", []string{"--method", "ft", "--rate", "0.01"}, [4]paperLines{
		{"", "8.3", "27.5", "0.6 s"}, {"", "3.8", "51.0", "0.4 s"}, {"", "4.7", "55.8", "0.8 s"}, {"", "3.2", "60.0", "1.6 s"},
	}},
	{"MFT[1], layer 2", []string{"--method", "mft", "--rate", "0.05", "--layer", "2"}, [4]paperLines{
		{"66.5", "1.9", "14.3", "0.7 s"}, {"67.3", "0.6", "16.4", "1.0 s"}, {"71.3", "0.6", "17.9", "1.7 s"}, {"69.7", "0.6", "11.9", "2.2 s"},
	}},
	{"MFT[1], layer 3", []string{"--method", "mft", "--rate", "0.05", "--layer", "3"}, [4]paperLines{
		{"60.7", "0.1", "3.6", "0.5 s"}, {"57.4", "0.3", "2.4", "38 s"}, {"61.5", "0.1", "1.7", "1.6 s"}, {"63.7", "0.1", "2.3", "2.2 s"},
	}},
	{"MFT[2], layer 2", []string{"--method", "mft", "--rate", "0.01", "--layer", "2"}, [4]paperLines{
		{"70.3", "0.5", "16.8", "0.4 s"}, {"65.8", "0.6", "16.9", "1.0 s"}, {"70.5", "0.7", "17.5", "1.1 s"}, {"69.8", "0.4", "12.9", "3.3 s"},
	}},
	{"MFT[2], layer 3", []string{"--method", "mft", "--rate", "0.01", "--layer", "3"}, [4]paperLines{
		{"58.4", "-0.05", "1.3", "0.5 s"}, {"56.1", "0.03", "1.0", "1.0 s"}, {"59.7", "0.1", "0.8", "1.6 s"}, {"62.7", "0.05", "0.5", "5.2 s"},
	}},
}

// lineEpochs is the cap of descent: runs that end at all do so within a few
// epochs, and the others are stuck (the paper's cap is 1,000).
const lineEpochs = 100

// descentSeeds is the number of seeds with which gradient descent is run.
const descentSeeds = 3

// task2 is Tables 2 and 3 on the reference lines.
func task2(r *runner) (string, error) { return lineTable(r, []int{0, 1, 2, 3}, descentSeeds) }

// publishedFog is fog as the published corruptions make it for their largest
// severity: the corner of a fractal of side 256.
const publishedFog = "3,1.4,256"

// task2Fog is the same with that fog over the same images, for fewest and most
// lines.
func task2Fog(r *runner) (string, error) {
	return lineTable(r, []int{0, 3}, 1, "--fog", publishedFog)
}

// lineTable runs all methods on some of lineCounts, given by index.
func lineTable(r *runner, which []int, seeds int, flags ...string) (string, error) {
	var b strings.Builder
	before := ""
	rows := make([][]several, len(lineCounts))
	for _, i := range which {
		n, samples := lineCounts[i], 10000
		for _, m := range lineMethods {
			runs := seeds
			if m.args[1] == "pr" {
				runs = 1 // it depends on no seed
			}
			var s several
			for seed := 1; seed <= runs; seed++ {
				args := append([]string{"bench", "lines", "--data", r.data, "--lines", strconv.Itoa(n), "--samples", strconv.Itoa(samples), "--epochs", strconv.Itoa(lineEpochs)}, m.args...)
				args = append(args, "--seed", strconv.Itoa(seed))
				var got measured
				a, err := r.ask(&got, append(args, flags...)...)
				if err != nil {
					return "", err
				}
				got.peak = a.Peak
				s = append(s, got)
			}
			if k := s[0].KeyPoints; k > 0 {
				samples = k
			}
			if g := s[0].Generalisation; g != nil && before == "" {
				before = fmt.Sprintf("Accuracy before the repair: %s %% of the clean test images (paper: 96.5), %s %% of the foggy ones (paper: 19.5).",
					percent(s[0].Drawdown.AccuracyBefore.Value), percent(g.AccuracyBefore.Value))
			}
			rows[i] = append(rows[i], s)
		}
	}
	b.WriteString(before + "\n\n")
	b.WriteString("| lines | points | paper | method | ended | E % | paper | D % | paper | G % | paper | time | paper | max abs change | memory |\n")
	b.WriteString("|--:|--:|--:|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, i := range which {
		n, points := lineCounts[i], rows[i][0][0].KeyPoints
		for k, m := range lineMethods {
			s, p := rows[i][k], m.paper[i]
			middle := s.median()
			fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %.3g | %.0f MB |\n",
				n, thousands(points), thousands(paperPoints[i]), m.name, ended(middle), percentOf(middle.Efficacy), orHundred(p.e),
				s.cell(drawdown), p.d, s.cell(generalisation), p.g, seconds(middle.Seconds.Repair), p.t, middle.Change.Linf, float64(middle.peak)/1e6)
		}
	}
	return b.String(), nil
}

// percentOf is the value of a score alone.
func percentOf(s *score) string {
	if s == nil {
		return ""
	}
	return percent(s.Value)
}

func orHundred(e string) string {
	if e == "" {
		return "100"
	}
	return e
}

// ended says how a method ended: the answer of provable repair, or after how many
// epochs descent stopped, and why.
func ended(m measured) string {
	switch {
	case m.Method == "pr":
		return m.Status
	case m.Epochs == 1:
		return m.Status + ", 1 epoch"
	}
	return fmt.Sprintf("%s, %d epochs", m.Status, m.Epochs)
}

// fogs are tried in search of what makes generalisation differ from the paper's:
// the published strengths and decays of all severities, in fractals of the side of
// the reference set and of the published code.
var fogs = []string{"1.5,2", "2,2", "2.5,1.7", "2.5,1.5", "3,1.4"}

// task2Why repairs 100 lines under other fog, and other lines under the same.
func task2Why(r *runner) (string, error) {
	var b strings.Builder
	b.WriteString("| fog: strength, decay, side; or lines | layer | foggy images right before % | D % | G % |\n|---|--:|--:|--:|--:|\n")
	row := func(name string, flags ...string) error {
		for _, layer := range []string{"2", "3"} {
			var got measured
			args := append([]string{"bench", "lines", "--data", r.data, "--lines", "100", "--method", "pr", "--layer", layer}, flags...)
			if _, err := r.ask(&got, args...); err != nil {
				return err
			}
			if got.Generalisation == nil {
				fmt.Fprintf(&b, "| %s | %s | %s | | |\n", name, layer, got.Status)
				continue
			}
			s := several{got}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", name, layer, percent(got.Generalisation.AccuracyBefore.Value), s.cell(drawdown), s.cell(generalisation))
		}
		return nil
	}
	for _, side := range []string{"32", "256"} {
		for _, f := range fogs {
			if err := row(strings.ReplaceAll(f, ",", ", ")+", "+side, "--fog", f+","+side); err != nil {
				return "", err
			}
		}
	}
	for _, first := range []int{0, 3000, 6000} {
		name := fmt.Sprintf("reference fog, images %d to %d", first, first+99)
		if err := row(name, "--first", strconv.Itoa(first)); err != nil {
			return "", err
		}
	}
	b.WriteString("| paper | 2 | 19.5 | 2.4 | 42.9 |\n| paper | 3 | 19.5 | 5.9 | 46.0 |\n")
	return b.String(), nil
}
