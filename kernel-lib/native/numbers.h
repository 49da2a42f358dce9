// Sixteen numbers at a time, in the compiler's own vector types: float32 arithmetic over rows of float32 or bfloat16 (rounded to
// nearest even on storing), and an exponential. Sums run in a fixed order, so a result never depends on how the work was shared out.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

// Whether part of a vector can be loaded and stored by one instruction.
#if defined(__AVX512BW__) && defined(__AVX512VL__)
#define SELFSPEC_MASKS 1
#else
#define SELFSPEC_MASKS 0
#endif
#define SELFSPEC_INLINE inline __attribute__((always_inline))

namespace selfspec {

struct bfloat16 {
  uint16_t bits;
};

constexpr int lanes = 16;
typedef float Floats __attribute__((vector_size(4 * lanes)));
typedef int32_t Ints __attribute__((vector_size(4 * lanes)));
typedef uint32_t Words __attribute__((vector_size(4 * lanes)));
typedef uint16_t Halves __attribute__((vector_size(2 * lanes)));

// How many of the lanes a load or store touches: all of them, or the first few at the end of a row.
struct All {
  static constexpr int count = lanes;
};
struct Some {
  int count;
  uint16_t mask() const { return uint16_t((1u << count) - 1); }
};

SELFSPEC_INLINE float toFloat(bfloat16 x) {
  const uint32_t bits = uint32_t(x.bits) << 16;
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}
SELFSPEC_INLINE float toFloat(float x) { return x; }

SELFSPEC_INLINE Floats all(float value) { return Floats{} + value; }
SELFSPEC_INLINE Floats fromBits(Halves halves) { return (Floats)(__builtin_convertvector(halves, Words) << 16); }
SELFSPEC_INLINE Halves toBits(Floats values) {
#if defined(__AVX512BF16__)
  // One instruction; it takes what is below the smallest normal number (1.2e-38) for zero.
  return (Halves)_mm512_cvtneps_pbh((__m512)values);
#else
  const Words bits = (Words)values;
  const Words rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const Words notANumber = (bits >> 16) | 64;
  return __builtin_convertvector(values == values ? rounded : notANumber, Halves);
#endif
}

SELFSPEC_INLINE Floats load(const float* from, All, float = 0) {
  Floats values;
  std::memcpy(&values, from, sizeof values);
  return values;
}
SELFSPEC_INLINE Floats load(const float* from, Some part, float fill = 0) {
  Floats values = all(fill);
#if SELFSPEC_MASKS
  return (Floats)_mm512_mask_loadu_ps((__m512)values, part.mask(), from);
#else
  std::memcpy(&values, from, 4 * part.count);
  return values;
#endif
}
SELFSPEC_INLINE Floats load(const bfloat16* from, All, float = 0) {
  Halves bits;
  std::memcpy(&bits, from, sizeof bits);
  return fromBits(bits);
}
SELFSPEC_INLINE Floats load(const bfloat16* from, Some part, float fill = 0) {
  Halves bits = toBits(all(fill));
#if SELFSPEC_MASKS
  return fromBits((Halves)_mm256_mask_loadu_epi16((__m256i)bits, part.mask(), from));
#else
  std::memcpy(&bits, from, 2 * part.count);
  return fromBits(bits);
#endif
}
SELFSPEC_INLINE void store(float* to, Floats values, All) { std::memcpy(to, &values, sizeof values); }
SELFSPEC_INLINE void store(float* to, Floats values, Some part) {
#if SELFSPEC_MASKS
  _mm512_mask_storeu_ps(to, part.mask(), (__m512)values);
#else
  std::memcpy(to, &values, 4 * part.count);
#endif
}
SELFSPEC_INLINE void store(bfloat16* to, Floats values, All) {
  const Halves bits = toBits(values);
  std::memcpy(to, &bits, sizeof bits);
}
SELFSPEC_INLINE void store(bfloat16* to, Floats values, Some part) {
  const Halves bits = toBits(values);
#if SELFSPEC_MASKS
  _mm256_mask_storeu_epi16(to, part.mask(), (__m256i)bits);
#else
  std::memcpy(to, &bits, 2 * part.count);
#endif
}

/// Calls body(at, part) for 0, 16, 32 … below n; only the last part can be short.
template <class Body>
SELFSPEC_INLINE void sweep(int64_t n, Body&& body) {
  int64_t at = 0;
  for (; at + lanes <= n; at += lanes) body(at, All{});
  if (at < n) body(at, Some{int(n - at)});
}

typedef float EightFloats __attribute__((vector_size(32)));
typedef float FourFloats __attribute__((vector_size(16)));

/// Joins sixteen numbers into one, half with half.
template <class Join>
SELFSPEC_INLINE float fold(Floats values, Join&& join) {
  EightFloats eight[2];
  std::memcpy(eight, &values, sizeof values);
  const EightFloats joined = join(eight[0], eight[1]);
  FourFloats four[2];
  std::memcpy(four, &joined, sizeof joined);
  const FourFloats last = join(four[0], four[1]);
  return join(join(last[0], last[2]), join(last[1], last[3]));
}
SELFSPEC_INLINE float sumOf(Floats values) {
  return fold(values, [](auto a, auto b) { return a + b; });
}
SELFSPEC_INLINE float largestOf(Floats values) {
  return fold(values, [](auto a, auto b) { return a > b ? a : b; });
}
SELFSPEC_INLINE Floats larger(Floats a, Floats b) { return a > b ? a : b; }

/// e^x, relative error below 2e-7 (Cody and Waite's reduction, a polynomial of degree 6); at least 1.2e-38, at most 2.4e38.
SELFSPEC_INLINE Floats exponential(Floats x) {
  x = x < -87.3f ? all(-87.3f) : x;
  x = x > 88.3f ? all(88.3f) : x;
  const Floats shifted = x * 1.44269504088896341f + 12582912.f; // 1.5 · 2^23: the integer stands in the low bits
  const Floats n = shifted - 12582912.f;
  const Floats r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  Floats p = all(1.0f / 720);
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return p * (Floats)(((Words)shifted - 0x4b400000u + 127u) << 23);
}

/// 1 / x for x from 1 to 1e38.
SELFSPEC_INLINE Floats reciprocal(Floats x) {
#if defined(__AVX512F__)
  // Fourteen bits and one step of Newton's method are faster than a division, and as good to half a unit more.
  const Floats guess = (Floats)_mm512_maskz_rcp14_ps(0xffff, (__m512)x);
  return guess + guess * (1.0f - x * guess);
#else
  return 1.0f / x;
#endif
}

SELFSPEC_INLINE Floats sigmoid(Floats x) { return reciprocal(1.0f + exponential(-x)); }

} // namespace selfspec
