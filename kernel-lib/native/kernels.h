// What each file of kernels registers with TensorFlow when the library is loaded.
#pragma once

namespace selfspec {

void addNormOps();
void addGateOps();
void addCrossEntropyOps();
void addSoftmaxOps();
void addHeadsOps();
void addLowRankOps();
void addDequantiseOps();
void addNf4Ops();
/// Only where the processor has tile registers and the system grants them.
void addProductOps();

} // namespace selfspec
