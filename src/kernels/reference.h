#pragma once

#include "kernels/kernel_set.h"

namespace lprnet::kernels {

// Plain loops in double precision, one lane: slow, and what every other set is tested against.
// Chosen only by its name, "reference".
const KernelSet& reference_kernels();

}  // namespace lprnet::kernels
