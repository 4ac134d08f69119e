#pragma once

#include "json_text.h"
#include "lprnet/plate.hpp"

namespace lprnet::cli {

// A plate as every command's JSON has it: text, confidence, characters, and what its grammar and
// its alternatives are where there are any. Adds to `json`.
void add_plate(Json& json, const Plate& plate);

}  // namespace lprnet::cli
