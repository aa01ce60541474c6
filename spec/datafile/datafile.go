// Package datafile lets package spec read the data files that specifications name, by
// package dataset. Import it for its effect:
//
//	import _ "github.com/netmend/netmend/spec/datafile"
package datafile

import (
	"context"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/spec"
)

func init() { spec.RegisterData(reader{}) }

type reader struct{}

func (reader) CheckImage(text string) error {
	_, err := dataset.ParseImage(text)
	return err
}

func (reader) Load(path string, opt spec.DataOptions) (*spec.Data, error) {
	o := dataset.Options{Dim: opt.Dim, DivideBy: opt.DivideBy, LabelColumn: opt.LabelColumn, Labels: opt.Labels}
	if opt.Image != "" {
		var err error
		if o.Image, err = dataset.ParseImage(opt.Image); err != nil {
			return nil, err
		}
	}
	ctx := opt.Context
	if ctx == nil {
		ctx = context.Background()
	}
	p, err := dataset.LoadContext(ctx, path, o)
	if err != nil {
		return nil, err
	}
	return &spec.Data{Rows: p.Rows, Dim: p.Dim, Data: p.Data, Labels: p.Labels, CheckShape: p.Layout().Check}, nil
}
