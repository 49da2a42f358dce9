// The optimiser's two passes over the adapter's parameters.
#pragma once
#include <cstdint>

namespace selfspec {

/// One update's numbers: p ← p·decay − stepSize · m / (√v / correction + ε), the gradient multiplied by its factor first.
struct AdamW {
  double beta1, beta2, epsilon, decay, stepSize, correction, gradientFactor;
};

void adamw(const AdamW& step, int64_t count, float* parameters, const float* gradient, float* firstMoment, float* secondMoment);
double squaredNorm(int64_t count, const float* values);

} // namespace selfspec
