#pragma once

#include <memory>

#include "json_text.h"
#include "lprnet/decode.hpp"
#include "lprnet/image.hpp"
#include "lprnet/model.hpp"

namespace lprnet::serve {

// The probability of each token at each step, in one look at the whole picture:
// {"tokens": [...], "blank": class, "steps": [[one for each token], ...]}. REQUIRES: the model
// reads plates. Throws as Session.
cli::Json heat_map(const std::shared_ptr<const Model>& reader, const DecodeOptions& decoding,
                   const Image& image);

}  // namespace lprnet::serve
