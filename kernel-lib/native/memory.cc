// How the C library keeps freed memory. TensorFlow allocates every op's output anew; given back to the system in between, each tensor
// would be zeroed and mapped again page by page, which takes a third of a training step.
#include <malloc.h>

#include "kernels.h"

namespace selfspec {

void keepFreedMemory() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 32 << 20); // the highest that is allowed
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

} // namespace selfspec
