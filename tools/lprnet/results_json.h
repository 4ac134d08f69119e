#pragma once

#include "json_text.h"
#include "results.h"

namespace lprnet::cli {

// Results as `lprnet recognize` and `lprnet read` write them, see schemas/.
//
// `min_confidence`: where it is above 0, whether the reading reaches it is said as `accepted`.
Json to_json(const Reading& reading, double min_confidence);
Json to_json(const PhotoResult& result);

bool is_accepted(const Reading& reading, double min_confidence);

}  // namespace lprnet::cli
