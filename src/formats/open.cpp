#include "formats/open.h"

#include <optional>
#include <utility>

#include "base/error_text.h"
#include "formats/architectures.h"
#include "formats/profiles.h"
#include "formats/pth.h"
#include "formats/safetensors.h"
#include "formats/state_dict.h"
#include "lprnet/version.hpp"

namespace lprnet::formats {
namespace {

// Of .safetensors files: names as PyTorch's wrappers leave them.
graph::WeightMap renamed(const graph::WeightMap& tensors, const std::string& where) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  without_wrappers(names);
  graph::WeightMap weights;
  auto name = names.begin();
  for (const auto& [old_name, tensor] : tensors) {
    if (!weights.emplace(*name, tensor).second) {
      base::fail(ErrorCode::kFormat, where, ": two tensors are named '", *name, "'");
    }
    ++name;
  }
  return weights;
}

// No value when the bytes are a model file, or nothing that is known.
std::optional<graph::WeightMap> read_weights(const base::Bytes& bytes, const std::string& where) {
  if (looks_like_pth(bytes)) return read_pth(bytes, where);
  if (!looks_like_safetensors(bytes)) return std::nullopt;
  const Safetensors content = read_safetensors(bytes, where);
  if (content.metadata.contains(kGraphKey)) return std::nullopt;
  return renamed(content.tensors, where);
}

graph::WeightMap read_transformer(const std::filesystem::path& path) {
  const std::string where = base::text_of(path);
  auto weights = read_weights(base::read_file(path), where);
  if (!weights || !weights->contains("localization.0.weight")) {
    base::fail(ErrorCode::kInvalidModel, where,
               ": is no spatial transformer's checkpoint: no 'localization.0.weight'");
  }
  return std::move(*weights);
}

void refuse_options(const CheckpointOptions& options, const std::string& where) {
  const bool given = !options.profile.empty() || !options.stn.empty() || !options.reading.empty() ||
                     !options.alphabet.empty() || options.blank || options.channel_order ||
                     options.mean || options.scale || options.resize || options.input_width ||
                     options.input_height || options.align_corners || options.padded_first_layer ||
                     !options.provenance.empty();
  if (given) {
    base::fail(
        ErrorCode::kInvalidArgument, where,
        ": is a model file, which says itself how it reads plates; a profile and its like are "
        "for checkpoints");
  }
}

std::string file_name(const std::filesystem::path& path) { return base::text_of(path.filename()); }

ModelFile from_checkpoint(graph::WeightMap weights, const std::filesystem::path& path,
                          const CheckpointOptions& options) {
  ModelFile file;
  file.where = base::text_of(path);
  if (!options.stn.empty()) {
    weights = join_pipeline(read_transformer(options.stn), weights);
  }
  const KnownNetwork network = recognize_network(weights, file.where);
  CheckpointProfile profile = choose_profile(network, options, file.where);
  const NetworkSettings settings{profile.input_width, profile.input_height, profile.align_corners,
                                 options.padded_first_layer};
  file.graph = build_network(network, settings, weights, file.where);
  file.weights = std::move(weights);

  Description& description = file.description;
  description.name = base::cat("LPRNet (", profile.name, ")");
  description.reads_plates = true;
  description.preprocessing = profile.preprocessing;
  description.alphabet = std::move(profile.alphabet);
  description.blank = profile.blank;
  // Where a checkpoint is from is known only when somebody says so.
  if (!options.profile.empty() && !profile.source.empty()) {
    description.provenance["source"] = profile.source;
    description.provenance["license"] = profile.license;
  } else {
    description.provenance["source"] = file_name(path);
    description.provenance["license"] = "not stated";
  }
  description.provenance["profile"] = profile.name;
  description.provenance["checkpoint"] = file_name(path);
  if (!options.stn.empty()) description.provenance["stn"] = file_name(options.stn);
  description.provenance["exporter"] = "lprnet " LPRNET_VERSION_STRING;
  for (const auto& [key, value] : options.provenance) description.provenance[key] = value;
  return file;
}

}  // namespace

ModelFile open_model_bytes(const base::Bytes& bytes, const std::filesystem::path& path,
                           const CheckpointOptions& options) {
  if (auto weights = read_weights(bytes, base::text_of(path))) {
    return from_checkpoint(std::move(*weights), path, options);
  }
  refuse_options(options, base::text_of(path));
  return parse_model_file(bytes, path);
}

ModelFile open_model_file(const std::filesystem::path& path, const CheckpointOptions& options) {
  return open_model_bytes(base::read_file(path), path, options);
}

}  // namespace lprnet::formats
