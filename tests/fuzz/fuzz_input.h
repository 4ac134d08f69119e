#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/file_bytes.h"
#include "base/ledger.h"

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

// Limits that keep a run short and within the fuzzer's memory.
inline base::Ledger small_limits() {
  Limits limits;
  limits.nodes = 256;
  limits.value_elements = 1 << 20;
  limits.weight_elements = 1 << 20;
  limits.arena_bytes = 1 << 24;
  limits.operations = 10'000'000;
  limits.load_bytes = 1 << 26;
  return base::Ledger(limits);
}

// Ends the run as a finding.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace lprnet::fuzz
