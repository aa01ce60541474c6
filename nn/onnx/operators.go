package onnx

import (
	"math"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// operator is how an operator of the default domain is read. Families of
// operators have a file each, named op_*.go.
type operator struct {
	// minIn and maxIn bound the number of inputs.
	minIn, maxIn int
	// since is the first opset that has the operator, where that is not the
	// first one that is read.
	since int64
	// elementwise operators keep the axes of their computed input.
	elementwise bool
	// attributes are the names of those that the standard gives it in the opsets
	// that are read, separated by spaces.
	attributes string
	// read returns the value of the node's first output.
	read func(*importer, *onnxpb.NodeProto) (*value, error)
}

// operators are the operators that can be read, by name. It is filled in by
// init because some readers refer to it.
var operators map[string]operator

func init() {
	operators = map[string]operator{
		"MatMul": {minIn: 2, maxIn: 2, read: readMatMul},
		"Gemm":   {minIn: 2, maxIn: 3, attributes: "alpha beta transA transB", read: readGemm},

		"Conv":              {minIn: 2, maxIn: 3, attributes: "auto_pad dilations group kernel_shape pads strides", read: readConv},
		"MaxPool":           {minIn: 1, maxIn: 1, attributes: "auto_pad ceil_mode dilations kernel_shape pads storage_order strides", read: readMaxPool},
		"AveragePool":       {minIn: 1, maxIn: 1, attributes: "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides", read: readAveragePool},
		"GlobalAveragePool": {minIn: 1, maxIn: 1, read: readGlobalAveragePool},
		"GlobalMaxPool":     {minIn: 1, maxIn: 1, read: readGlobalMaxPool},
		"Concat":            {minIn: 1, maxIn: math.MaxInt32, attributes: "axis", read: readConcat},

		"BatchNormalization": {minIn: 5, maxIn: 5, attributes: "epsilon momentum spatial training_mode", read: readBatchNormalization},
		"ReduceMean":         {minIn: 1, maxIn: 2, attributes: "axes keepdims noop_with_empty_axes", read: readReduceMean},
		"ReduceSum":          {minIn: 1, maxIn: 2, attributes: "axes keepdims noop_with_empty_axes", read: readReduceSum},

		"Transpose": {minIn: 1, maxIn: 1, attributes: "perm", read: readTranspose},
		"Squeeze":   {minIn: 1, maxIn: 2, attributes: "axes", read: readSqueeze},
		"Unsqueeze": {minIn: 1, maxIn: 2, attributes: "axes", read: readUnsqueeze},
		"Slice":     {minIn: 1, maxIn: 5, attributes: "axes ends starts", read: readSlice},
		"Gather":    {minIn: 2, maxIn: 2, attributes: "axis", read: readGather},
		"Split":     {minIn: 1, maxIn: 2, attributes: "axis num_outputs split", read: readSplit},
		"Pad":       {minIn: 1, maxIn: 4, attributes: "mode pads value", read: readPad},
		"Shape":     {minIn: 1, maxIn: 1, attributes: "end start", read: readShape},

		"Max": {minIn: 1, maxIn: math.MaxInt32, elementwise: true, read: readMax},
		"Min": {minIn: 1, maxIn: math.MaxInt32, elementwise: true, read: readMin},
		"Sum": {minIn: 1, maxIn: math.MaxInt32, elementwise: true, read: readSum},
		"Neg": {minIn: 1, maxIn: 1, elementwise: true, read: readNeg},

		"Add": {minIn: 2, maxIn: 2, elementwise: true, read: readAdd},
		"Sub": {minIn: 2, maxIn: 2, elementwise: true, read: readSub},
		"Mul": {minIn: 2, maxIn: 2, elementwise: true, read: readMul},
		"Div": {minIn: 2, maxIn: 2, elementwise: true, read: readDiv},

		"Constant": {minIn: 0, maxIn: 0, attributes: "sparse_value value value_float value_floats value_int value_ints value_string value_strings", read: readConstant},
		"Identity": {minIn: 1, maxIn: 1, elementwise: true, read: readIdentity},
		"Dropout":  {minIn: 1, maxIn: 3, elementwise: true, attributes: "ratio seed", read: readDropout},
		"Cast":     {minIn: 1, maxIn: 1, elementwise: true, attributes: "saturate to", read: readCast},
		"Flatten":  {minIn: 1, maxIn: 1, attributes: "axis", read: readFlatten},
		"Reshape":  {minIn: 2, maxIn: 2, attributes: "allowzero", read: readReshape},

		"Relu":            {minIn: 1, maxIn: 1, elementwise: true, read: readRelu},
		"LeakyRelu":       {minIn: 1, maxIn: 1, elementwise: true, attributes: "alpha", read: readLeakyRelu},
		"Clip":            {minIn: 1, maxIn: 3, elementwise: true, attributes: "max min", read: readClip},
		"Tanh":            {minIn: 1, maxIn: 1, elementwise: true, read: readTanh},
		"Sigmoid":         {minIn: 1, maxIn: 1, elementwise: true, read: readSigmoid},
		"Abs":             {minIn: 1, maxIn: 1, elementwise: true, read: readAbs},
		"Sign":            {minIn: 1, maxIn: 1, since: 9, elementwise: true, read: readSign},
		"PRelu":           {minIn: 2, maxIn: 2, elementwise: true, read: readPRelu},
		"ThresholdedRelu": {minIn: 1, maxIn: 1, since: 10, elementwise: true, attributes: "alpha", read: readThresholdedRelu},
		"HardSigmoid":     {minIn: 1, maxIn: 1, elementwise: true, attributes: "alpha beta", read: readHardSigmoid},
		"HardSwish":       {minIn: 1, maxIn: 1, since: 14, elementwise: true, read: readHardSwish},
		"Elu":             {minIn: 1, maxIn: 1, elementwise: true, attributes: "alpha", read: readElu},
		"Celu":            {minIn: 1, maxIn: 1, since: 12, elementwise: true, attributes: "alpha", read: readCelu},
		"Selu":            {minIn: 1, maxIn: 1, elementwise: true, attributes: "alpha gamma", read: readSelu},
		"Gelu":            {minIn: 1, maxIn: 1, since: 20, elementwise: true, attributes: "approximate", read: readGelu},
		"Softplus":        {minIn: 1, maxIn: 1, elementwise: true, read: readSoftplus},
		"Softsign":        {minIn: 1, maxIn: 1, elementwise: true, read: readSoftsign},
		"Erf":             {minIn: 1, maxIn: 1, since: 9, elementwise: true, read: readMapped},
		"Exp":             {minIn: 1, maxIn: 1, elementwise: true, read: readMapped},
		"Log":             {minIn: 1, maxIn: 1, elementwise: true, read: readMapped},
		"Reciprocal":      {minIn: 1, maxIn: 1, elementwise: true, read: readMapped},
		"Sqrt":            {minIn: 1, maxIn: 1, elementwise: true, read: readMapped},
		"Pow":             {minIn: 2, maxIn: 2, elementwise: true, read: readPow},
		"Softmax":         {minIn: 1, maxIn: 1, attributes: "axis", read: readSoftmax},

		"GreaterOrEqual": {minIn: 2, maxIn: 2, since: 12, elementwise: true, read: readGreaterOrEqual},
		"Where":          {minIn: 3, maxIn: 3, since: 9, elementwise: true, read: readWhere},
	}
}
