// RMSNorm (Zhang & Sennrich 2019): y = x · inverse · w with inverse = 1/√(mean(x²) + ε), and its gradient with the residual's added.
#include "op.h"
#include "parallel.h"
#include "kernels.h"

namespace selfspec {
namespace {

template <class T>
void scaleRow(const float* x, float inverse, const float* weight, T* y, int64_t width) {
  sweep(width, [&](int64_t j, auto part) { store(y + j, load(x + j, part) * inverse * load(weight + j, part), part); });
}

template <class T>
struct RmsNorm {
  float epsilon;
  explicit RmsNorm(const Attributes& attributes) : epsilon(attributes.number("epsilon")) {}

  void compute(const Call& call) const {
    const Tensor x = call.input(0), weight = call.input(1);
    const int64_t width = x.size(-1), rows = x.count() / width;
    require(weight.count() == width, "RmsNorm: the weight is not as wide as x");
    const Tensor y = call.output<T>(0, x.shape());
    const Tensor inverses = call.output<float>(1, {rows, 1});
    const float *from = x.data<float>(), *w = weight.data<float>();
    T* to = y.data<T>();
    float* inverse = inverses.data<float>();
    eachStretch(rows, width, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        Floats squares{};
        sweep(width, [&](int64_t j, auto part) {
          const Floats values = load(from + row * width + j, part);
          squares += values * values;
        });
        inverse[row] = 1.0f / std::sqrt(sumOf(squares) / float(width) + epsilon);
        scaleRow(from + row * width, inverse[row], w, to + row * width, width);
      }
    });
  }
};

template <class T>
struct RmsNormApply {
  explicit RmsNormApply(const Attributes&) {}

  void compute(const Call& call) const {
    const Tensor x = call.input(0), inverses = call.input(1), weight = call.input(2);
    const int64_t width = x.size(-1), rows = x.count() / width;
    require(inverses.count() == rows && weight.count() == width, "RmsNormApply: inverse or weight does not fit x");
    const Tensor y = call.output<T>(0, x.shape());
    eachStretch(rows, width, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++)
        scaleRow(x.data<float>() + row * width, inverses.data<float>()[row], weight.data<float>(), y.data<T>() + row * width,
                 width);
    });
  }
};

template <class T>
struct RmsNormGradient {
  explicit RmsNormGradient(const Attributes&) {}

  void compute(const Call& call) const {
    const Tensor x = call.input(0), inverses = call.input(1), weight = call.input(2), gradient = call.input(3),
                 residual = call.input(4);
    const int64_t width = x.size(-1), rows = x.count() / width;
    require(inverses.count() == rows && weight.count() == width, "RmsNormGradient: inverse or weight does not fit x");
    require(gradient.count() == x.count(), "RmsNormGradient: the gradient does not fit x");
    const float* around = residual.count() == 0 ? nullptr : residual.data<float>();
    require(!around || residual.count() == x.count(), "RmsNormGradient: the residual does not fit x");
    const Tensor output = call.output<float>(0, x.shape());
    eachStretch(rows, 2 * width, [&](int64_t begin, int64_t end) {
      const float* w = weight.data<float>();
      for (int64_t row = begin; row < end; row++) {
        const float* values = x.data<float>() + row * width;
        const T* g = gradient.data<T>() + row * width;
        const float inverse = inverses.data<float>()[row];
        Floats along{};
        sweep(width, [&](int64_t j, auto part) { along += load(g + j, part) * load(w + j, part) * load(values + j, part); });
        const float projection = sumOf(along) * inverse * inverse / float(width);
        sweep(width, [&](int64_t j, auto part) {
          const Floats through = load(g + j, part) * load(w + j, part) - load(values + j, part) * projection;
          const int64_t at = row * width + j;
          store(output.data<float>() + at, around ? load(around + at, part) + through * inverse : through * inverse, part);
        });
      }
    });
  }
};

template <class T>
struct ResidualAdd {
  explicit ResidualAdd(const Attributes&) {}

  void compute(const Call& call) const {
    const Tensor x = call.input(0), branch = call.input(1);
    require(x.count() == branch.count(), "ResidualAdd: the branch does not fit the residual");
    const Tensor sum = call.output<float>(0, x.shape());
    eachStretch(x.count(), 1, [&](int64_t begin, int64_t end) {
      sweep(end - begin, [&](int64_t j, auto part) {
        const int64_t at = begin + j;
        store(sum.data<float>() + at, load(x.data<float>() + at, part) + load(branch.data<T>() + at, part), part);
      });
    });
  }
};

} // namespace

void addNormOps() {
  addOp<RmsNorm>("SelfspecRmsNorm", {"x: float", "weight: float"}, {"y: T", "inverse: float"}, {"epsilon: float"});
  addOp<RmsNormApply>("SelfspecRmsNormApply", {"x: float", "inverse: float", "weight: float"}, {"y: T"});
  addOp<RmsNormGradient>("SelfspecRmsNormGradient",
                         {"x: float", "inverse: float", "weight: float", "gradient: T", "residual: float"}, {"output: float"});
  addOp<ResidualAdd>("SelfspecResidualAdd", {"x: float", "branch: T"}, {"sum: float"});
}

} // namespace selfspec
