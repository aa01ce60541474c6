// Package dataset reads and writes point data: the inputs on which a network is evaluated,
// repaired or kept as it is, with their class labels.
//
// # Formats
//
//	.npy          one NumPy array, versions 1.0 to 3.0
//	.npz          a zip archive of .npy members (stored or deflated)
//	.idx, -ubyte  the IDX format of MNIST
//	.csv          numbers separated by commas, with an optional header line
//
// All of them except .npz may be compressed with gzip (.gz). [Load] chooses the format by
// the file's extension and returns [Points]; [OpenStream] reads a file in batches; [ReadNPY],
// [OpenNPZ], [ReadIDX] and [ReadCSV] read one format each.
//
// # Numbers
//
// Every stored value is converted to float64 exactly. An integer beyond ±2^53, which float64
// cannot hold in general, is an error and is not rounded. Nothing is rescaled unless
// [Options.DivideBy] says so: 8-bit images keep their values from 0 to 255.
//
// # Hostile files
//
// A size that a header declares is compared with what the file delivers before memory is
// taken for it, arrays are limited to [MaxElements] elements, and malformed input gives an
// error that names the file and the place.
package dataset
