package nnet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/netmend/netmend/internal/within"
	"github.com/netmend/netmend/nn"
)

// Options says how [Read] interprets a file.
type Options struct {
	// Units is [Normalised] or [Raw]; there is no default.
	Units Units
}

// Read reads a network in the NNet format; name stands for the file in error
// messages, which have the form file:line: what was found, what was wanted.
// See [Parse] for what is refused.
func Read(r io.Reader, name string, o Options) (*nn.Network, error) {
	return ReadContext(context.Background(), r, name, o)
}

// ReadContext is [Read], and fails with the cause of ctx if that is over first.
func ReadContext(ctx context.Context, r io.Reader, name string, o Options) (*nn.Network, error) {
	f, err := parse(ctx, r, name)
	if err != nil {
		return nil, err
	}
	n, err := f.Network(o.Units)
	if err != nil && !strings.HasPrefix(err.Error(), name) {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return n, err
}

// Parse reads the content of an NNet file.
//
// Empty lines, spaces and a comma at a line's end do not matter. The first line
// may give the number of layers alone. A line with more or fewer numbers than
// the sizes in the header ask for, a weight or bias that is NaN or infinite,
// an early end and text after the last bias are errors. Memory grows with what
// the file delivers, not with the sizes that it declares.
func Parse(r io.Reader, name string) (*File, error) { return parse(context.Background(), r, name) }

func parse(ctx context.Context, r io.Reader, name string) (*File, error) {
	p := parser{ctx: ctx, source: bufio.NewReaderSize(within.Reader(ctx, r), buffered), name: name}
	sizes, err := p.header()
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(sizes); i++ {
		if err := p.layer(i, sizes[i-1], sizes[i]); err != nil {
			return nil, err
		}
	}
	switch text, err := p.next(); {
	case err == nil:
		return nil, p.errorf("found %s after the last bias, want the end of the file", quoteShort(text))
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return &p.file, nil
}

// parser reads one file.
type parser struct {
	ctx    context.Context
	source *bufio.Reader
	name   string
	line   int
	file   File
}

// errorf makes an error at the current line.
func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", p.name, max(1, p.line), fmt.Errorf(format, args...))
}

// next returns the next line that is neither empty nor a comment, or io.EOF.
func (p *parser) next() (string, error) {
	for {
		text, err := p.text()
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("%s:%d: %w", p.name, p.line+1, err)
		}
		if text != "" {
			p.line++
		}
		text = strings.TrimSpace(text)
		if comment, ok := strings.CutPrefix(text, "//"); ok {
			p.file.Comments = append(p.file.Comments, strings.TrimSpace(comment))
		} else if text != "" {
			return text, nil
		}
		if err != nil {
			return "", io.EOF
		}
	}
}

const (
	buffered = 1 << 16
	// longestLine is how many bytes a line may have: those of some million numbers.
	longestLine = 1 << 24
)

// text reads a line.
func (p *parser) text() (string, error) {
	var line []byte
	for {
		part, err := p.source.ReadSlice('\n')
		if len(line) == 0 && !errors.Is(err, bufio.ErrBufferFull) {
			return string(part), err
		}
		if len(line)+len(part) > longestLine {
			return "", fmt.Errorf("a line of more than %d MiB", longestLine>>20)
		}
		grown, failed := within.Grow(p.ctx, line, len(part), reading)
		if failed != nil {
			return "", p.refused(failed, 0)
		}
		if line = append(grown, part...); !errors.Is(err, bufio.ErrBufferFull) {
			return string(line), err
		}
	}
}

// reading is the work that memory is asked for.
const reading = "reading it"

// refused is the error of numbers for which there is no memory, with that for all of them:
// those of the layers before, of the current layer, and what is left.
func (p *parser) refused(err error, more int) error {
	for _, l := range p.file.Layers {
		more += len(l.Weight.Data)
	}
	return within.NumbersRefused(p.ctx, p.source, more, reading, err)
}

// numbers reads the next line. what names its content for messages.
func (p *parser) numbers(what string) ([]float64, error) {
	text, err := p.next()
	if errors.Is(err, io.EOF) {
		return nil, p.errorf("the file ends, want %s", what)
	}
	if err != nil {
		return nil, err
	}
	text = strings.TrimSuffix(text, ",")
	values, err := within.Grow[float64](p.ctx, nil, strings.Count(text, ",")+1, reading)
	if err != nil {
		return nil, p.errorf("%w", p.refused(err, strings.Count(text, ",")))
	}
	for field := range strings.SplitSeq(text, ",") {
		field = strings.TrimSpace(field)
		v, err := strconv.ParseFloat(field, 64)
		if errors.Is(err, strconv.ErrRange) {
			return nil, p.errorf("%s: number %d, %s, is beyond the range of float64", what, len(values)+1, quoteShort(field))
		}
		if err != nil {
			return nil, p.errorf("%s: found %s as number %d", what, quoteShort(field), len(values)+1)
		}
		values = append(values, v)
	}
	return values, nil
}

// finite reads a line of exactly count finite numbers.
func (p *parser) finite(count int, what string) ([]float64, error) {
	values, err := p.numbers(what)
	if err != nil {
		return nil, err
	}
	if len(values) != count {
		return nil, p.errorf("%s: found %d numbers, want %d", what, len(values), count)
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, p.errorf("%s: number %d is %v, want a finite number", what, i+1, v)
		}
	}
	return values, nil
}

// header reads lines 1 to 7 and returns the sizes of the input and all layers.
func (p *parser) header() ([]int, error) {
	counts, err := p.integers("the number of layers, inputs and outputs and the largest layer size")
	if err != nil {
		return nil, err
	}
	sizes, err := p.integers("the layer sizes")
	if err != nil {
		return nil, err
	}
	if len(sizes)-1 != counts[0] {
		return nil, p.errorf("found %d layer sizes, want %d: the input's and those of %d layers", len(sizes), counts[0]+1, counts[0])
	}
	if len(counts) > 1 && counts[1] != sizes[0] {
		return nil, p.errorf("the input has size %d, the first line says %d", sizes[0], counts[1])
	}
	if last := sizes[len(sizes)-1]; len(counts) > 2 && counts[2] != last {
		return nil, p.errorf("the last layer has size %d, the first line says %d outputs", last, counts[2])
	}
	if _, err := p.numbers("the flag of line 3"); err != nil {
		return nil, err
	}
	if p.file.Mins, err = p.bounds(sizes[0], "smallest inputs"); err != nil {
		return nil, err
	}
	if p.file.Maxes, err = p.bounds(sizes[0], "largest inputs"); err != nil {
		return nil, err
	}
	if p.file.Means, err = p.numbers("means"); err != nil {
		return nil, err
	}
	p.file.meansAt = fmt.Sprintf("%s:%d", p.name, p.line)
	if p.file.Ranges, err = p.numbers("ranges"); err != nil {
		return nil, err
	}
	p.file.rangesAt = fmt.Sprintf("%s:%d", p.name, p.line)
	return sizes, nil
}

// integers reads a line of positive sizes.
func (p *parser) integers(what string) ([]int, error) {
	values, err := p.numbers(what)
	if err != nil {
		return nil, err
	}
	sizes := make([]int, len(values))
	for i, v := range values {
		if !(v >= 1 && v <= math.MaxInt32) || v != math.Trunc(v) {
			return nil, p.errorf("%s: number %d is %v, want a positive integer", what, i+1, v)
		}
		sizes[i] = int(v)
	}
	return sizes, nil
}

// bounds reads a line of count numbers, which may be infinite.
func (p *parser) bounds(count int, what string) ([]float64, error) {
	values, err := p.numbers(what)
	if err != nil {
		return nil, err
	}
	if len(values) != count {
		return nil, p.errorf("%s: found %d numbers, want %d", what, len(values), count)
	}
	for i, v := range values {
		if math.IsNaN(v) {
			return nil, p.errorf("%s: number %d is %v", what, i+1, v)
		}
	}
	return values, nil
}

// layer reads the weights and biases of layer number, counted from 1.
func (p *parser) layer(number, in, out int) error {
	var params nn.Params
	// Storage grows line by line: a declared size alone takes none.
	var weights []float64
	for i := range out {
		row, err := p.finite(in, fmt.Sprintf("layer %d, weights of unit %d of %d", number, i+1, out))
		if err != nil {
			return err
		}
		if weights, err = within.Grow(p.ctx, weights, len(row), reading); err != nil {
			return p.errorf("%w", p.refused(err, len(weights)))
		}
		weights = append(weights, row...)
	}
	params.Weight = nn.Matrix{Rows: out, Cols: in, Stride: in, Data: weights}
	for i := range out {
		bias, err := p.finite(1, fmt.Sprintf("layer %d, bias of unit %d of %d", number, i+1, out))
		if err != nil {
			return err
		}
		params.Bias = append(params.Bias, bias[0])
	}
	p.file.Layers = append(p.file.Layers, params)
	return nil
}

// quoteShort quotes the start of text for an error message.
func quoteShort(text string) string {
	const most = 40
	if len(text) > most {
		return strconv.Quote(text[:most]) + "..."
	}
	return strconv.Quote(text)
}
