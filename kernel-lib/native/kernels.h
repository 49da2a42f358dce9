// What each file of kernels registers with TensorFlow when the library is loaded, and what the library does to the process.
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

/// Lets malloc keep what is freed, up to 1 GiB, instead of giving it back to the system.
void keepFreedMemory();

} // namespace selfspec
