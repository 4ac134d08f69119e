#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lprnet/limits.hpp"

namespace lprnet::base {

// Throws Error(kLimit) when `found` is more than the limit: `where`, what was found, the limit, and
// how the host raises it.
void expect_within(const Limits& limits, std::int64_t Limits::*limit, std::int64_t found,
                   const std::string& where);

// The host's limits, and the bytes that one load has taken of them so far. A copy counts into the
// same sum.
class Ledger {
 public:
  explicit Ledger(const Limits& limits = {});

  const Limits& limits() const noexcept { return limits_; }
  std::int64_t taken() const noexcept { return *taken_; }

  // Counts bytes that are about to be allocated. Throws Error(kLimit), beginning with `where`, when
  // they are too many.
  void take(std::int64_t bytes, const std::string& where) const;
  // Whether as many more may be taken.
  bool has(std::int64_t bytes) const noexcept { return bytes <= limits_.load_bytes - *taken_; }

 private:
  Limits limits_;
  std::shared_ptr<std::int64_t> taken_;
};

}  // namespace lprnet::base
