#pragma once

#include <vector>

#include "lprnet/export.hpp"
#include "lprnet/plate.hpp"

namespace lprnet {

// What several pictures of one plate show together, such as the frames in which a camera sees a
// car: the text that is most probable given all readings, each with its alternatives (ask for some,
// DecodeOptions::candidates). A text that a reading does not list gets a small share of the
// probability that its texts leave, and each reading may be wrong altogether, so that one sure
// mistake does not outvote several others. Empty texts count for nothing.
//
// The confidence is the text's probability among those that were read and all others. Characters,
// pattern and lines are those of the most confident reading with the text; there are no characters
// where the text is an alternative in each. The next best texts are the alternatives. One reading
// is its own answer; none, or none with a text, give an empty plate. Thread safe. Throws
// std::bad_alloc.
LPRNET_API Plate vote(const std::vector<Plate>& readings);

}  // namespace lprnet
