package onnx

import (
	"math"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// operator is how an operator of the default domain is read. Families of
// operators have a file each, named op_*.go.
type operator struct {
	// inputs are how many inputs it may have, as in "1 13:1-2": one, and one or two from
	// opset 13 on. A number with a plus has no upper bound.
	inputs string
	// outputs is how many outputs it may have, 1 where it is 0.
	outputs int
	// since is the first opset that has the operator, where that is not the
	// first one that is read.
	since int64
	// elementwise operators act on each element alone, but for broadcasting.
	elementwise bool
	// attributes are the names of those that the standard gives it, separated by spaces:
	// "axes<13" in the opsets before 13, "start>=15" from 15 on.
	attributes string
	// read returns the value of the node's first output.
	read func(*importer, *onnxpb.NodeProto) (*value, error)
}

// operators are the operators that can be read, by name. It is filled in by
// init because some readers refer to it.
var operators map[string]operator

// anyOutputs is for operators with any number of outputs.
const anyOutputs = math.MaxInt32

func init() {
	operators = map[string]operator{
		"MatMul": {inputs: "2", read: readMatMul},
		"Gemm":   {inputs: "3 11:2-3", attributes: "alpha beta transA transB", read: readGemm},

		"Conv":              {inputs: "2-3", attributes: "auto_pad dilations group kernel_shape pads strides", read: readConv},
		"ConvTranspose":     {inputs: "2-3", attributes: "auto_pad dilations group kernel_shape output_padding output_shape pads strides", read: readConvTranspose},
		"MaxPool":           {inputs: "1", outputs: 2, attributes: "auto_pad ceil_mode>=10 dilations>=10 kernel_shape pads storage_order>=8 strides", read: readMaxPool},
		"AveragePool":       {inputs: "1", attributes: "auto_pad ceil_mode>=10 count_include_pad dilations>=19 kernel_shape pads strides", read: readAveragePool},
		"GlobalAveragePool": {inputs: "1", read: readGlobalAveragePool},
		"GlobalMaxPool":     {inputs: "1", read: readGlobalMaxPool},
		"Concat":            {inputs: "1+", attributes: "axis", read: readConcat},

		"BatchNormalization": {inputs: "5", outputs: 5, attributes: "epsilon momentum spatial<9 training_mode>=14", read: readBatchNormalization},
		"ReduceMean":         {inputs: "1 18:1-2", attributes: "axes<18 keepdims noop_with_empty_axes>=18", read: readReduceMean},
		"ReduceSum":          {inputs: "1 13:1-2", attributes: "axes<13 keepdims noop_with_empty_axes>=13", read: readReduceSum},
		"ReduceProd":         {inputs: "1 18:1-2", attributes: "axes<18 keepdims noop_with_empty_axes>=18", read: readReduceConstant},
		"ReduceMax":          {inputs: "1 18:1-2", attributes: "axes<18 keepdims noop_with_empty_axes>=18", read: readReduceConstant},
		"ReduceMin":          {inputs: "1 18:1-2", attributes: "axes<18 keepdims noop_with_empty_axes>=18", read: readReduceConstant},

		"Transpose": {inputs: "1", attributes: "perm", read: readTranspose},
		"Squeeze":   {inputs: "1 13:1-2", attributes: "axes<13", read: readSqueeze},
		"Unsqueeze": {inputs: "1 13:2", attributes: "axes<13", read: readUnsqueeze},
		"Slice":     {inputs: "1 10:3-5", attributes: "axes<10 ends<10 starts<10", read: readSlice},
		"Gather":    {inputs: "2", attributes: "axis", read: readGather},
		"Split":     {inputs: "1 13:1-2", outputs: anyOutputs, attributes: "axis num_outputs>=18 split<13", read: readSplit},
		"Pad":       {inputs: "1 11:2-3 18:2-4", attributes: "mode pads<11 value<11", read: readPad},
		"Expand":    {inputs: "2", since: 8, read: readExpand},
		"Tile":      {inputs: "2", read: readTile},
		"Shape":     {inputs: "1", attributes: "end>=15 start>=15", read: readShape},
		"Size":      {inputs: "1", read: readSize},

		"Max": {inputs: "1+", elementwise: true, read: readMax},
		"Min": {inputs: "1+", elementwise: true, read: readMin},
		"Sum": {inputs: "1+", elementwise: true, read: readSum},
		"Neg": {inputs: "1", elementwise: true, read: readNeg},

		"Add": {inputs: "2", elementwise: true, read: readAdd},
		"Sub": {inputs: "2", elementwise: true, read: readSub},
		"Mul": {inputs: "2", elementwise: true, read: readMul},
		"Div": {inputs: "2", elementwise: true, read: readDiv},

		"Constant":        {inputs: "0", attributes: "sparse_value>=11 value value_float>=12 value_floats>=12 value_int>=12 value_ints>=12 value_string>=12 value_strings>=12", read: readConstant},
		"ConstantOfShape": {inputs: "1", since: 9, attributes: "value", read: readConstantOfShape},
		"Range":           {inputs: "3", since: 11, read: readRange},
		"Identity":        {inputs: "1", elementwise: true, read: readIdentity},
		"Dropout":         {inputs: "1 12:1-3", outputs: 2, elementwise: true, attributes: "ratio<12 seed>=12", read: readDropout},
		"Cast":            {inputs: "1", elementwise: true, attributes: "saturate>=19 to", read: readCast},
		"Flatten":         {inputs: "1", attributes: "axis", read: readFlatten},
		"Reshape":         {inputs: "2", attributes: "allowzero>=14", read: readReshape},

		"Relu":            {inputs: "1", elementwise: true, read: readRelu},
		"LeakyRelu":       {inputs: "1", elementwise: true, attributes: "alpha", read: readLeakyRelu},
		"Clip":            {inputs: "1 11:1-3", elementwise: true, attributes: "max<11 min<11", read: readClip},
		"Tanh":            {inputs: "1", elementwise: true, read: readTanh},
		"Sigmoid":         {inputs: "1", elementwise: true, read: readSigmoid},
		"Abs":             {inputs: "1", elementwise: true, read: readAbs},
		"Sign":            {inputs: "1", since: 9, elementwise: true, read: readSign},
		"PRelu":           {inputs: "2", elementwise: true, read: readPRelu},
		"ThresholdedRelu": {inputs: "1", since: 10, elementwise: true, attributes: "alpha", read: readThresholdedRelu},
		"HardSigmoid":     {inputs: "1", elementwise: true, attributes: "alpha beta", read: readHardSigmoid},
		"HardSwish":       {inputs: "1", since: 14, elementwise: true, read: readHardSwish},
		"Elu":             {inputs: "1", elementwise: true, attributes: "alpha", read: readElu},
		"Celu":            {inputs: "1", since: 12, elementwise: true, attributes: "alpha", read: readCelu},
		"Selu":            {inputs: "1", elementwise: true, attributes: "alpha gamma", read: readSelu},
		"Gelu":            {inputs: "1", since: 20, elementwise: true, attributes: "approximate", read: readGelu},
		"Softplus":        {inputs: "1", elementwise: true, read: readSoftplus},
		"Softsign":        {inputs: "1", elementwise: true, read: readSoftsign},
		"Erf":             {inputs: "1", since: 9, elementwise: true, read: readMapped},
		"Exp":             {inputs: "1", elementwise: true, read: readMapped},
		"Log":             {inputs: "1", elementwise: true, read: readMapped},
		"Reciprocal":      {inputs: "1", elementwise: true, read: readMapped},
		"Sqrt":            {inputs: "1", elementwise: true, read: readMapped},
		"Floor":           {inputs: "1", elementwise: true, read: readConstantMapping},
		"Ceil":            {inputs: "1", elementwise: true, read: readConstantMapping},
		"Round":           {inputs: "1", since: 11, elementwise: true, read: readConstantMapping},
		"Pow":             {inputs: "2", elementwise: true, read: readPow},

		"Softmax":    {inputs: "1", attributes: "axis", read: readSoftmax},
		"LogSoftmax": {inputs: "1", attributes: "axis", read: readSoftmax},
		"ArgMax":     {inputs: "1", attributes: "axis keepdims select_last_index>=12", read: readArgMax},

		"GreaterOrEqual": {inputs: "2", since: 12, elementwise: true, read: readGreaterOrEqual},
		"LessOrEqual":    {inputs: "2", since: 12, elementwise: true, read: readComparison},
		"Greater":        {inputs: "2", elementwise: true, read: readComparison},
		"Less":           {inputs: "2", elementwise: true, read: readComparison},
		"Equal":          {inputs: "2", elementwise: true, read: readComparison},
		"And":            {inputs: "2", elementwise: true, read: readLogic},
		"Or":             {inputs: "2", elementwise: true, read: readLogic},
		"Xor":            {inputs: "2", elementwise: true, read: readLogic},
		"Not":            {inputs: "1", elementwise: true, read: readNot},
		"Mod":            {inputs: "2", since: 10, elementwise: true, attributes: "fmod", read: readMod},
		"Where":          {inputs: "3", since: 9, elementwise: true, read: readWhere},
	}
}
