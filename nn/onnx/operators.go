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
	// read returns the value of the node's first output.
	read func(*importer, *onnxpb.NodeProto) (*value, error)
}

// operators are the operators that can be read, by name. It is filled in by
// init because some readers refer to it.
var operators map[string]operator

func init() {
	operators = map[string]operator{
		"MatMul": {minIn: 2, maxIn: 2, read: readMatMul},
		"Gemm":   {minIn: 2, maxIn: 3, read: readGemm},

		"Conv":              {minIn: 2, maxIn: 3, read: readConv},
		"MaxPool":           {minIn: 1, maxIn: 1, read: readMaxPool},
		"AveragePool":       {minIn: 1, maxIn: 1, read: readAveragePool},
		"GlobalAveragePool": {minIn: 1, maxIn: 1, read: readGlobalAveragePool},
		"GlobalMaxPool":     {minIn: 1, maxIn: 1, read: readGlobalMaxPool},
		"Concat":            {minIn: 1, maxIn: math.MaxInt32, read: readConcat},

		"BatchNormalization": {minIn: 5, maxIn: 5, read: readBatchNormalization},
		"ReduceMean":         {minIn: 1, maxIn: 2, read: readReduceMean},
		"ReduceSum":          {minIn: 1, maxIn: 2, read: readReduceSum},

		"Transpose": {minIn: 1, maxIn: 1, read: readTranspose},
		"Squeeze":   {minIn: 1, maxIn: 2, read: readSqueeze},
		"Unsqueeze": {minIn: 1, maxIn: 2, read: readUnsqueeze},
		"Slice":     {minIn: 1, maxIn: 5, read: readSlice},
		"Gather":    {minIn: 2, maxIn: 2, read: readGather},
		"Split":     {minIn: 1, maxIn: 2, read: readSplit},
		"Pad":       {minIn: 1, maxIn: 4, read: readPad},
		"Shape":     {minIn: 1, maxIn: 1, read: readShape},

		"Max": {minIn: 1, maxIn: math.MaxInt32, elementwise: true, read: readMax},
		"Min": {minIn: 1, maxIn: math.MaxInt32, elementwise: true, read: readMin},
		"Sum": {minIn: 1, maxIn: math.MaxInt32, elementwise: true, read: readSum},
		"Neg": {minIn: 1, maxIn: 1, elementwise: true, read: readNeg},

		"Add": {minIn: 2, maxIn: 2, elementwise: true, read: readAdd},
		"Sub": {minIn: 2, maxIn: 2, elementwise: true, read: readSub},
		"Mul": {minIn: 2, maxIn: 2, elementwise: true, read: readMul},
		"Div": {minIn: 2, maxIn: 2, elementwise: true, read: readDiv},

		"Constant": {minIn: 0, maxIn: 0, read: readConstant},
		"Identity": {minIn: 1, maxIn: 1, elementwise: true, read: readIdentity},
		"Dropout":  {minIn: 1, maxIn: 3, elementwise: true, read: readDropout},
		"Cast":     {minIn: 1, maxIn: 1, elementwise: true, read: readCast},
		"Flatten":  {minIn: 1, maxIn: 1, read: readFlatten},
		"Reshape":  {minIn: 2, maxIn: 2, read: readReshape},

		"Relu":            {minIn: 1, maxIn: 1, elementwise: true, read: readRelu},
		"LeakyRelu":       {minIn: 1, maxIn: 1, elementwise: true, read: readLeakyRelu},
		"Clip":            {minIn: 1, maxIn: 3, elementwise: true, read: readClip},
		"Tanh":            {minIn: 1, maxIn: 1, elementwise: true, read: readTanh},
		"Sigmoid":         {minIn: 1, maxIn: 1, elementwise: true, read: readSigmoid},
		"Abs":             {minIn: 1, maxIn: 1, elementwise: true, read: readAbs},
		"Sign":            {minIn: 1, maxIn: 1, since: 9, elementwise: true, read: readSign},
		"PRelu":           {minIn: 2, maxIn: 2, elementwise: true, read: readPRelu},
		"ThresholdedRelu": {minIn: 1, maxIn: 1, since: 10, elementwise: true, read: readThresholdedRelu},
		"HardSigmoid":     {minIn: 1, maxIn: 1, elementwise: true, read: readHardSigmoid},
		"HardSwish":       {minIn: 1, maxIn: 1, since: 14, elementwise: true, read: readHardSwish},
		"Elu":             {minIn: 1, maxIn: 1, elementwise: true, read: readElu},
		"Celu":            {minIn: 1, maxIn: 1, since: 12, elementwise: true, read: readCelu},
		"Selu":            {minIn: 1, maxIn: 1, elementwise: true, read: readSelu},
		"Gelu":            {minIn: 1, maxIn: 1, since: 20, elementwise: true, read: readGelu},
		"Softplus":        {minIn: 1, maxIn: 1, elementwise: true, read: readSoftplus},
		"Softsign":        {minIn: 1, maxIn: 1, elementwise: true, read: readSoftsign},
		"Erf":             {minIn: 1, maxIn: 1, since: 9, elementwise: true, read: readMapped},
		"Exp":             {minIn: 1, maxIn: 1, elementwise: true, read: readMapped},
		"Log":             {minIn: 1, maxIn: 1, elementwise: true, read: readMapped},
		"Reciprocal":      {minIn: 1, maxIn: 1, elementwise: true, read: readMapped},
		"Sqrt":            {minIn: 1, maxIn: 1, elementwise: true, read: readMapped},
		"Pow":             {minIn: 2, maxIn: 2, elementwise: true, read: readPow},
		"Softmax":         {minIn: 1, maxIn: 1, read: readSoftmax},

		"GreaterOrEqual": {minIn: 2, maxIn: 2, since: 12, elementwise: true, read: readGreaterOrEqual},
		"Where":          {minIn: 3, maxIn: 3, since: 9, elementwise: true, read: readWhere},
	}
}
