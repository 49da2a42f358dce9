// A C++ face on TensorFlow's C interface for ops and kernels (tensorflow/c/ops.h, tensorflow/c/kernels.h). A kernel is a struct with a
// constructor that takes its attributes and a `compute` that takes inputs and makes outputs; what it throws becomes the op's error.
#pragma once
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "numbers.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

namespace selfspec {

template <class T>
constexpr TF_DataType dataType = TF_FLOAT;
template <>
inline constexpr TF_DataType dataType<bfloat16> = TF_BFLOAT16;

class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  TF_Status* get() const { return status_; }
  void check() const {
    if (TF_GetCode(status_) != TF_OK) throw std::runtime_error(TF_Message(status_));
  }

 private:
  TF_Status* status_;
};

class Tensor {
 public:
  explicit Tensor(TF_Tensor* tensor) : tensor_(tensor, TF_DeleteTensor) {}
  template <class T>
  T* data() const {
    return static_cast<T*>(TF_TensorData(tensor_.get()));
  }
  int rank() const { return TF_NumDims(tensor_.get()); }
  /// The size along an axis; counted from the end where it is negative.
  int64_t size(int axis) const { return TF_Dim(tensor_.get(), axis < 0 ? rank() + axis : axis); }
  int64_t count() const { return TF_TensorElementCount(tensor_.get()); }
  std::vector<int64_t> shape() const {
    std::vector<int64_t> sizes;
    for (int axis = 0; axis < rank(); axis++) sizes.push_back(size(axis));
    return sizes;
  }
  TF_Tensor* get() const { return tensor_.get(); }

 private:
  std::unique_ptr<TF_Tensor, decltype(&TF_DeleteTensor)> tensor_;
};

/// A kernel's attributes.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction* construction) : construction_(construction) {}
  float number(const char* name) const;
  int64_t integer(const char* name) const;
  bool flag(const char* name) const;
  std::string text(const char* name) const;

 private:
  TF_OpKernelConstruction* construction_;
};

/// One call of a kernel.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context) {}
  Tensor input(int index) const;
  template <class T>
  Tensor output(int index, const std::vector<int64_t>& shape) const {
    return allocate(index, dataType<T>, sizeof(T), shape);
  }
  /// An output that takes over an input's memory: the kernel overwrites the input.
  Tensor outputOver(int index, int input) const;

 private:
  Tensor allocate(int index, TF_DataType type, size_t bytes, const std::vector<int64_t>& shape) const;
  TF_OpKernelContext* context_;
};

/// Throws the sentence as the op's error where the condition does not hold.
inline void require(bool condition, const char* sentence) {
  if (!condition) throw std::invalid_argument(sentence);
}

using Specs = std::initializer_list<const char*>;

/// Declares an op; the specs are TensorFlow's ("x: float", "y: T"). `T: {float, bfloat16}` is added to the attributes.
void declareOp(const char* name, Specs inputs, Specs outputs, Specs attributes);

namespace detail {
void addKernel(const char* op, TF_DataType type, void* (*make)(TF_OpKernelConstruction*),
               void (*compute)(void*, TF_OpKernelContext*), void (*drop)(void*));
void failConstruction(TF_OpKernelConstruction* construction, const char* message);
void failCall(TF_OpKernelContext* context, const char* message);
} // namespace detail

template <class Kernel>
void addKernel(const char* op, TF_DataType type) {
  detail::addKernel(
      op, type,
      [](TF_OpKernelConstruction* construction) -> void* {
        try {
          return new Kernel(Attributes(construction));
        } catch (const std::exception& error) {
          detail::failConstruction(construction, error.what());
          return nullptr;
        }
      },
      [](void* kernel, TF_OpKernelContext* context) {
        try {
          static_cast<Kernel*>(kernel)->compute(Call(context));
        } catch (const std::exception& error) {
          detail::failCall(context, error.what());
        }
      },
      [](void* kernel) { delete static_cast<Kernel*>(kernel); });
}

/// Declares an op and adds its kernels for both types of matrix products.
template <template <class> class Kernel>
void addOp(const char* name, Specs inputs, Specs outputs, Specs attributes = {}) {
  declareOp(name, inputs, outputs, attributes);
  addKernel<Kernel<float>>(name, TF_FLOAT);
  addKernel<Kernel<bfloat16>>(name, TF_BFLOAT16);
}

} // namespace selfspec
