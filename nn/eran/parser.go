package eran

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/netmend/netmend/internal/within"
	"github.com/netmend/netmend/nn"
)

// parser reads the layers of one file.
type parser struct {
	ctx  context.Context
	scan *scanner
	read []layer
}

// reading is the work that memory is asked for.
const reading = "reading it"

// layers reads the whole file.
func (p *parser) layers() error {
	var unsupported []string
	t, err := p.scan.next()
	for err == nil && t.kind != endOfFile {
		if !t.isLabel() {
			return p.scan.errorf(t.line, "found %v, want the label of a layer", t)
		}
		if _, ok := activations[strings.ToLower(t.text)]; !ok {
			unsupported = append(unsupported, fmt.Sprintf("%v in line %d", t, t.line))
			t, err = p.scan.skipToLabel()
			continue
		}
		if err := p.layer(t, len(unsupported) > 0); err != nil {
			if len(unsupported) > 0 {
				break // sizes mean little after a layer that was not understood
			}
			return err
		}
		t, err = p.scan.next()
	}
	if len(unsupported) > 0 {
		return fmt.Errorf("%s: labels that are not supported: %s; want ReLU, Tanh, Sigmoid, HardTanh or Affine",
			p.scan.name, strings.Join(unsupported, ", "))
	}
	if err == nil && len(p.read) == 0 {
		return fmt.Errorf("%s: no layers", p.scan.name)
	}
	return err
}

// layer reads the weights and biases that follow a label. With loose, the
// number of inputs need not be that of the layer before.
func (p *parser) layer(label token, loose bool) error {
	number := len(p.read) + 1
	what := fmt.Sprintf("layer %d (%s)", number, label.text)
	weights, line, err := p.matrix(what)
	if err != nil {
		return err
	}
	if len(p.read) > 0 && !loose {
		before := p.read[len(p.read)-1].params.Weight.Rows
		if weights.Cols != before {
			return p.scan.errorf(line, "%s: found %d weights a row, want %d: the outputs of layer %d", what, weights.Cols, before, number-1)
		}
	}
	start, err := p.expect(open, what+", biases")
	if err != nil {
		return err
	}
	biases, err := p.numbers(nil, what+", biases")
	if err != nil {
		return err
	}
	if len(biases) != weights.Rows {
		return p.scan.errorf(start.line, "%s: found %d biases, want %d: one for each row of weights", what, len(biases), weights.Rows)
	}
	p.read = append(p.read, layer{label: label.text, params: nn.Params{Weight: weights, Bias: biases}})
	return nil
}

// expect reads one token of the given kind.
func (p *parser) expect(kind tokenKind, what string) (token, error) {
	t, err := p.scan.next()
	if err == nil && t.kind != kind {
		err = p.scan.errorf(t.line, "%s: found %v, want %q", what, t, string(kind))
	}
	return t, err
}

// matrix reads a list of at least one row and returns it with its first line.
func (p *parser) matrix(what string) (nn.Matrix, int, error) {
	var m nn.Matrix
	start, err := p.expect(open, what+", weights")
	if err != nil {
		return m, 0, err
	}
	for {
		t, err := p.scan.next()
		if err != nil {
			return m, 0, err
		}
		if t.kind == closing && m.Rows > 0 {
			break
		}
		row := fmt.Sprintf("%s, row %d of weights", what, m.Rows+1)
		if t.kind != open {
			return m, 0, p.scan.errorf(t.line, "%s: found %v, want \"[\"", row, t)
		}
		before := len(m.Data)
		if m.Data, err = p.numbers(m.Data, row); err != nil {
			return m, 0, err
		}
		count := len(m.Data) - before
		if m.Rows == 0 {
			m.Cols, m.Stride = count, count
		}
		if count != m.Cols {
			return m, 0, p.scan.errorf(t.line, "%s: found %d numbers, want %d as in row 1", row, count, m.Cols)
		}
		m.Rows++
		if t, err = p.scan.next(); err != nil {
			return m, 0, err
		}
		if t.kind == closing {
			break
		}
		if t.kind != comma {
			return m, 0, p.scan.errorf(t.line, "%s: found %v after it, want \",\" or \"]\"", row, t)
		}
	}
	return m, start.line, nil
}

// numbers appends to dst the numbers of a list whose opening bracket was read:
// at least one.
func (p *parser) numbers(dst []float64, what string) ([]float64, error) {
	for count := 0; ; {
		t, err := p.scan.next()
		if err != nil {
			return dst, err
		}
		if t.kind == closing && count > 0 {
			return dst, nil
		}
		v, err := p.number(t, what, count+1)
		if err != nil {
			return dst, err
		}
		if dst, err = within.Grow(p.ctx, dst, 1, reading); err != nil {
			all := len(dst)
			for _, l := range p.read {
				all += len(l.params.Weight.Data)
			}
			return dst, p.scan.errorf(t.line, "%s: %w", what, within.NumbersRefused(p.ctx, p.scan.source, all, reading, err))
		}
		dst = append(dst, v)
		count++
		if t, err = p.scan.next(); err != nil {
			return dst, err
		}
		if t.kind == closing {
			return dst, nil
		}
		if t.kind != comma {
			return dst, p.scan.errorf(t.line, "%s: found %v after number %d, want \",\" or \"]\"", what, t, count)
		}
	}
}

// number converts a word to a finite number.
func (p *parser) number(t token, what string, position int) (float64, error) {
	if t.kind != word {
		return 0, p.scan.errorf(t.line, "%s: found %v, want number %d", what, t, position)
	}
	v, err := strconv.ParseFloat(t.text, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, p.scan.errorf(t.line, "%s: number %d, %v, is beyond the range of float64", what, position, t)
	case err != nil:
		return 0, p.scan.errorf(t.line, "%s: found %v, want number %d", what, t, position)
	case math.IsNaN(v) || math.IsInf(v, 0):
		return 0, p.scan.errorf(t.line, "%s: number %d is %v, want a finite number", what, position, v)
	}
	return v, nil
}
