#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "common.h"

using pat::guarded;
using pat::require;
using pat::tensor_of;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

// What a block computes, and the buffers that computing it may change.
struct Block : torch::CustomClassHolder {
  Block(pat_block run, pat_release release, void* context, size_t inputs)
      : run(run), release(release), context(context), inputs(inputs) {}
  ~Block() override { release(context); }

  at::Tensor operator()(const at::Tensor* values) const {
    std::vector<void*> handles;
    for (size_t i = 0; i < inputs; ++i) handles.push_back(pat::new_handle(values[i]));
    at::Tensor output;
    char message[1024] = "";
    const int32_t room = sizeof message;
    if (run(context, handles.data(), static_cast<int32_t>(inputs), &output, message, room) != 0) {
      throw pat::Failure(message);
    }
    require(output.defined(), "a block that is to be recomputed gave no tensor");
    return output;
  }

  pat_block run;
  pat_release release;
  void* context;
  size_t inputs;
  variable_list buffers;
};

// Puts buffers back as they were, past autograd's version counter: what saved them sees the same values.
struct Restored {
  explicit Restored(const variable_list& buffers) : buffers(buffers) {
    const c10::NoGradGuard quiet;
    for (const at::Tensor& buffer : buffers) values.push_back(buffer.clone());
  }
  ~Restored() {
    const c10::NoGradGuard quiet;
    for (size_t i = 0; i < values.size(); ++i) buffers[i].variable_data().copy_(values[i]);
  }

  const variable_list& buffers;
  variable_list values;
};

struct Recomputed : torch::autograd::Function<Recomputed> {
  static at::Tensor forward(AutogradContext* ctx, at::TensorList tensors, c10::intrusive_ptr<Block> block) {
    ctx->save_for_backward(tensors.vec());
    at::Tensor output = (*block)(tensors.data());
    ctx->saved_data["block"] = c10::IValue::make_capsule(std::move(block));
    return output;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto block = c10::static_intrusive_pointer_cast<Block>(ctx->saved_data["block"].toCapsule());
    variable_list tensors = ctx->get_saved_variables();
    variable_list wanted;
    for (size_t i = 0; i < tensors.size(); ++i) {
      const bool needed = tensors[i].requires_grad();
      if (i < block->inputs) tensors[i] = tensors[i].detach().requires_grad_(needed);
      if (needed) wanted.push_back(tensors[i]);
    }
    variable_list found = differentiate(*block, tensors, wanted, gradients[0]);
    variable_list results;
    size_t next = 0;
    for (const at::Tensor& tensor : tensors) {
      results.push_back(tensor.requires_grad() ? std::move(found[next++]) : at::Tensor());
    }
    results.emplace_back();  // of the block itself
    return results;
  }

 private:
  static variable_list differentiate(const Block& block, const variable_list& tensors,
                                     const variable_list& wanted, const at::Tensor& gradient) {
    at::Tensor output;
    {
      const Restored restored(block.buffers);
      const c10::AutoGradMode record(true);
      output = block(tensors.data());
    }
    return torch::autograd::grad({output}, wanted, {gradient}, false, false, true);
  }
};

variable_list tensors_at(void* const* handles, int32_t count) {
  require(count >= 0 && (count == 0 || handles != nullptr), "pat_recompute: a list of tensors is null");
  variable_list tensors;
  for (int32_t i = 0; i < count; ++i) tensors.push_back(tensor_of(handles[i]));
  return tensors;
}

}  // namespace

int pat_recompute(pat_block run, pat_release release, void* context, void* const* inputs, int32_t ninputs,
                  void* const* parameters, int32_t nparameters, void* const* buffers, int32_t nbuffers,
                  void** output) {
  return guarded([&] {
    require(run != nullptr && release != nullptr, "pat_recompute: the block's functions are null");
    require(output != nullptr, "pat_recompute: where to put the output is null");
    *output = nullptr;
    auto block = c10::make_intrusive<Block>(run, release, context, static_cast<size_t>(ninputs));
    block->buffers = tensors_at(buffers, nbuffers);
    variable_list tensors = tensors_at(inputs, ninputs);
    const variable_list learned = tensors_at(parameters, nparameters);
    tensors.insert(tensors.end(), learned.begin(), learned.end());
    *output = pat::new_handle(Recomputed::apply(at::TensorList(tensors), std::move(block)));
  });
}

int pat_tensor_assign(void* target, const void* source) {
  return guarded([&] {
    require(target != nullptr, "pat_tensor_assign: the target is null");
    *static_cast<at::Tensor*>(target) = tensor_of(source);
  });
}
