// The Node addon: loading it registers the ops with the TensorFlow that is already in the process, once.
#include <mutex>

#include "op.h"
#include "node_api.h"
#include "kernels.h"

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
  });
}

} // namespace
} // namespace selfspec

NAPI_MODULE_INIT() {
  try {
    selfspec::registerOps();
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return exports;
}
