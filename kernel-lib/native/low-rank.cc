// What an adapter adds to a frozen product (Hu et al. 2021): y + u·F, whose inner size is a few dozen. A general matrix product spends
// most of its time here on packing and on writing what is then only added.
#include "op.h"
#include "parallel.h"
#include "kernels.h"
#include "scratch.h"

namespace selfspec {
namespace {

constexpr int64_t widestInner = 256;
constexpr int rowsAtOnce = 8, columnsAtOnce = 2 * lanes; // 16 vector registers of sums

template <class T>
void toFloats(const T* from, float* to, int64_t count) {
  sweep(count, [&](int64_t j, auto part) { store(to + j, load(from + j, part), part); });
}

/// F is block diagonal where several maps share an input: which of its rows have anything to say to some columns.
struct Span {
  int64_t begin, end;
};
Span spanOf(const float* f, int64_t inner, int64_t width, int64_t column, int64_t columns) {
  const auto silent = [&](int64_t row) {
    for (int64_t j = column; j < column + columns; j++)
      if (f[row * width + j] != 0) return false;
    return true;
  };
  Span span{0, inner};
  while (span.begin < span.end && silent(span.begin)) span.begin++;
  while (span.begin < span.end && silent(span.end - 1)) span.end--;
  return span;
}

/// y = base + u·f for `count` rows and one stretch of columns, whose parts say how many of the lanes are in use.
template <class T, class First, class Second>
SELFSPEC_INLINE void addTile(const T* base, T* y, int64_t width, const float* u, int64_t inner, const float* f, Span span, int count,
                             First first, Second second) {
  Floats sums[rowsAtOnce][2];
  for (int i = 0; i < rowsAtOnce; i++) {
    const T* from = base + (i < count ? i : 0) * width;
    sums[i][0] = load(from, first);
    sums[i][1] = second.count ? load(from + lanes, second) : Floats{};
  }
  for (int64_t k = span.begin; k < span.end; k++) {
    const Floats f0 = load(f + k * width, first), f1 = second.count ? load(f + k * width + lanes, second) : Floats{};
    for (int i = 0; i < rowsAtOnce; i++) {
      const float factor = u[i * inner + k];
      sums[i][0] += f0 * factor;
      sums[i][1] += f1 * factor;
    }
  }
  for (int i = 0; i < count; i++) {
    store(y + i * width, sums[i][0], first);
    if (second.count) store(y + i * width + lanes, sums[i][1], second);
  }
}

template <class T>
struct LowRankAdd {
  bool overwrite;
  explicit LowRankAdd(const Attributes& attributes) : overwrite(attributes.flag("overwrite")) {}

  void compute(const Call& call) const {
    const Tensor base = call.input(0), left = call.input(1), right = call.input(2);
    const int64_t rows = base.size(0), width = base.size(-1), inner = left.size(-1);
    require(left.count() == rows * inner && right.count() == inner * width && inner <= widestInner,
            "LowRankAdd: y [n, m], u [n, k] and f [k, m] do not fit, or k is above 256");
    const Tensor output = overwrite ? call.outputOver(0, 0) : call.output<T>(0, base.shape());
    float* f = scratch(inner * width);
    toFloats(right.data<T>(), f, inner * width);
    const int64_t tiles = (width + columnsAtOnce - 1) / columnsAtOnce;
    std::vector<Span> spans;
    for (int64_t tile = 0; tile < tiles; tile++)
      spans.push_back(
          spanOf(f, inner, width, tile * columnsAtOnce, std::min<int64_t>(columnsAtOnce, width - tile * columnsAtOnce)));
    eachStretch((rows + rowsAtOnce - 1) / rowsAtOnce, rowsAtOnce * width, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin * rowsAtOnce; row < std::min(rows, end * rowsAtOnce); row += rowsAtOnce) {
        const int count = int(std::min<int64_t>(rowsAtOnce, rows - row));
        float u[rowsAtOnce * widestInner] = {};
        toFloats(left.data<T>() + row * inner, u, count * inner);
        for (int64_t tile = 0; tile < tiles; tile++) {
          const int64_t column = tile * columnsAtOnce, at = row * width + column;
          const int rest = int(std::min<int64_t>(columnsAtOnce, width - column));
          const T* from = base.data<T>() + at;
          T* to = output.data<T>() + at;
          if (rest == columnsAtOnce) addTile(from, to, width, u, inner, f + column, spans[tile], count, All{}, All{});
          else
            addTile(from, to, width, u, inner, f + column, spans[tile], count, Some{std::min(rest, lanes)},
                    Some{std::max(rest - lanes, 0)});
        }
      }
    });
  }
};

} // namespace

void addLowRankOps() {
  addOp<LowRankAdd>("SelfspecLowRankAdd", {"y: T", "u: T", "f: T"}, {"sum: T"}, {"overwrite: bool"});
}

} // namespace selfspec
