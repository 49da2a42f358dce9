// Working memory that a kernel needs while it runs. Each thread keeps one piece and reuses it: nothing is allocated step after step.
#pragma once
#include <cstdint>
#include <vector>

namespace selfspec {

/// At least `count` numbers, their contents undefined, good until this thread asks again.
inline float* scratch(int64_t count) {
  thread_local std::vector<float> memory;
  if (int64_t(memory.size()) < count) memory.resize(count);
  return memory.data();
}

} // namespace selfspec
