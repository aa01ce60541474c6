package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// interval is an estimate with its confidence interval, as shares.
type interval struct {
	Value, Low, High float64
}

// score is a measure in netmend's JSON.
type score struct {
	interval
	Points         int      `json:"points"`
	Before         int      `json:"right_before"`
	After          int      `json:"right_after"`
	AccuracyBefore interval `json:"accuracy_before"`
	AccuracyAfter  interval `json:"accuracy_after"`
}

// measured are the figures of a run of a method.
type measured struct {
	Method         string `json:"method"`
	Layer          int    `json:"layer"`
	Status         string `json:"status"`
	Reason         string `json:"reason"`
	KeyPoints      int    `json:"key_points"`
	Samples        int    `json:"samples"`
	Epochs         int    `json:"epochs"`
	Efficacy       *score `json:"efficacy"`
	Drawdown       *score `json:"drawdown"`
	Generalisation *score `json:"generalisation"`
	Change         struct {
		Changed int     `json:"changed"`
		L1      float64 `json:"l1"`
		Linf    float64 `json:"linf"`
	} `json:"change"`
	Seconds struct {
		Repair float64 `json:"repair"`
	} `json:"seconds"`
	peak int64
}

// several are runs of one method with different seeds.
type several []measured

// median is the run with the median drawdown.
func (s several) median() measured {
	sorted := slices.Clone(s)
	slices.SortStableFunc(sorted, func(a, b measured) int { return cmp.Compare(a.drawdown(), b.drawdown()) })
	return sorted[len(sorted)/2]
}

func (m measured) drawdown() float64 {
	if m.Drawdown == nil {
		return 0
	}
	return m.Drawdown.Value
}

// percent prints a share as a percentage.
func percent(v float64) string {
	tenths := math.Round(1000*v) + 0 // plain 0 for -0
	return strconv.FormatFloat(tenths/10, 'f', 1, 64)
}

// cell prints a measure: of one run with its interval, of several the median
// run's with the range.
func (s several) cell(of func(measured) *score) string {
	middle := of(s.median())
	if middle == nil {
		return ""
	}
	if len(s) == 1 {
		return fmt.Sprintf("%s (%s to %s)", percent(middle.Value), percent(middle.Low), percent(middle.High))
	}
	low, high := middle.Value, middle.Value
	for _, m := range s {
		if v := of(m); v != nil {
			low, high = min(low, v.Value), max(high, v.Value)
		}
	}
	return fmt.Sprintf("%s [%s to %s]", percent(middle.Value), percent(low), percent(high))
}

func drawdown(m measured) *score       { return m.Drawdown }
func generalisation(m measured) *score { return m.Generalisation }

// seconds prints a time.
func seconds(v float64) string {
	if v < 10 {
		return strconv.FormatFloat(v, 'f', 1, 64) + " s"
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + " s"
}

// thousands prints an integer with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
