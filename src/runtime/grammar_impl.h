#pragma once

#include <string>

#include "ctc/grammar.h"
#include "lprnet/decode.hpp"

namespace lprnet {

struct Grammar::Impl {
  std::string text;
  ctc::Grammar grammar;
};

}  // namespace lprnet
