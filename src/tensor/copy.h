#pragma once

#include "tensor/layout.h"

namespace lprnet::tensor {

// Element by element, whatever the layouts. REQUIRES: the same shape, no overlap.
void copy(const ConstView& from, const View& to) noexcept;

}  // namespace lprnet::tensor
