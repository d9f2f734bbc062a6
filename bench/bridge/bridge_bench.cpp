// What a call through the bridge costs: the same ATen operators on tiny tensors, called from C++ and through
// pat_op_call, in one run. Each round times both sides, one after the other; the figures are medians over
// rounds of the calling thread's processor time, which a busy machine disturbs least. Both sides make and
// drop their result, the bridge's as a handle. One thread, no gradients.
//
//   cmake -S src.Native -B build/native -G Ninja -DPAT_BUILD_BENCH=ON
//   cmake --build build/native && build/native/bridge_bench [rounds] [calls per round]
//
// Exits with 1 when a call costs more than 2 microseconds over ATen.
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/add.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/native_layer_norm.h>
#include <ATen/ops/ones.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include "pat_torch.h"

namespace {

constexpr double kBudget = 2000.0;  // nanoseconds

struct Case {
  std::string name;
  std::function<void()> direct;
  std::function<void()> bridged;
};

pat_value tensor(const at::Tensor& value) {
  pat_value result{PAT_TENSOR, 0, {0}};
  result.p = const_cast<at::Tensor*>(&value);
  return result;
}

pat_value ints(const std::vector<int64_t>& values) {
  pat_value result{PAT_INT_LIST, static_cast<int32_t>(values.size()), {0}};
  result.p = const_cast<int64_t*>(values.data());
  return result;
}

pat_value integer(int64_t value) { return {PAT_INT, 0, {value}}; }

pat_value floating(double value) {
  pat_value result{PAT_DOUBLE, 0, {0}};
  result.d = value;
  return result;
}

void* find(const char* name, const char* overload) {
  void* op = nullptr;
  if (pat_op_find(name, overload, &op) != 0) throw std::runtime_error(pat_last_error());
  return op;
}

// Calls and frees the returned tensors.
void call(void* op, std::initializer_list<pat_value> arguments) {
  pat_value outs[3];
  int32_t count = 3;
  if (pat_op_call(op, arguments.begin(), static_cast<int32_t>(arguments.size()), outs, &count) != 0) {
    throw std::runtime_error(pat_last_error());
  }
  for (int32_t i = 0; i < count; ++i) pat_tensor_free(outs[i].p);
}

double thread_nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double nanoseconds_per_call(const std::function<void()>& body, int calls) {
  const double start = thread_nanoseconds();
  for (int i = 0; i < calls; ++i) body();
  return (thread_nanoseconds() - start) / calls;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Prints one row; returns the bridge's cost over ATen.
double run(const Case& measured, int rounds, int calls) {
  std::vector<double> direct, bridged;
  nanoseconds_per_call(measured.direct, calls);
  nanoseconds_per_call(measured.bridged, calls);
  for (int round = 0; round < rounds; ++round) {
    direct.push_back(nanoseconds_per_call(measured.direct, calls));
    bridged.push_back(nanoseconds_per_call(measured.bridged, calls));
  }
  const double ours = median(bridged), theirs = median(direct);
  std::printf("%-22s %10.0f %10.0f %10.0f %8.2f\n", measured.name.c_str(), theirs, ours, ours - theirs,
              ours / theirs);
  return ours - theirs;
}

std::vector<Case> cases() {
  const at::Tensor scalar = at::ones({1}), image = at::ones({1, 1, 4, 4}), kernel = at::ones({1, 1, 3, 3}),
                   bias = at::ones({1}), rows = at::ones({2, 8}), weight = at::ones({8});
  static const std::vector<int64_t> one{1, 1}, shape{4, 4}, width{8};
  void* add = find("aten::add", "Tensor");
  void* view = find("aten::view", "");
  void* softmax = find("aten::log_softmax", "int");
  void* convolution = find("aten::conv2d", "");
  void* norm = find("aten::native_layer_norm", "");
  return {
      {"add.Tensor [1]", [=] { at::add(scalar, scalar); },
       [=] {
         call(add, {tensor(scalar), tensor(scalar)});
       }},
      {"view [4,4]", [=] { image.view(shape); },
       [=] {
         call(view, {tensor(image), ints(shape)});
       }},
      {"log_softmax [2,8]", [=] { at::log_softmax(rows, 1); },
       [=] {
         call(softmax, {tensor(rows), integer(1)});
       }},
      {"conv2d [1,1,4,4]", [=] { at::conv2d(image, kernel, bias, one, one); },
       [=] {
         call(convolution, {tensor(image), tensor(kernel), tensor(bias), ints(one), ints(one)});
       }},
      {"native_layer_norm [2,8]", [=] { at::native_layer_norm(rows, width, weight, weight, 1e-5); },
       [=] {
         call(norm, {tensor(rows), ints(width), tensor(weight), tensor(weight), floating(1e-5)});
       }},
  };
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 101;
  const int calls = argc > 2 ? std::atoi(argv[2]) : 1000;
  if (rounds < 1 || calls < 1) {
    std::fprintf(stderr, "usage: bridge_bench [rounds >= 1] [calls per round >= 1]\n");
    return 2;
  }
  at::set_num_threads(1);
  std::printf("libtorch %s, medians of %d rounds of %d calls, ns per call\n", pat_torch_version(), rounds,
              calls);
  std::printf("%-22s %10s %10s %10s %8s\n", "operator", "ATen", "bridge", "difference", "ratio");
  double worst = 0;
  for (const Case& measured : cases()) worst = std::max(worst, run(measured, rounds, calls));
  std::printf("worst difference %.0f ns, budget %.0f ns; %lld live handles at the end\n", worst, kBudget,
              static_cast<long long>(pat_live_tensors()));
  return worst > kBudget;
}
