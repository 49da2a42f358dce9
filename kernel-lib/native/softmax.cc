// The softmax of attention under a mask that is one stretch a query: position i of a sequence sees columns starts[i] … i. That covers
// causal, sliding-window and block-diagonal (packed) masks; nothing outside the stretch is read, and it is zero in the result.
#include "op.h"
#include "parallel.h"
#include "kernels.h"
#include "scratch.h"

namespace selfspec {
namespace {

/// The rows of [sequences·keyValueHeads, group·tokens, tokens] and the stretch each of them sees.
struct Rows {
  const int64_t batches, height, tokens, sequences;
  const int32_t* const starts;

  Rows(const Tensor& scores, const Tensor& starts)
      : batches(scores.size(0)),
        height(scores.size(1)),
        tokens(scores.size(2)),
        sequences(starts.count() / tokens),
        starts(starts.data<int32_t>()) {
    require(scores.rank() == 3 && tokens > 0 && height % tokens == 0, "softmax: scores are [batches, group·tokens, tokens]");
    require(sequences > 0 && sequences * tokens == starts.count() && batches % sequences == 0,
            "softmax: starts are [sequences·tokens]");
    for (int64_t at = 0; at < starts.count(); at++)
      require(this->starts[at] >= 0 && this->starts[at] <= at % tokens, "softmax: a row starts after itself or before 0");
  }

  /// Calls body(first number of the row, first column seen, columns seen).
  template <class Body>
  void each(Body&& body) const {
    const int64_t batchesOfOne = batches / sequences;
    eachStretch(batches * height, tokens, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const int64_t position = row % height % tokens, sequence = row / height / batchesOfOne;
        const int64_t start = starts[sequence * tokens + position];
        body(row * tokens, start, position + 1 - start);
      }
    });
  }
};

template <class T>
void clearOutside(T* row, int64_t start, int64_t seen, int64_t tokens) {
  std::memset(row, 0, sizeof(T) * start);
  std::memset(row + start + seen, 0, sizeof(T) * (tokens - start - seen));
}

template <class T>
struct MaskedSoftmax {
  bool overwrite;
  explicit MaskedSoftmax(const Attributes& attributes) : overwrite(attributes.flag("overwrite")) {}

  void compute(const Call& call) const {
    const Tensor scores = call.input(0), starts = call.input(1);
    const Rows rows(scores, starts);
    const Tensor output = overwrite ? call.outputOver(0, 0) : call.output<T>(0, scores.shape());
    rows.each([&](int64_t at, int64_t start, int64_t seen) {
      const T* x = scores.data<T>() + at + start;
      T* y = output.data<T>() + at + start;
      float* powers = scratch(rows.tokens);
      Floats most = all(-INFINITY);
      sweep(seen, [&](int64_t j, auto part) { most = larger(most, load(x + j, part, -INFINITY)); });
      const float top = largestOf(most);
      Floats sums{};
      sweep(seen, [&](int64_t j, auto part) {
        const Floats power = exponential(load(x + j, part, -INFINITY) - top);
        sums += power;
        store(powers + j, power, part);
      });
      const float share = 1.0f / sumOf(sums);
      sweep(seen, [&](int64_t j, auto part) { store(y + j, load(powers + j, part) * share, part); });
      clearOutside(output.data<T>() + at, start, seen, rows.tokens);
    });
  }
};

template <class T>
struct SoftmaxGradient {
  bool overwrite;
  explicit SoftmaxGradient(const Attributes& attributes) : overwrite(attributes.flag("overwrite")) {}

  void compute(const Call& call) const {
    const Tensor probabilities = call.input(0), gradient = call.input(1), starts = call.input(2);
    const Rows rows(probabilities, starts);
    require(gradient.count() == probabilities.count(), "SoftmaxGradient: the gradient does not fit the probabilities");
    const Tensor output = overwrite ? call.outputOver(0, 1) : call.output<T>(0, probabilities.shape());
    rows.each([&](int64_t at, int64_t start, int64_t seen) {
      const T *p = probabilities.data<T>() + at + start, *g = gradient.data<T>() + at + start;
      T* y = output.data<T>() + at + start;
      Floats along{};
      sweep(seen, [&](int64_t j, auto part) { along += load(p + j, part) * load(g + j, part); });
      const float mean = sumOf(along);
      sweep(seen, [&](int64_t j, auto part) { store(y + j, load(p + j, part) * (load(g + j, part) - mean), part); });
      clearOutside(output.data<T>() + at, start, seen, rows.tokens);
    });
  }
};

} // namespace

void addSoftmaxOps() {
  addOp<MaskedSoftmax>("SelfspecMaskedSoftmax", {"scores: T", "starts: int32"}, {"probabilities: T"}, {"overwrite: bool"});
  addOp<SoftmaxGradient>("SelfspecSoftmaxGradient", {"probabilities: T", "gradient: T", "starts: int32"}, {"output: T"},
                         {"overwrite: bool"});
}

} // namespace selfspec
