#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/file_bytes.h"

namespace lprnet::fuzz {

// A copy that ends exactly where the input does, so that AddressSanitizer sees a read beyond it.
inline base::Bytes exact_bytes(const std::uint8_t* data, std::size_t size) {
  auto copy = std::make_shared<const std::vector<std::uint8_t>>(data, data + size);
  const std::uint8_t* begin = copy->data();
  return {begin, size, std::move(copy)};
}

inline base::Bytes exact_bytes(const std::string& text) {
  return exact_bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

// Ends the run as a finding.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace lprnet::fuzz
