package onnx

import (
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// pooled is the computed first input of a pool, with the geometry of its channels.
func (im *importer) pooled(n *onnxpb.NodeProto) (*value, nn.Window, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, nn.Window{}, err
	}
	w, err := imagesOf(x)
	return x, w, err
}

// readMaxPool reads a maximum over a window. Its second output, the place of each
// maximum, is known as long as it only serves to choose in the value channel.
func readMaxPool(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, w, err := im.pooled(n)
	if err != nil {
		return nil, err
	}
	columns, err := intAttribute(n, "storage_order", 0)
	if err != nil {
		return nil, err
	}
	if _, err := im.slide(n, &w, len(x.shape)-2, nil); err != nil {
		return nil, err
	}
	y, err := im.maxPool(w, x)
	if columns != 0 {
		im.extra = nil // only the indices count in that order
	}
	return y, err
}

// maxPool adds a maximum over a window: over its rows, then their maxima, where
// the window has more elements than a pattern can tell apart. The first maximum
// is the same either way.
func (im *importer) maxPool(w nn.Window, x *value) (*value, error) {
	if w.Kernel[0] > maxPieces || w.Kernel[1] > maxPieces {
		return nil, unsupportedf("a window of %d x %d, want at most %d along an axis", w.Kernel[0], w.Kernel[1], maxPieces)
	}
	if w.Kernel[0]*w.Kernel[1] > maxPieces {
		along := nn.Window{Channels: w.Channels, In: w.In, Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
		across := along
		along.Kernel[1], along.Stride[1], along.Dilation[1] = w.Kernel[1], w.Stride[1], w.Dilation[1]
		along.Before[1], along.After[1] = w.Before[1], w.After[1]
		x, err := im.maxPool(along, x)
		if err != nil {
			return nil, err
		}
		across.In[1] = along.Out(1)
		across.Kernel[0], across.Stride[0], across.Dilation[0] = w.Kernel[0], w.Stride[0], w.Dilation[0]
		across.Before[0], across.After[0] = w.Before[0], w.After[0]
		return im.maxPool(across, x)
	}
	if err := im.afford(&w, w.Channels); err != nil {
		return nil, err
	}
	pool := &nn.MaxPool{Window: w}
	in, _ := size(x.shape)
	if _, err := pool.OutDim([]int{in}); err != nil {
		return nil, err
	}
	shape := im.outputs(&w, x, x.shape[1])
	if x.isConstant() {
		return im.applied(pool, x.constant, shape)
	}
	indices := im.add(irNode{kind: irIndices, in: []int{x.node}, sel: pool}, shape, imageBatch(x))
	im.extra = []*value{indices}
	return im.add(irNode{kind: irSelection, in: []int{x.node, x.node}, sel: pool}, shape, imageBatch(x)), nil
}

func readAveragePool(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, w, err := im.pooled(n)
	if err != nil {
		return nil, err
	}
	pool := &nn.AveragePool{}
	if pool.Beyond, err = im.slide(n, &w, len(x.shape)-2, nil); err != nil {
		return nil, err
	}
	if pool.CountPadding, err = flagAttribute(n, "count_include_pad"); err != nil {
		return nil, err
	}
	if pool.CountPadding && pool.Beyond != [2]int{} {
		return nil, unsupported("attributes \"ceil_mode\" and \"count_include_pad\" are both set: runtimes disagree about what the last window counts")
	}
	pool.Window = w
	return im.averagePool(pool, x)
}

func (im *importer) averagePool(pool *nn.AveragePool, x *value) (*value, error) {
	if err := im.afford(&pool.Window, pool.Channels); err != nil {
		return nil, err
	}
	in, _ := size(x.shape)
	if _, err := pool.OutDim([]int{in}); err != nil {
		return nil, err
	}
	shape := im.outputs(&pool.Window, x, x.shape[1])
	if x.isConstant() {
		return im.applied(pool, x.constant, shape)
	}
	return im.add(irNode{kind: irFixed, in: []int{x.node}, fixed: pool}, shape, imageBatch(x)), nil
}

// readGlobalAveragePool reads the mean of each channel.
func readGlobalAveragePool(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, w, err := im.pooled(n)
	if err != nil {
		return nil, err
	}
	w.Kernel = w.In
	return im.averagePool(&nn.AveragePool{Window: w}, x)
}

// readGlobalMaxPool reads the maximum of each channel.
func readGlobalMaxPool(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, w, err := im.pooled(n)
	if err != nil {
		return nil, err
	}
	w.Kernel = w.In
	v, err := im.maxPool(w, x)
	im.extra = nil
	return v, err
}

func orElseError(err, fallback error) error {
	if err != nil {
		return err
	}
	return fallback
}
