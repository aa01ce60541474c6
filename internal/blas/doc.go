// Package blas holds the few dense float64 kernels that netmend needs fast:
// three matrix products, matrix-vector products, and the vector operations of
// a simplex basis update. On amd64 they run on AVX-512 or AVX2 with FMA, found
// at start-up; everywhere else, and with the build tag purego, they are Go.
//
// # Results are reproducible to the bit
//
// Every result is bit-identical for any number of workers, any position of an
// element within the blocks and tiles of the computation, any stride, and any
// backend. (One exception: where a result is NaN it is NaN everywhere, but the
// sign and payload of the NaN are unspecified.) The order of rounding is part
// of the contract:
//
//   - An element of a matrix product (MulNN, MulNT, MulTN) and of MulVecT is
//     one chain of fused multiply-adds over the inner index k, ascending:
//     c = fma(a_k, b_k, c). It starts at +0, or at the present element where
//     the product is accumulated.
//   - Dot, and every element of MulVec, uses 32 lanes. Both vectors are
//     thought of as padded with zeros to a multiple of 32; lane l is one chain
//     of fused multiply-adds, from +0, over the elements l, l+32, l+64, ...
//     With lanes s_0 to s_31, the sums are then taken as
//     u_l = (s_l + s_{l+8}) + (s_{l+16} + s_{l+24}) for l < 8,
//     v_l = u_l + u_{l+4} for l < 4, and (v_0 + v_1) + (v_2 + v_3).
//   - Axpy is one fused multiply-add an element. Rank1 rounds t = alpha x_i
//     first and then does one fused multiply-add fma(t, y_j, a_ij). Scale is
//     one product.
//
// # Preconditions
//
// Shapes that do not fit together, and views that do not fit into their data,
// are mistakes of the programmer: every function panics on them with a message
// that names the shapes. The destination must not overlap an operand, unless
// the function says so; this is not checked.
//
// # Choice of backend
//
// The environment variable NETMEND_BLAS, read once at start-up, may hold avx512,
// avx2 or purego and then limits the choice to that backend where the processor
// has it; any other value is ignored. It exists so that a test suite can run on
// each backend.
package blas
