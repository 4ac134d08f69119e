#pragma once

#include <vector>

#include "kernels/kernel_set.h"

namespace lprnet::kernels {

// An instruction set that the build has kernels for.
struct Target {
  const KernelSet* kernels;
  bool (*supported)();  // by this machine and its operating system
};

// Best first.
const std::vector<Target>& all_targets();

}  // namespace lprnet::kernels
