package dataset

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestCSVScanner compares records, positions and errors with those of package encoding/csv, on
// random texts of what has a meaning.
func TestCSVScanner(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	pieces := []string{",", ",", "\n", "\r\n", "\r", "\"", "\"\"", "1", "x", " ", "\t", "#", "é", "\u00a0", "\"a,b\""}
	for range 20000 {
		var b strings.Builder
		for range rng.IntN(12) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		text := b.String()
		if got, want := scanned(text), standard(text); got != want {
			t.Fatalf("%q:\n%s\nwant\n%s", text, got, want)
		}
	}
}

// scanned describes the records of a text.
func scanned(text string) string {
	s := newCSVScanner(strings.NewReader(text))
	var all strings.Builder
	for {
		var record []string
		_, _, err := s.record(func(int) error {
			record = append(record, fmt.Sprintf("%d:%d:%q", s.fieldLine, s.fieldColumn, s.field))
			return nil
		})
		if err != nil {
			return all.String() + ending(err)
		}
		fmt.Fprintln(&all, record)
	}
}

// standard describes the records of a text as package encoding/csv reads them.
func standard(text string) string {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.TrimLeadingSpace, r.FieldsPerRecord = '#', true, -1
	var all strings.Builder
	for {
		fields, err := r.Read()
		if err != nil {
			return all.String() + ending(err)
		}
		var record []string
		for i, f := range fields {
			line, column := r.FieldPos(i)
			record = append(record, fmt.Sprintf("%d:%d:%q", line, column, f))
		}
		fmt.Fprintln(&all, record)
	}
}

func ending(err error) string {
	var syntax *csv.ParseError
	switch {
	case errors.Is(err, csv.ErrQuote): // which is found at the end of the text, here one line later
		return csv.ErrQuote.Error()
	case errors.As(err, &syntax):
		return fmt.Sprintf("%d:%d: %v", syntax.Line, syntax.Column, syntax.Err)
	}
	return err.Error()
}

// TestLongLine: a line of many numbers, of other points than are wanted, takes little memory.
func TestLongLine(t *testing.T) {
	const numbers = 1 << 20
	text := strings.Repeat("0,", numbers-1) + "0\n"
	line := func() io.Reader { return strings.NewReader(text) }
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := ReadCSVContext(t.Context(), line(), "f.csv", Options{Dim: 5})
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("points of dimension %d, want 5", numbers)) {
		t.Errorf("of dimension 5: %v", err)
	}
	const garbage, most = 8, 1 << 20 // a number as a string
	if took := after.TotalAlloc - before.TotalAlloc; took > garbage*numbers+most {
		t.Errorf("%d bytes for a line of %d", took, 2*numbers)
	}
	p, err := ReadCSV(line(), "f.csv", "")
	if err != nil || p.Dim != numbers || !slices.Equal(p.Data, make([]float64, numbers)) {
		t.Errorf("of any dimension: %v", err)
	}
}
