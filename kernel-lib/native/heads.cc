// From a projection [sequences·tokens, q | k | v] to attention's heads and back: optional RMSNorm of each query and key head, rotation in
// half-split order (Su et al. 2021), and the order in which the query heads of a group are rows of one matrix (row = head·tokens + token).
#include "op.h"
#include "parallel.h"
#include "kernels.h"

namespace selfspec {
namespace {

constexpr int64_t widestHead = 1024;

struct Layout {
  int64_t tokens, heads, keyValueHeads;
  explicit Layout(const Attributes& attributes)
      : tokens(attributes.integer("tokens")), heads(attributes.integer("heads")),
        keyValueHeads(attributes.integer("key_value_heads")) {
    require(tokens > 0 && keyValueHeads > 0 && heads > 0 && heads % keyValueHeads == 0,
            "Heads: tokens, and a multiple of key_value_heads");
  }
  int64_t group() const { return heads / keyValueHeads; }
  /// Where a query head of row (sequence, token) lies in [sequences·keyValueHeads, group·tokens], counted in heads.
  int64_t queryAt(int64_t row, int64_t head) const {
    const int64_t matrix = row / tokens * keyValueHeads + head / group();
    return (matrix * group() + head % group()) * tokens + row % tokens;
  }
  int64_t keyAt(int64_t row, int64_t head) const { return (row / tokens * keyValueHeads + head) * tokens + row % tokens; }
};

/// Each row's cosines and sines. A table is as wide as half a head, or as a whole one: then its second half counts (positive sines).
class Rotation {
 public:
  Rotation(const Tensor& cos, const Tensor& sin, const Tensor& positions, int64_t rows, int64_t size)
      : half_(size / 2), none_(cos.count() == 0) {
    if (none_) return;
    width_ = cos.size(-1);
    require(width_ == half_ || width_ == size, "Heads: rotation tables are [positions, head / 2] or [positions, head]");
    require(sin.count() == cos.count() && positions.count() == rows, "Heads: one table row a position and one position a row");
    cos_ = cos.data<float>() + (width_ - half_);
    sin_ = sin.data<float>() + (width_ - half_);
    positions_ = positions.data<int32_t>();
    for (int64_t row = 0; row < rows; row++)
      require(positions_[row] >= 0 && positions_[row] < cos.size(0), "Heads: a position is outside the rotation table");
  }

  /// to = from · scale, rotated forward or (for a gradient) back.
  template <bool back, class From, class To>
  SELFSPEC_INLINE void apply(const From* from, To* to, int64_t row, float scale) const {
    if (none_) {
      sweep(2 * half_, [&](int64_t j, auto part) { store(to + j, load(from + j, part) * scale, part); });
      return;
    }
    const float *cosines = cos_ + positions_[row] * width_, *sines = sin_ + positions_[row] * width_;
    sweep(half_, [&](int64_t j, auto part) {
      const Floats first = load(from + j, part) * scale, second = load(from + half_ + j, part) * scale;
      const Floats c = load(cosines + j, part), s = back ? -load(sines + j, part) : load(sines + j, part);
      store(to + j, first * c - second * s, part);
      store(to + half_ + j, second * c + first * s, part);
    });
  }

 private:
  int64_t half_, width_ = 0;
  bool none_;
  const float *cos_ = nullptr, *sin_ = nullptr;
  const int32_t* positions_ = nullptr;
};

/// RMSNorm over one head; a weight of no numbers means that there is none.
class HeadNorm {
 public:
  HeadNorm(const Tensor& weight, int64_t size, float epsilon)
      : weight_(weight.count() == 0 ? nullptr : weight.data<float>()), size_(size), epsilon_(epsilon) {
    require(weight_ == nullptr || weight.count() == size, "Heads: a head norm is not as wide as a head");
  }
  explicit operator bool() const { return weight_ != nullptr; }

  template <class T>
  SELFSPEC_INLINE void apply(const T* from, float* to) const {
    const float inverse = inverseOf(from);
    sweep(size_, [&](int64_t j, auto part) { store(to + j, load(from + j, part) * inverse * load(weight_ + j, part), part); });
  }

  template <class T>
  SELFSPEC_INLINE void back(const T* from, const float* gradient, T* to) const {
    const float inverse = inverseOf(from);
    Floats along{};
    sweep(size_,
          [&](int64_t j, auto part) { along += load(gradient + j, part) * load(weight_ + j, part) * load(from + j, part); });
    const float projection = sumOf(along) * inverse * inverse / float(size_);
    sweep(size_, [&](int64_t j, auto part) {
      store(to + j, (load(gradient + j, part) * load(weight_ + j, part) - load(from + j, part) * projection) * inverse, part);
    });
  }

 private:
  template <class T>
  SELFSPEC_INLINE float inverseOf(const T* from) const {
    Floats squares{};
    sweep(size_, [&](int64_t j, auto part) {
      const Floats values = load(from + j, part);
      squares += values * values;
    });
    return 1.0f / std::sqrt(sumOf(squares) / float(size_) + epsilon_);
  }

  const float* weight_;
  int64_t size_;
  float epsilon_;
};

template <class T>
void prepare(const T* from, T* to, const HeadNorm& norm, const Rotation& rotation, int64_t row, float scale) {
  if (!norm) return rotation.apply<false>(from, to, row, scale);
  float normed[widestHead];
  norm.apply(from, normed);
  rotation.apply<false>(normed, to, row, scale);
}

template <class T>
void prepareBack(const T* gradient, const T* from, T* to, const HeadNorm& norm, const Rotation& rotation, int64_t row,
                 float scale) {
  if (!norm) return rotation.apply<true>(gradient, to, row, scale);
  float unrotated[widestHead];
  rotation.apply<true>(gradient, unrotated, row, scale);
  norm.back(from, unrotated, to);
}

template <class T>
struct Heads {
  Layout layout;
  float epsilon, scale;
  explicit Heads(const Attributes& attributes)
      : layout(attributes), epsilon(attributes.number("epsilon")), scale(attributes.number("scale")) {}

  void compute(const Call& call) const {
    const Tensor projected = call.input(0), cos = call.input(1), sin = call.input(2), positions = call.input(3),
                 queryWeight = call.input(4), keyWeight = call.input(5);
    const auto [tokens, heads, keyValueHeads] = layout;
    const int64_t rows = projected.size(0), width = projected.size(1), size = width / (heads + 2 * keyValueHeads);
    require(size * (heads + 2 * keyValueHeads) == width && rows % tokens == 0 && size % 2 == 0 && size <= widestHead,
            "Heads: the projection is not [sequences·tokens, (heads + 2·keyValueHeads)·size] with an even size of at most 1024");
    const Rotation rotation(cos, sin, positions, rows, size);
    const HeadNorm queryNorm(queryWeight, size, epsilon), keyNorm(keyWeight, size, epsilon);
    const int64_t matrices = rows / tokens * keyValueHeads;
    const Tensor query = call.output<T>(0, {matrices, layout.group() * tokens, size});
    const Tensor key = call.output<T>(1, {matrices, tokens, size});
    const Tensor value = call.output<T>(2, {matrices, tokens, size});
    T *q = query.data<T>(), *k = key.data<T>(), *v = value.data<T>();
    eachStretch(rows, width, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const T* from = projected.data<T>() + row * width;
        for (int64_t head = 0; head < layout.heads; head++, from += size)
          prepare(from, q + layout.queryAt(row, head) * size, queryNorm, rotation, row, scale);
        for (int64_t head = 0; head < layout.keyValueHeads; head++, from += size)
          prepare(from, k + layout.keyAt(row, head) * size, keyNorm, rotation, row, 1.0f);
        for (int64_t head = 0; head < layout.keyValueHeads; head++, from += size)
          std::memcpy(v + layout.keyAt(row, head) * size, from, sizeof(T) * size);
      }
    });
  }
};

template <class T>
struct HeadsGradient {
  Layout layout;
  float epsilon, scale;
  explicit HeadsGradient(const Attributes& attributes)
      : layout(attributes), epsilon(attributes.number("epsilon")), scale(attributes.number("scale")) {}

  void compute(const Call& call) const {
    const Tensor query = call.input(0), key = call.input(1), value = call.input(2), projected = call.input(3),
                 cos = call.input(4), sin = call.input(5), positions = call.input(6), queryWeight = call.input(7),
                 keyWeight = call.input(8);
    const int64_t size = query.size(-1), width = (layout.heads + 2 * layout.keyValueHeads) * size;
    const int64_t rows = query.count() / size / layout.heads;
    require(rows % layout.tokens == 0 && size % 2 == 0 && size <= widestHead && key.count() == value.count() &&
                key.count() == rows * layout.keyValueHeads * size,
            "HeadsGradient: the gradients of q, k and v do not fit each other");
    const Rotation rotation(cos, sin, positions, rows, size);
    const HeadNorm queryNorm(queryWeight, size, epsilon), keyNorm(keyWeight, size, epsilon);
    require(projected.count() == rows * width || !(queryNorm || keyNorm), "HeadsGradient: head norms want the projection");
    const bool hasProjection = projected.count() == rows * width;
    const Tensor output = call.output<T>(0, {rows, width});
    const T *q = query.data<T>(), *k = key.data<T>(), *v = value.data<T>();
    eachStretch(rows, width, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const T* from = hasProjection ? projected.data<T>() + row * width : nullptr;
        T* to = output.data<T>() + row * width;
        const auto next = [&] {
          if (from) from += size;
          to += size;
        };
        for (int64_t head = 0; head < layout.heads; head++, next())
          prepareBack(q + layout.queryAt(row, head) * size, from, to, queryNorm, rotation, row, scale);
        for (int64_t head = 0; head < layout.keyValueHeads; head++, next())
          prepareBack(k + layout.keyAt(row, head) * size, from, to, keyNorm, rotation, row, 1.0f);
        for (int64_t head = 0; head < layout.keyValueHeads; head++, next())
          std::memcpy(to, v + layout.keyAt(row, head) * size, sizeof(T) * size);
      }
    });
  }
};

/// [sequences·keyValueHeads, group·tokens, size] to [sequences·tokens, heads·size] and, as SplitHeads, back.
template <class T, bool merge>
struct MoveHeads {
  Layout layout;
  explicit MoveHeads(const Attributes& attributes) : layout(attributes) {}

  void compute(const Call& call) const {
    const Tensor x = call.input(0);
    const int64_t size = merge ? x.size(-1) : x.size(-1) / layout.heads, rows = x.count() / size / layout.heads;
    require(rows * layout.heads * size == x.count() && rows % layout.tokens == 0, "Merge/SplitHeads: x does not fit the layout");
    const std::vector<int64_t> folded{rows / layout.tokens * layout.keyValueHeads, layout.group() * layout.tokens, size};
    const Tensor y = call.output<T>(0, merge ? std::vector<int64_t>{rows, layout.heads * size} : folded);
    const T* from = x.data<T>();
    T* to = y.data<T>();
    eachStretch(rows, layout.heads * size, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++)
        for (int64_t head = 0; head < layout.heads; head++) {
          const int64_t flat = (row * layout.heads + head) * size, inFold = layout.queryAt(row, head) * size;
          std::memcpy(to + (merge ? flat : inFold), from + (merge ? inFold : flat), sizeof(T) * size);
        }
    });
  }
};
template <class T>
using MergeHeads = MoveHeads<T, true>;
template <class T>
using SplitHeads = MoveHeads<T, false>;

} // namespace

void addHeadsOps() {
  const Specs layout = {"tokens: int", "heads: int", "key_value_heads: int"};
  const Specs full = {"tokens: int", "heads: int", "key_value_heads: int", "epsilon: float", "scale: float"};
  addOp<Heads>("SelfspecHeads",
               {"projected: T", "cos: float", "sin: float", "positions: int32", "query_norm: float", "key_norm: float"},
               {"query: T", "key: T", "value: T"}, full);
  addOp<HeadsGradient>("SelfspecHeadsGradient",
                       {"query: T", "key: T", "value: T", "projected: T", "cos: float", "sin: float", "positions: int32",
                        "query_norm: float", "key_norm: float"},
                       {"output: T"}, full);
  addOp<MergeHeads>("SelfspecMergeHeads", {"x: T"}, {"y: T"}, layout);
  addOp<SplitHeads>("SelfspecSplitHeads", {"x: T"}, {"y: T"}, layout);
}

} // namespace selfspec
