// The calls into TensorFlow behind op.h.
#include "op.h"

namespace selfspec {

float Attributes::number(const char* name) const {
  Status status;
  float value = 0;
  TF_OpKernelConstruction_GetAttrFloat(construction_, name, &value, status.get());
  status.check();
  return value;
}

int64_t Attributes::integer(const char* name) const {
  Status status;
  int64_t value = 0;
  TF_OpKernelConstruction_GetAttrInt64(construction_, name, &value, status.get());
  status.check();
  return value;
}

bool Attributes::flag(const char* name) const {
  Status status;
  TF_Bool value = 0;
  TF_OpKernelConstruction_GetAttrBool(construction_, name, &value, status.get());
  status.check();
  return value != 0;
}

std::string Attributes::text(const char* name) const {
  Status status;
  int32_t listSize = 0, length = 0;
  TF_OpKernelConstruction_GetAttrSize(construction_, name, &listSize, &length, status.get());
  status.check();
  std::string value(size_t(length), '\0');
  TF_OpKernelConstruction_GetAttrString(construction_, name, value.data(), value.size(), status.get());
  status.check();
  return value;
}

Tensor Call::input(int index) const {
  Status status;
  TF_Tensor* tensor = nullptr;
  TF_GetInput(context_, index, &tensor, status.get());
  status.check();
  return Tensor(tensor);
}

Tensor Call::allocate(int index, TF_DataType type, size_t bytes, const std::vector<int64_t>& shape) const {
  Status status;
  for (const int64_t size : shape) bytes *= size_t(size);
  TF_Tensor* tensor = TF_AllocateOutput(context_, index, type, shape.data(), int(shape.size()), bytes, status.get());
  status.check();
  return Tensor(tensor);
}

Tensor Call::outputOver(int index, int input) const {
  Status status;
  Tensor tensor = this->input(input);
  TF_SetOutput(context_, index, tensor.get(), status.get());
  status.check();
  return tensor;
}

namespace {
void anyShape(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}
} // namespace

void declareOp(const char* name, Specs inputs, Specs outputs, Specs attributes) {
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(name);
  TF_OpDefinitionBuilderAddAttr(builder, "T: {float, bfloat16}");
  for (const char* spec : attributes) TF_OpDefinitionBuilderAddAttr(builder, spec);
  for (const char* spec : inputs) TF_OpDefinitionBuilderAddInput(builder, spec);
  for (const char* spec : outputs) TF_OpDefinitionBuilderAddOutput(builder, spec);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, anyShape);
  Status status;
  TF_RegisterOpDefinition(builder, status.get());
  status.check();
}

void detail::addKernel(const char* op, TF_DataType type, void* (*make)(TF_OpKernelConstruction*),
                       void (*compute)(void*, TF_OpKernelContext*), void (*drop)(void*)) {
  Status status;
  TF_KernelBuilder* builder = TF_NewKernelBuilder(op, "CPU", make, compute, drop);
  TF_KernelBuilder_TypeConstraint(builder, "T", type, status.get());
  status.check();
  TF_RegisterKernelBuilder(op, builder, status.get());
  status.check();
}

void detail::failConstruction(TF_OpKernelConstruction* construction, const char* message) {
  Status status;
  TF_SetStatus(status.get(), TF_INVALID_ARGUMENT, message);
  TF_OpKernelConstruction_Failure(construction, status.get());
}

void detail::failCall(TF_OpKernelContext* context, const char* message) {
  Status status;
  TF_SetStatus(status.get(), TF_INVALID_ARGUMENT, message);
  TF_OpKernelContext_Failure(context, status.get());
}

} // namespace selfspec
