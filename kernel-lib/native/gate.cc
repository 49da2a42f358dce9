// The feed-forward block's activation: act(gate) · up of a projection [n, gate | up] (SwiGLU and GeGLU, Shazeer 2020), or act alone.
#include "op.h"
#include "parallel.h"
#include "kernels.h"

namespace selfspec {
namespace {

struct Value {
  Floats value, slope;
};

struct Silu {
  static SELFSPEC_INLINE Value at(Floats x) {
    const Floats s = sigmoid(x);
    return {x * s, s * (1.0f + x * (1.0f - s))};
  }
};

/// GELU in its tanh form (Hendrycks & Gimpel 2016), as x · sigmoid(2u): ½(1 + tanh u) is the sigmoid of 2u.
struct Gelu {
  static SELFSPEC_INLINE Value at(Floats x) {
    constexpr float twiceRoot = 1.5957691216057308f; // 2·√(2/π)
    const Floats square = x * x;
    const Floats s = sigmoid(twiceRoot * x * (1.0f + 0.044715f * square));
    return {x * s, s + x * s * (1.0f - s) * twiceRoot * (1.0f + 3 * 0.044715f * square)};
  }
};

/// Calls body with the activation that the attribute names, and whether there is an up half.
class Activation {
 public:
  explicit Activation(const Attributes& attributes)
      : silu_(attributes.text("activation") == "silu"), gated_(attributes.flag("gated")) {}
  bool gated() const { return gated_; }
  template <class Body>
  void choose(Body&& body) const {
    if (silu_) body(Silu{});
    else body(Gelu{});
  }

 private:
  bool silu_, gated_;
};

template <class T>
struct Gate {
  Activation activation;
  explicit Gate(const Attributes& attributes) : activation(attributes) {}

  void compute(const Call& call) const {
    const Tensor projected = call.input(0);
    const int64_t rows = projected.size(0), given = projected.size(-1);
    const int64_t width = activation.gated() ? given / 2 : given;
    const Tensor output = call.output<T>(0, {rows, width});
    const T* from = projected.data<T>();
    T* to = output.data<T>();
    activation.choose([&](auto chosen) {
      using Chosen = decltype(chosen);
      eachStretch(rows, given, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; row++) {
          const T *gate = from + row * given, *up = gate + width;
          T* out = to + row * width;
          if (activation.gated())
            sweep(width, [&](int64_t j, auto part) {
              store(out + j, Chosen::at(load(gate + j, part)).value * load(up + j, part), part);
            });
          else
            sweep(width, [&](int64_t j, auto part) { store(out + j, Chosen::at(load(gate + j, part)).value, part); });
        }
      });
    });
  }
};

template <class T>
struct GateGradient {
  Activation activation;
  explicit GateGradient(const Attributes& attributes) : activation(attributes) {}

  void compute(const Call& call) const {
    const Tensor projected = call.input(0), gradient = call.input(1);
    const int64_t rows = projected.size(0), given = projected.size(-1);
    const int64_t width = activation.gated() ? given / 2 : given;
    require(gradient.count() == rows * width, "GateGradient: the gradient does not fit the projection");
    const Tensor output = call.output<T>(0, projected.shape());
    const T *from = projected.data<T>(), *above = gradient.data<T>();
    T* to = output.data<T>();
    activation.choose([&](auto chosen) {
      using Chosen = decltype(chosen);
      eachStretch(rows, 2 * given, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; row++) {
          const T *gate = from + row * given, *up = gate + width, *g = above + row * width;
          T *gateOut = to + row * given, *upOut = gateOut + width;
          if (activation.gated())
            sweep(width, [&](int64_t j, auto part) {
              const Value act = Chosen::at(load(gate + j, part));
              const Floats dy = load(g + j, part);
              store(gateOut + j, dy * load(up + j, part) * act.slope, part);
              store(upOut + j, dy * act.value, part);
            });
          else
            sweep(width, [&](int64_t j, auto part) {
              store(gateOut + j, load(g + j, part) * Chosen::at(load(gate + j, part)).slope, part);
            });
        }
      });
    });
  }
};

} // namespace

void addGateOps() {
  const Specs attributes = {"activation: {'silu', 'gelu'}", "gated: bool"};
  addOp<Gate>("SelfspecGate", {"projected: T"}, {"output: T"}, attributes);
  addOp<GateGradient>("SelfspecGateGradient", {"projected: T", "gradient: T"}, {"output: T"}, attributes);
}

} // namespace selfspec
