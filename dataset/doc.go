// Package dataset reads and writes point data: the inputs on which a network
// is evaluated, repaired or kept as it is, with their class labels.
//
// # Formats
//
//	.npy          one NumPy array, versions 1.0 to 3.0
//	.npz          a zip archive of .npy members (stored or deflated)
//	.idx, -ubyte  the IDX format of MNIST
//	.csv          numbers separated by commas, with an optional header line
//
// Each of them may be compressed with gzip (.gz), except .npz. [Load] picks the
// format by the file's name and returns [Points]; [ReadNPY], [OpenNPZ],
// [ReadIDX] and [ReadCSV] read one format each.
//
// # Numbers
//
// Every stored value is converted to float64 exactly; an integer beyond ±2^53,
// which float64 cannot hold in general, is an error and not rounded. Nothing is
// rescaled unless [Options.DivideBy] says so: 8-bit images keep their values
// 0 to 255.
//
// # Hostile files
//
// A size that a header declares is compared with what the file delivers before
// memory is taken for it, arrays are limited to [MaxElements] elements, and
// malformed input gives an error that names the file and the place.
package dataset
