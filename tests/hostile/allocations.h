#pragma once

#include <cstddef>

namespace lprnet::hostile {

// Bytes asked of operator new in this process since the last reset, freed ones included. A test
// program that links this counts on one thread only.
std::size_t allocated_bytes();
void reset_allocated_bytes();

}  // namespace lprnet::hostile
