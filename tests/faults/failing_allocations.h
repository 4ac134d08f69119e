#pragma once

namespace lprnet::faults {

enum class Failing { kOne, kAllThatFollow };

// The allocation number `index`, counted from 0 from now on, fails, or all from it on: of operator
// new, and of malloc, calloc and realloc as libjpeg, stb_image and the library call them. A test
// program that links this replaces them. Counts those of every thread.
void fail_allocation(long index, Failing failing);
// No allocation fails from now on. True when one failed since fail_allocation().
bool stop_failing();
// Blocks that are allocated now.
long live_blocks();

}  // namespace lprnet::faults
