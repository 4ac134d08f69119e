#pragma once

#include "plan/memory.h"

namespace lprnet::plan {

// One unit of work of a plan: a kernel with its weights, immutable and shared by all sessions.
class Step {
 public:
  Step() = default;
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  virtual ~Step() = default;
  virtual void run(const Memory& memory) const noexcept = 0;
};

}  // namespace lprnet::plan
