#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/layout.h"

namespace lprnet::plan {

// Rows and columns of zeros around each plane of a value (N, C, H, W).
struct Halo {
  std::int64_t h = 0;  // rows above, and as many below
  std::int64_t w = 0;  // columns to the left, and as many to the right

  bool covers(const Halo& other) const noexcept { return h >= other.h && w >= other.w; }
};

// Where a value lives: in which buffer of the arena, and how.
struct Slot {
  int buffer = -1;
  std::ptrdiff_t offset = 0;  // floats from the buffer's begin to the first element
  tensor::Layout layout;
  // What lies around the planes in the buffer, at the layout's strides, whenever a step reads the
  // slot. Said where the memory is made. Another view of the memory has none, but where it is made
  // in a way that keeps it.
  Halo halo{};

  // The same memory seen another way, from `shift` floats further on.
  Slot view(std::ptrdiff_t shift, const tensor::Layout& other) const {
    return {buffer, offset + shift, other, {}};
  }
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
