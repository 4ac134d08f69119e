#pragma once

#include <cstddef>

#include "tensor/layout.h"

namespace lprnet::plan {

// Where a value lives: in which buffer of the arena, and how.
struct Slot {
  int buffer = -1;
  std::ptrdiff_t offset = 0;  // floats from the buffer's begin to the first element
  tensor::Layout layout;
};

// A session's activations as one thread sees them: one block, and where in it the plan has laid
// each buffer.
struct Memory {
  float* arena;
  const std::size_t* buffers;  // floats from the arena's begin
  float* scratch;              // of one thread, for what a step needs while it runs; aligned

  float* at(const Slot& slot) const noexcept {
    return arena + buffers[static_cast<std::size_t>(slot.buffer)] + slot.offset;
  }
  tensor::View view(const Slot& slot) const noexcept { return {at(slot), slot.layout}; }
};

}  // namespace lprnet::plan
