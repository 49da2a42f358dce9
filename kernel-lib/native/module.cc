// The Node addon. Loading it registers the ops with the TensorFlow that is already in the process, once; its own functions work on
// JavaScript's arrays.
#include <mutex>

#include "kernels.h"
#include "node_api.h"
#include "op.h"
#include "optimiser.h"
#include "tiles.h"

namespace selfspec {
namespace {

void registerOps() {
  static std::once_flag once;
  std::call_once(once, [] {
    addNormOps();
    addGateOps();
    addCrossEntropyOps();
    addSoftmaxOps();
    addHeadsOps();
    addLowRankOps();
    addDequantiseOps();
    addNf4Ops();
    addProductOps();
  });
}

/// The arguments of one call from JavaScript; a wrong one throws, and the call returns undefined.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info, size_t expected) : env_(env), values_(expected) {
    size_t given = expected;
    napi_get_cb_info(env, info, &given, values_.data(), nullptr, nullptr);
    require(given == expected, "a wrong number of arguments");
  }
  double number(size_t index) const {
    double value = 0;
    require(napi_get_value_double(env_, values_[index], &value) == napi_ok, "an argument is not a number");
    return value;
  }
  float* floats(size_t index, int64_t& count) const {
    napi_typedarray_type type{};
    size_t length = 0;
    void* data = nullptr;
    require(napi_get_typedarray_info(env_, values_[index], &type, &length, &data, nullptr, nullptr) == napi_ok &&
                type == napi_float32_array,
            "an argument is not a Float32Array");
    count = int64_t(length);
    return static_cast<float*>(data);
  }

 private:
  napi_env env_;
  std::vector<napi_value> values_;
};

template <napi_value (*body)(napi_env, napi_callback_info)>
napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    return body(env, info);
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
    return nullptr;
  }
}

/// adamw(parameters, gradient, firstMoment, secondMoment, beta1, beta2, epsilon, decay, stepSize, correction, gradientFactor)
napi_value callAdamW(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 11);
  int64_t counts[4];
  float* arrays[4];
  for (int i = 0; i < 4; i++) arrays[i] = given.floats(i, counts[i]);
  for (const int64_t count : counts) require(count == counts[0], "adamw: the arrays differ in length");
  const AdamW step{given.number(4), given.number(5), given.number(6), given.number(7),
                   given.number(8), given.number(9), given.number(10)};
  adamw(step, counts[0], arrays[0], arrays[1], arrays[2], arrays[3]);
  return nullptr;
}

/// squaredNorm(values): number
napi_value callSquaredNorm(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 1);
  int64_t count = 0;
  const float* values = given.floats(0, count);
  napi_value result;
  napi_create_double(env, squaredNorm(count, values), &result);
  return result;
}

} // namespace
} // namespace selfspec

NAPI_MODULE_INIT() {
  using namespace selfspec;
  try {
    registerOps();
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
    return exports;
  }
  const auto provide = [&](const char* name, napi_callback call) {
    napi_value function;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function);
    napi_set_named_property(env, exports, name, function);
  };
  provide("adamw", guarded<callAdamW>);
  provide("squaredNorm", guarded<callSquaredNorm>);
  napi_value tiles;
  napi_get_boolean(env, tilesGranted(), &tiles);
  napi_set_named_property(env, exports, "hasTiles", tiles);
  return exports;
}
