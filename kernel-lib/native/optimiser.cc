// AdamW and the gradient's norm over flat float32 vectors, called from JavaScript on its own arrays. The arithmetic is in float64 and
// without fused multiply-add, step by step as the JavaScript version does it: both give the same bits.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif
#include "optimiser.h"

#include <cmath>
#include <vector>

#include "parallel.h"

namespace selfspec {

void adamw(const AdamW& step, int64_t count, float* parameters, const float* gradient, float* firstMoment, float* secondMoment) {
  eachStretch(count, 4, [&](int64_t begin, int64_t end) {
    const AdamW s = step;
    for (int64_t i = begin; i < end; i++) {
      const double g = float(double(gradient[i]) * s.gradientFactor);
      const double m = s.beta1 * firstMoment[i] + (1 - s.beta1) * g;
      const double v = s.beta2 * secondMoment[i] + (1 - s.beta2) * g * g;
      firstMoment[i] = float(m);
      secondMoment[i] = float(v);
      parameters[i] = float(parameters[i] * s.decay - (s.stepSize * m) / (std::sqrt(v) / s.correction + s.epsilon));
    }
  });
}

double squaredNorm(int64_t count, const float* values) {
  // Pieces of a fixed size, each summed in eight columns: the order does not depend on how many threads there are.
  constexpr int64_t pieceSize = 1 << 15, columns = 8;
  const int64_t pieces = (count + pieceSize - 1) / pieceSize;
  std::vector<double> sums(pieces);
  eachPiece(pieces, [&](int64_t piece) {
    const int64_t begin = piece * pieceSize, end = std::min(count, begin + pieceSize);
    double parts[columns] = {};
    int64_t i = begin;
    for (; i + columns <= end; i += columns)
      for (int64_t j = 0; j < columns; j++) parts[j] += double(values[i + j]) * double(values[i + j]);
    for (; i < end; i++) parts[0] += double(values[i]) * double(values[i]);
    for (int64_t j = 0; j < columns; j++) sums[piece] += parts[j];
  });
  double sum = 0;
  for (const double part : sums) sum += part;
  return sum;
}

} // namespace selfspec
