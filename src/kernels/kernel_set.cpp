#include "kernels/kernel_set.h"

#include <cstdlib>

#include "base/error_text.h"
#include "kernels/reference.h"
#include "kernels/targets.h"

namespace lprnet::kernels {

const std::vector<const KernelSet*>& kernel_sets() {
  static const std::vector<const KernelSet*> sets = [] {
    std::vector<const KernelSet*> available;
    for (const Target& target : all_targets()) {
      if (target.supported()) available.push_back(target.kernels);
    }
    return available;
  }();
  return sets;
}

const KernelSet& choose_kernel_set(const std::string& isa) {
  const char* environment = std::getenv("LPRNET_ISA");
  const std::string name = !isa.empty() ? isa : environment != nullptr ? environment : "";
  if (name.empty()) return *kernel_sets().front();
  if (name == reference_kernels().isa) return reference_kernels();
  std::string names = reference_kernels().isa;
  for (const KernelSet* set : kernel_sets()) {
    if (name == set->isa) return *set;
    names += std::string(", ") + set->isa;
  }
  base::fail(ErrorCode::kInvalidArgument, isa.empty() ? "LPRNET_ISA" : "instruction set", " '",
             name, "' is not among those of this build and machine: ", names);
}

}  // namespace lprnet::kernels
