package spec

import (
	"context"
	"errors"
)

// DataReader reads the data files that specifications name. Package spec/datafile is one, and
// registers itself: a program that reads such specifications imports it, and those that only
// check or write requirements depend on no reader of files.
type DataReader interface {
	// CheckImage checks the text form of how images are stored, such as
	// "nhwc,reverse,mean=104:117:123".
	CheckImage(text string) error
	// Load reads points and, if asked, their labels.
	Load(path string, opt DataOptions) (*Data, error)
}

// DataOptions say how to read a data file.
type DataOptions struct {
	// Context ends the reading; nil means that nothing does.
	Context context.Context
	// Dim is the dimension of the points, 0 for any.
	Dim int
	// DivideBy divides every coordinate, unless it is 0.
	DivideBy float64
	// LabelColumn is the column of a CSV file with the labels, Labels another file with
	// them; "" for none.
	LabelColumn, Labels string
	// Image is how images are stored, "" for as the network takes them.
	Image string
}

// Data are points from a file.
type Data struct {
	// Data has Rows points of Dim coordinates each, one after another.
	Rows, Dim int
	Data      []float64
	// Labels has a class for each point, if asked for.
	Labels []int
	// CheckShape reports points stored with several axes in another order than those of
	// the given shape.
	CheckShape func(shape []int) error
}

// RegisterData sets the reader of data files. Packages call it when they are initialised.
func RegisterData(r DataReader) { dataReader = r }

var dataReader DataReader = noReader{}

type noReader struct{}

var errNoReader = errors.New("this program reads no data files: it does not import package spec/datafile")

func (noReader) CheckImage(string) error                 { return errNoReader }
func (noReader) Load(string, DataOptions) (*Data, error) { return nil, errNoReader }
