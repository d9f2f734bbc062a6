// Calls of the entry points, and what their results are held to.
#ifndef PAT_FUZZ_CALLS_H
#define PAT_FUZZ_CALLS_H

#include <functional>
#include <string>
#include <vector>

#include "pat_kernels.h"
#include "random.h"
#include "tensors.h"

namespace fuzz {

// A broken promise; the message says which.
struct Broken {
  std::string message;
};

void hold(bool promise, const std::string& message);

// A call with everything but its tensors decided.
struct Call {
  std::string name;
  Batch batch;
  // Tame parameters: with tame logits, value and gradient are finite.
  bool tame = true;
  // Status 3 may come: a class has the shift −∞.
  bool leaves_out = false;
  std::function<int(const void* logits, const void* labels, void** out, pat_wrong_label* wrong)> run;
};

// Calls it with null pointers, without and with a gradient, twice, and on another number of threads.
void check(Random& random, const Call& call);

// A number as losses take them, or one that they don't; `tame` turns false in the second case.
double parameter(Random& random, double low, double high, bool& tame);

// Numbers of an array that ends where `size` says, so that reading on is noticed.
std::vector<double> class_numbers(Random& random, int64_t size, double low, double high, bool& tame);

// Where `numbers` are, or null now and then where `may_be_null`.
const double* pointer(Random& random, const std::vector<double>& numbers, bool may_be_null);

// The number of classes that a loss says its arrays have; now and then a wrong one, which is refused.
int64_t claimed_classes(Random& random, Batch& batch);

Call softmax_call(Random& random);
Call sigmoid_call(Random& random);
Call region_call(Random& random);

}  // namespace fuzz

#endif
