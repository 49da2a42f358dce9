// Four-bit NormalFloat with double quantisation (Dettmers et al. 2023), packed as bitsandbytes packs it: two values a byte, the high
// nibble first; a block's largest magnitude is itself a byte of a code book, scaled by blocks, plus an offset.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off") // bitsandbytes rounds the product and the sum each
#endif
#include "op.h"
#include "parallel.h"
#include "kernels.h"

namespace selfspec {
namespace {

/// The values of the next pairs of nibbles, the high one of each first.
template <class Part>
SELFSPEC_INLINE Floats sixteen(const uint8_t* pairs, Part part, const float* scaled) {
  uint8_t eight[lanes / 2] = {};
  std::memcpy(eight, pairs, (part.count + 1) / 2);
#if SELFSPEC_MASKS
  const __m128i bytes = _mm_loadl_epi64((const __m128i*)eight);
  const __m512i twice = _mm512_maskz_cvtepu8_epi32(0xffff, _mm_unpacklo_epi8(bytes, bytes));
  const __m512i nibbles = _mm512_maskz_srlv_epi32(0xffff, twice, _mm512_set1_epi64(4));
  // Odd lanes were not shifted: a permutation looks at four bits of each index only.
  return (Floats)_mm512_maskz_permutexvar_ps(0xffff, nibbles, (__m512)load(scaled, All{}));
#else
  float values[lanes];
  for (int i = 0; i < lanes; i++) values[i] = scaled[i % 2 == 0 ? eight[i / 2] >> 4 : eight[i / 2] & 15];
  return load(values, All{});
#endif
}

template <class T>
struct DequantiseNf4 {
  int64_t rows, columns, blockSize, nestedBlockSize;
  explicit DequantiseNf4(const Attributes& attributes)
      : rows(attributes.integer("rows")),
        columns(attributes.integer("columns")),
        blockSize(attributes.integer("block_size")),
        nestedBlockSize(attributes.integer("nested_block_size")) {
    require(blockSize > 0 && blockSize % 2 == 0 && nestedBlockSize > 0, "DequantiseNf4: an even block size");
  }

  void compute(const Call& call) const {
    const Tensor codes = call.input(0), largest = call.input(1), nested = call.input(2), table = call.input(3),
                 nestedTable = call.input(4), offset = call.input(5);
    const int64_t numbers = rows * columns, blocks = (numbers + blockSize - 1) / blockSize;
    require(codes.count() == (numbers + 1) / 2 && largest.count() == blocks &&
                nested.count() == (blocks + nestedBlockSize - 1) / nestedBlockSize,
            "DequantiseNf4: codes, absmax or nested absmax are not those of the matrix");
    require(table.count() == 16 && nestedTable.count() == 256 && offset.count() == 1, "DequantiseNf4: code books of 16 and 256");
    const Tensor output = call.output<T>(0, {rows, columns});
    const uint8_t* packed = codes.data<uint8_t>();
    eachStretch(blocks, blockSize, [&](int64_t begin, int64_t end) {
      const float *levels = table.data<float>(), *nestedLevels = nestedTable.data<float>();
      for (int64_t block = begin; block < end; block++) {
        const float product = nestedLevels[largest.data<uint8_t>()[block]] * nested.data<float>()[block / nestedBlockSize];
        const float scale = product + *offset.data<float>();
        float scaled[16];
        for (int level = 0; level < 16; level++) scaled[level] = levels[level] * scale;
        const int64_t from = block * blockSize, count = std::min(blockSize, numbers - from);
        T* to = output.data<T>() + from;
        sweep(count, [&](int64_t j, auto part) { store(to + j, sixteen(packed + (from + j) / 2, part, scaled), part); });
      }
    });
  }
};

} // namespace

void addNf4Ops() {
  addOp<DequantiseNf4>("SelfspecDequantiseNf4",
                       {"codes: uint8", "absmax: uint8", "nested_absmax: float", "table: float", "nested_table: float",
                        "offset: float"},
                       {"matrix: T"}, {"rows: int", "columns: int", "block_size: int", "nested_block_size: int"});
}

} // namespace selfspec
