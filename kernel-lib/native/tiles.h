// AMX: sixteen rows of a product at a time in the processor's tile registers (Intel 64 and IA-32 Architectures Software Developer's
// Manual, "Intel AMX Instruction Set"). Here are the register file's configuration and how numbers are brought into tile order.
#pragma once

namespace selfspec {
/// Asks the system for the tile registers, once a process; false where there are none or it refuses.
bool tilesGranted();
} // namespace selfspec

#if defined(__AMX_TILE__) && defined(__AMX_BF16__) && defined(__AVX512BF16__)
#define SELFSPEC_TILES 1
#include <immintrin.h>

#include "numbers.h"

namespace selfspec {

constexpr int tileRows = 16, tileDepth = 32; // a tile: 16 rows of 32 bfloat16, or of 16 float32
constexpr int64_t tileSize = tileRows * tileDepth;

/// All eight registers full size, as long as it lives.
class TileRegisters {
 public:
  TileRegisters() {
    alignas(64) static const struct {
      uint8_t palette = 1, start = 0, reserved[14] = {};
      uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } full;
    _tile_loadconfig(&full);
  }
  ~TileRegisters() { _tile_release(); }
  TileRegisters(const TileRegisters&) = delete;
};

/// The first `count` of 32 lanes, or of 16.
SELFSPEC_INLINE __mmask32 first32(int64_t count) { return count >= 32 ? ~0u : count <= 0 ? 0 : (1u << count) - 1; }
SELFSPEC_INLINE __mmask16 first16(int64_t count) { return __mmask16(count >= 16 ? 0xffff : count <= 0 ? 0 : (1u << count) - 1); }

/// What a float32 is split into: itself rounded to bfloat16, and what that left over, rounded too. Both hold 16 of its 24 bits.
struct Parts {
  __m512i high, low;
};

SELFSPEC_INLINE __m512i both(__m512 upper, __m512 lower) { return (__m512i)_mm512_cvtne2ps_pbh(upper, lower); }
SELFSPEC_INLINE __m512 widened(__m256i halves) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16)); }

/// 32 numbers that lie side by side, as bfloat16; beyond `count` zeros.
SELFSPEC_INLINE Parts side(const bfloat16* from, int64_t count) {
  return {_mm512_maskz_loadu_epi16(first32(count), from), _mm512_setzero_si512()};
}
SELFSPEC_INLINE Parts side(const float* from, int64_t count) {
  const __m512 a = _mm512_maskz_loadu_ps(first16(count), from), b = _mm512_maskz_loadu_ps(first16(count - 16), from + 16);
  const __m512i high = both(b, a);
  const __m512 restA = _mm512_sub_ps(a, widened(_mm512_castsi512_si256(high)));
  const __m512 restB = _mm512_sub_ps(b, widened(_mm512_extracti64x4_epi64(high, 1)));
  return {high, both(restB, restA)};
}

SELFSPEC_INLINE __m512i interleaved(__m256i even, __m256i odd) {
  return _mm512_or_si512(_mm512_cvtepu16_epi32(even), _mm512_slli_epi32(_mm512_cvtepu16_epi32(odd), 16));
}

/// 16 columns of two rows, number beside number; `both` says whether there is a second row.
SELFSPEC_INLINE Parts pairs(const bfloat16* from, int64_t stride, int64_t count, bool second) {
  const __mmask16 mask = first16(count);
  const __m256i even = _mm256_maskz_loadu_epi16(mask, from);
  const __m256i odd = second ? _mm256_maskz_loadu_epi16(mask, from + stride) : _mm256_setzero_si256();
  return {interleaved(even, odd), _mm512_setzero_si512()};
}
SELFSPEC_INLINE Parts pairs(const float* from, int64_t stride, int64_t count, bool second) {
  const __mmask16 mask = first16(count);
  const __m512 even = _mm512_maskz_loadu_ps(mask, from);
  const __m512 odd = second ? _mm512_maskz_loadu_ps(mask, from + stride) : _mm512_setzero_ps();
  const __m256i highEven = (__m256i)_mm512_cvtneps_pbh(even), highOdd = (__m256i)_mm512_cvtneps_pbh(odd);
  const __m256i lowEven = (__m256i)_mm512_cvtneps_pbh(_mm512_sub_ps(even, widened(highEven)));
  const __m256i lowOdd = (__m256i)_mm512_cvtneps_pbh(_mm512_sub_ps(odd, widened(highOdd)));
  return {interleaved(highEven, highOdd), interleaved(lowEven, lowOdd)};
}

/// Sixteen rows of sixteen 32-bit words, rows and columns exchanged.
SELFSPEC_INLINE void exchange(__m512i (&r)[16]) {
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  for (int i = 0; i < 4; i++) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
  }
  for (int i = 0; i < 4; i++) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
    r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
    r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
    r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
  }
}

} // namespace selfspec
#endif
