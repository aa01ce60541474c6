// Package baseline repairs networks by gradient descent, as the methods that
// provable repair is compared with in Section 7 of Sotoudeh and Thakur,
// "Provable Repair of Deep Neural Networks" (PLDI 2021). Neither method gives a
// guarantee, and on polytopes both see finitely many sampled points only.
//
// # FT, fine-tuning
//
// [FineTune] descends on all parameters at once "until all repair set points
// are correctly classified", or until a number of epochs.
//
// # MFT, modified fine-tuning
//
// [Modified] is the same except that (a) it changes a single layer, (b) the loss
// has a term that penalises the l0 and linf norms of the repair, (c) 25 % of the
// repair set are held out, and (d) it stops once the accuracy on them begins to
// drop.
//
// # Choices that the paper leaves open
//
//   - The loss is the cross-entropy of the softmax of the outputs (of the
//     negated ones where the smallest is the class), its mean over a batch.
//   - The l0 norm has no useful gradient. The l1 norm, its convex hull on the
//     unit cube, stands for it: the penalty is sum |D| + max |D| over the
//     changes D of the layer.
//   - Accuracies are measured after every epoch. The holdout accuracy "begins
//     to drop" when it is below that of the epoch before, for the first epoch
//     below that of the buggy network. The network after that epoch is the
//     result: nothing is rolled back.
//   - Samples of a polytope are uniform, and the polytopes get equal numbers of
//     them ([Sample]); where several classes are allowed, the wanted one is that
//     which the buggy network prefers, as in Section 7.3.
package baseline
