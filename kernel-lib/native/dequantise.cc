// Block-quantised matrices to T: ggml's formats (ggml-quants.c, dequantize_row_*). Every product is exact in float32 and one rounding
// follows, so before the rounding to bfloat16 the values are ggml's to the bit.
#include "op.h"
#include "parallel.h"
#include "kernels.h"

namespace selfspec {
namespace {

float half(const uint8_t* at) {
  const uint32_t bits = at[0] | at[1] << 8, magnitude = bits & 0x7fff;
  // Not by way of a float32 subnormal, which threads of TensorFlow may flush to zero.
  if (magnitude < 0x400) return (bits & 0x8000 ? -1.0f : 1.0f) * float(magnitude) * 0x1p-24f;
  const uint32_t exponent = magnitude >= 0x7c00 ? 0x7f800000u : 0x38000000u;
  const uint32_t full = (bits & 0x8000) << 16 | ((magnitude << 13) + (magnitude >= 0x7c00 ? 0 : exponent)) |
                        (magnitude >= 0x7c00 ? exponent : 0);
  float value;
  std::memcpy(&value, &full, 4);
  return value;
}

uint32_t word(const uint8_t* at) {
  uint32_t value;
  std::memcpy(&value, at, 4);
  return value;
}

/// Four and five bits, blocks of 32: low nibbles are values 0–15, high ones 16–31; d·q + m, or d·(q − offset).
template <int offset, bool minimum, bool fifth>
struct Nibbles {
  static constexpr int values = 32, bytes = 2 + (minimum ? 2 : 0) + (fifth ? 4 : 0) + 16;
  static void decode(const uint8_t* block, float* out) {
    const float d = half(block), m = minimum ? half(block + 2) : 0;
    const uint8_t* highAt = block + (minimum ? 4 : 2);
    const uint32_t high = fifth ? word(highAt) : 0;
    const uint8_t* nibbles = highAt + (fifth ? 4 : 0);
    for (int j = 0; j < 16; j++) {
      const int low = (nibbles[j] & 15) | int((high >> j & 1) << 4), up = nibbles[j] >> 4 | int((high >> (j + 16) & 1) << 4);
      out[j] = minimum ? d * float(low) + m : d * float(low - offset);
      out[j + 16] = minimum ? d * float(up) + m : d * float(up - offset);
    }
  }
};

struct Q8 {
  static constexpr int values = 32, bytes = 34;
  static void decode(const uint8_t* block, float* out) {
    const float d = half(block);
    for (int j = 0; j < 32; j++) out[j] = d * float(int8_t(block[2 + j]));
  }
};

/// Eight sub-blocks of 32: d·scale·q − dmin·minimum; scales and minima are six bits each in 12 bytes, two sub-blocks share 32 bytes.
template <bool fifth>
struct SuperBlock {
  static constexpr int values = 256, bytes = fifth ? 176 : 144;
  static void decode(const uint8_t* block, float* out) {
    const float d = half(block), dMinimum = half(block + 2);
    const uint8_t *packed = block + 4, *high = block + 16, *nibbles = block + (fifth ? 48 : 16);
    const auto scaleOf = [&](int j) {
      return float(j < 4 ? packed[j] & 63 : (packed[j + 4] & 15) | packed[j - 4] >> 6 << 4);
    };
    const auto minimumOf = [&](int j) {
      return float(j < 4 ? packed[j + 4] & 63 : packed[j + 4] >> 4 | packed[j] >> 6 << 4);
    };
    for (int j = 0; j < 8; j += 2) {
      const float step = d * scaleOf(j), floor = dMinimum * minimumOf(j);
      const float upperStep = d * scaleOf(j + 1), upperFloor = dMinimum * minimumOf(j + 1);
      const uint8_t* bytes = nibbles + j / 2 * 32;
      for (int l = 0; l < 32; l++) {
        const int low = (bytes[l] & 15) | (fifth ? (high[l] >> j & 1) << 4 : 0);
        const int upper = bytes[l] >> 4 | (fifth ? (high[l] >> (j + 1) & 1) << 4 : 0);
        out[j * 32 + l] = step * float(low) - floor;
        out[j * 32 + 32 + l] = upperStep * float(upper) - upperFloor;
      }
    }
  }
};

/// Sixteen sub-blocks of 16: d·scale·(q − 32), four low bits and two high ones apart.
struct Q6K {
  static constexpr int values = 256, bytes = 210;
  static void decode(const uint8_t* block, float* out) {
    const float d = half(block + 208);
    for (int part = 0; part < 2; part++) {
      const uint8_t *low = block + part * 64, *high = block + 128 + part * 32;
      const int8_t* scales = reinterpret_cast<const int8_t*>(block) + 192 + part * 8;
      for (int quarter = 0; quarter < 4; quarter++)
        for (int side = 0; side < 2; side++) {
          const float step = d * float(scales[quarter * 2 + side]);
          for (int l = side * 16; l < side * 16 + 16; l++) {
            const int q = (low[(quarter & 1) * 32 + l] >> quarter / 2 * 4 & 15) | (high[l] >> quarter * 2 & 3) << 4;
            out[part * 128 + quarter * 32 + l] = step * float(q - 32);
          }
        }
    }
  }
};

struct F16 {
  static constexpr int values = 32, bytes = 64;
  static void decode(const uint8_t* block, float* out) {
#if defined(__AVX512F__)
    for (int j = 0; j < 32; j += lanes)
      store(out + j, (Floats)_mm512_maskz_cvtph_ps(0xffff, _mm256_loadu_si256((const __m256i*)(block + 2 * j))), All{});
#else
    for (int j = 0; j < 32; j++) out[j] = half(block + 2 * j);
#endif
  }
};

struct BF16 {
  static constexpr int values = 32, bytes = 64;
  static void decode(const uint8_t* block, float* out) {
    for (int j = 0; j < 32; j += lanes) store(out + j, load(reinterpret_cast<const bfloat16*>(block) + j, All{}), All{});
  }
};

template <class Format, class T>
void decodeAll(const uint8_t* from, T* to, int64_t numbers) {
  eachStretch(numbers / Format::values, Format::values, [&](int64_t begin, int64_t end) {
    alignas(64) float values[Format::values];
    for (int64_t block = begin; block < end; block++) {
      Format::decode(from + block * Format::bytes, values);
      for (int j = 0; j < Format::values; j += lanes) store(to + block * Format::values + j, load(values + j, All{}), All{});
    }
  });
}

template <class T>
struct Format {
  const char* name;
  int64_t values, bytes;
  void (*decode)(const uint8_t*, T*, int64_t);
};
template <class T, class Block>
constexpr Format<T> format(const char* name) {
  return {name, Block::values, Block::bytes, decodeAll<Block, T>};
}
template <class T>
const Format<T> formats[] = {
    format<T, Nibbles<8, false, false>>("Q4_0"), format<T, Nibbles<0, true, false>>("Q4_1"),
    format<T, Nibbles<16, false, true>>("Q5_0"), format<T, Nibbles<0, true, true>>("Q5_1"),
    format<T, Q8>("Q8_0"),                       format<T, SuperBlock<false>>("Q4_K"),
    format<T, SuperBlock<true>>("Q5_K"),         format<T, Q6K>("Q6_K"),
    format<T, F16>("F16"),                       format<T, BF16>("BF16"),
};

template <class T>
struct Dequantise {
  const Format<T>* chosen = nullptr;
  int64_t rows, columns;
  explicit Dequantise(const Attributes& attributes) : rows(attributes.integer("rows")), columns(attributes.integer("columns")) {
    const std::string name = attributes.text("format");
    for (const Format<T>& known : formats<T>)
      if (name == known.name) chosen = &known;
    require(chosen != nullptr, "Dequantise: unknown format");
    require(rows * columns % chosen->values == 0, "Dequantise: the matrix is not a whole number of blocks");
  }

  void compute(const Call& call) const {
    const Tensor bytes = call.input(0);
    require(bytes.count() == rows * columns / chosen->values * chosen->bytes, "Dequantise: the bytes are not those of the matrix");
    const Tensor output = call.output<T>(0, {rows, columns});
    chosen->decode(bytes.data<uint8_t>(), output.data<T>(), rows * columns);
  }
};

} // namespace

void addDequantiseOps() {
  addOp<Dequantise>("SelfspecDequantise", {"bytes: uint8"}, {"matrix: T"}, {"format: string", "rows: int", "columns: int"});
}

} // namespace selfspec
