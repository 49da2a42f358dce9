// Cross-entropy of a softmax with the right answer's index, and its gradient (softmax − onehot) · scale, row by row.
#include "op.h"
#include "parallel.h"
#include "kernels.h"
#include "scratch.h"

namespace selfspec {
namespace {

template <class T>
struct CrossEntropy {
  bool overwrite;
  explicit CrossEntropy(const Attributes& attributes) : overwrite(attributes.flag("overwrite")) {}

  void compute(const Call& call) const {
    const Tensor logits = call.input(0), labels = call.input(1), scaling = call.input(2);
    const int64_t rows = logits.size(0), width = logits.size(-1);
    require(labels.count() == rows && scaling.count() == 1, "CrossEntropy: one label a row and one scale");
    const int32_t* label = labels.data<int32_t>();
    for (int64_t row = 0; row < rows; row++)
      require(label[row] >= 0 && label[row] < width, "CrossEntropy: a label is outside the vocabulary");
    const Tensor losses = call.output<float>(0, {rows});
    const Tensor gradient = overwrite ? call.outputOver(1, 0) : call.output<T>(1, logits.shape());
    const float scale = *scaling.data<float>();
    eachStretch(rows, 3 * width, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const T* x = logits.data<T>() + row * width;
        T* dx = gradient.data<T>() + row * width;
        float* powers = scratch(width);
        Floats most = all(-INFINITY);
        sweep(width, [&](int64_t j, auto part) { most = larger(most, load(x + j, part, -INFINITY)); });
        const float top = largestOf(most);
        Floats sums{};
        sweep(width, [&](int64_t j, auto part) {
          const Floats power = exponential(load(x + j, part, -INFINITY) - top);
          sums += power;
          store(powers + j, power, part);
        });
        const float total = sumOf(sums), right = toFloat(x[label[row]]);
        losses.data<float>()[row] = std::log(total) + (top - right);
        const float share = scale / total;
        // The right answer's one is taken off before the rounding: scale is share · total.
        powers[label[row]] -= total;
        sweep(width, [&](int64_t j, auto part) { store(dx + j, load(powers + j, part) * share, part); });
      }
    });
  }
};

} // namespace

void addCrossEntropyOps() {
  addOp<CrossEntropy>("SelfspecCrossEntropy", {"logits: T", "labels: int32", "scale: float"}, {"losses: float", "gradient: T"},
                      {"overwrite: bool"});
}

} // namespace selfspec
