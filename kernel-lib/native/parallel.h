// Shares independent pieces of work among the processor's cores: the caller and a few sleeping threads take the next piece in turn.
#pragma once
#include <algorithm>
#include <cstdint>

namespace selfspec {

namespace detail {
void runPieces(int64_t pieces, void (*run)(void* body, int64_t piece), void* body);
} // namespace detail

/// Threads that work at the same time, the caller among them.
int threadCount();

/// Calls body(piece) once for every piece below `pieces`, in any order and on any thread.
template <class Body>
void eachPiece(int64_t pieces, Body&& body) {
  detail::runPieces(
      pieces, [](void* given, int64_t piece) { (*static_cast<std::remove_reference_t<Body>*>(given))(piece); }, &body);
}

/// Calls body(begin, end) for stretches that cover 0 … n; `cost` is about how many numbers one index touches.
template <class Body>
void eachStretch(int64_t n, int64_t cost, Body&& body) {
  constexpr int64_t worthSharing = 1 << 15;
  const int64_t most = std::max<int64_t>(1, n * std::max<int64_t>(cost, 1) / worthSharing);
  const int64_t pieces = std::min({most, n, int64_t(4 * threadCount())});
  if (pieces <= 1) {
    if (n > 0) body(int64_t(0), n);
    return;
  }
  eachPiece(pieces, [&](int64_t piece) { body(piece * n / pieces, (piece + 1) * n / pieces); });
}

} // namespace selfspec
