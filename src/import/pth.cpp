#include "import/pth.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/error_text.h"
#include "base/text.h"
#include "import/state_dict.h"
#include "import/torch_file.h"
#include "import/torch_tensor.h"
#include "import/zip.h"

namespace lprnet::importer {
namespace {

std::string name_of(const WeightGroup& group) {
  return group.key.empty() ? "the whole" : base::in_quotes(group.key);
}

bool is_wanted(const WeightGroup& group, Wanted::Part part) {
  return part == Wanted::Part::kNetwork ? group.is_network : group.is_transformer;
}

// The group that is meant; null when none has the names of what is wanted.
const WeightGroup* choose(const std::vector<WeightGroup>& groups, const Wanted& wanted,
                          const std::string& where) {
  const WeightGroup* chosen = nullptr;
  std::string keys;
  for (const WeightGroup& group : groups) {
    if (!is_wanted(group, wanted.part)) continue;
    if (!wanted.key.empty() && group.key == wanted.key) return &group;
    if (chosen == nullptr) chosen = &group;
    keys += (keys.empty() ? "" : ", ") + name_of(group);
  }
  if (!wanted.key.empty()) {
    base::fail(ErrorCode::kInvalidArgument, where, ": has no weights of a known network under ",
               base::in_quotes(wanted.key), keys.empty() ? "" : ", only under ", keys);
  }
  if (chosen != nullptr && keys != name_of(*chosen)) {
    base::fail(ErrorCode::kInvalidModel, where, ": holds the weights of several networks, under ",
               keys, "; say which are meant (--weights KEY)");
  }
  return chosen;
}

// Of training that rounds: the file has the roundings' parameters beside the weights.
void refuse_rounded(const WeightGroup& group, const std::string& where) {
  for (const auto& [name, value] : group.weights) {
    if (name.find("fake_quant") == std::string::npos &&
        name.find("activation_post_process") == std::string::npos) {
      continue;
    }
    base::fail(ErrorCode::kUnsupported, where, ": is a checkpoint of quantisation-aware training (",
               base::in_quotes(name),
               "), whose network rounds between its layers; take the one in float32 that this "
               "training began with");
  }
}

graph::WeightMap read_group(const WeightGroup& group, TensorReader& tensors,
                            const std::string& where) {
  refuse_rounded(group, where);
  graph::WeightMap weights;
  for (const auto& [name, value] : group.weights) {
    const auto [place, is_new] = weights.emplace(name, graph::RawTensor{});
    if (!is_new) {
      base::fail(ErrorCode::kFormat, where, ": the tensor ", base::in_quotes(name),
                 " stands twice");
    }
    place->second = tensors.read(*value, name);
  }
  return weights;
}

}  // namespace

bool looks_like_pth(const base::Bytes& file) {
  return looks_like_zip(file) || looks_like_torch_stream(file);
}

Checkpoint read_pth(const base::Bytes& file, const std::string& where, const base::Ledger& ledger,
                    const Wanted& wanted) {
  if (!looks_like_pth(file)) {
    base::fail(ErrorCode::kFormat, where, ": is no file of torch.save");
  }
  const TorchFile content = looks_like_zip(file) ? read_torch_zip(file, where, ledger)
                                                 : read_torch_stream(file, where, ledger);
  TensorReader tensors(content, ledger);
  std::vector<WeightGroup> groups = find_weights(content.pickle, where);
  Checkpoint checkpoint;
  const WeightGroup* chosen = choose(groups, wanted, where);
  if (chosen == nullptr) chosen = &groups.front();
  checkpoint.weights = read_group(*chosen, tensors, where);
  checkpoint.modules = chosen->modules;
  if (chosen->is_network && wanted.part == Wanted::Part::kNetwork) {
    const WeightGroup* transformer = choose(groups, {Wanted::Part::kTransformer, ""}, where);
    if (transformer != nullptr) {
      checkpoint.transformer = read_group(*transformer, tensors, where);
      checkpoint.transformer_key = transformer->key;
    }
  }
  return checkpoint;
}

}  // namespace lprnet::importer
