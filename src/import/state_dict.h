#pragma once

#include <string>
#include <utility>
#include <vector>

#include "import/pickle.h"

namespace lprnet::importer {

// The tensors in a pickle that are a network's weights, in the file's order: those of a dict of
// tensors, at the top or nested under a usual key ("state_dict", "model", ...), or of a whole
// pickled module. Names are without the prefixes that wrappers add to all of them; see
// without_wrappers(). Throws Error: kInvalidModel when there are none, kUnsupported for a pickled
// module that hides them.
std::vector<std::pair<std::string, const PickleValue*>> find_weights(const Pickle& pickle,
                                                                     const std::string& where);

// Removes "module." and its like from names that all begin with it. A pipeline's two networks,
// "STNet." and "LPRNet.", become "stn." and "lprnet.".
void without_wrappers(std::vector<std::string>& names);

}  // namespace lprnet::importer
