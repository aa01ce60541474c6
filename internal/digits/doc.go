// Package digits makes images like handwritten digits, and fog over images, so
// that experiments on digits run without any data set.
//
// An image has [Size] x [Size] pixels of 8 bits, as fractions of 255: a bright
// digit on black ground, drawn with a round pen along strokes whose points are
// moved at random, after a random affine map and a gentle warp. [Fog] is a
// plasma fractal as in Mu and Gilmer, "MNIST-C: a robustness benchmark for
// computer vision" (2019).
//
// Everything follows from seeds: image i of a set does not depend on how many
// others are drawn.
package digits
