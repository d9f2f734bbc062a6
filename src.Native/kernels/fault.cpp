// The register of planted faults; a part of builds with PAT_FAULTS only.
#include "fault.h"

#include <atomic>
#include <string>
#include <vector>

#include "pat_kernels.h"

namespace pat {
namespace {

std::atomic<int> switched_on{-1};

// Known before main: each place registers when the library is loaded. Places with one description, such as
// those that every instruction set has, are one fault.
std::vector<std::string>& descriptions() {
  static std::vector<std::string> all;
  return all;
}

int id_of(const std::string& what) {
  std::vector<std::string>& all = descriptions();
  for (size_t id = 0; id < all.size(); ++id) {
    if (all[id] == what) return static_cast<int>(id);
  }
  all.push_back(what);
  return static_cast<int>(all.size()) - 1;
}

}  // namespace

Fault::Fault(const char* what) : id_(id_of(what)) {}

bool Fault::on() const { return switched_on.load(std::memory_order_relaxed) == id_; }

}  // namespace pat

int32_t pat_fault_count(void) { return static_cast<int32_t>(pat::descriptions().size()); }

const char* pat_fault_description(int32_t id) { return pat::descriptions().at(id).c_str(); }

void pat_fault_switch(int32_t id) { pat::switched_on.store(id, std::memory_order_relaxed); }
