#pragma once

#include <string>
#include <utility>
#include <vector>

#include "import/pickle.h"
#include "import/pickled_modules.h"

namespace lprnet::importer {

// Tensors of one dict, or of one module that was pickled whole, in the file's order. Names are
// without the prefixes that wrappers add to all of them; see Renaming.
struct WeightGroup {
  std::string key;  // where it lies in the file: "state_dict", "nets.lpr"; empty: it is the whole
  std::vector<std::pair<std::string, const PickleValue*>> weights;
  std::vector<PickledModule> modules;  // of a module alone
  bool is_network = false;             // its names are those of a known network
  bool is_transformer = false;         // or of a spatial transformer alone
};

// The groups of tensors in a pickle whose names are those of known networks, wherever they lie; if
// there are none, the first group at the top or under a usual key ("state_dict", "model", ...).
// Throws Error: kInvalidModel when there is none either, kUnsupported for a pickled module that
// hides its tensors.
std::vector<WeightGroup> find_weights(const Pickle& pickle, const std::string& where);

// What takes off "module." and its like where the names of all tensors begin with it. A pipeline's
// two networks, "STNet." and "LPRNet.", become "stn." and "lprnet.", and a last layer that stands
// by itself, "container.weight", that of a sequence, "container.0.weight".
class Renaming {
 public:
  explicit Renaming(std::vector<std::string> names);
  std::string operator()(const std::string& name) const;

 private:
  std::string prefix_;
  std::string ours_;  // "stn." or "lprnet." where all names begin so
};

}  // namespace lprnet::importer
