#include "import/open.h"

#include <optional>
#include <utility>

#include "base/error_text.h"
#include "base/text.h"
#include "formats/other_file.h"
#include "formats/safetensors.h"
#include "import/architectures.h"
#include "import/profiles.h"
#include "import/pth.h"
#include "import/state_dict.h"
#include "lprnet/version.hpp"

namespace lprnet::importer {
namespace {

// Of .safetensors files: names as PyTorch's wrappers leave them.
Checkpoint renamed(const graph::WeightMap& tensors, const std::string& where) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  const Renaming renamed(std::move(names));
  Checkpoint checkpoint;
  for (const auto& [name, tensor] : tensors) {
    if (!checkpoint.weights.emplace(renamed(name), tensor).second) {
      base::fail(ErrorCode::kFormat, where, ": two tensors are named '", renamed(name), "'");
    }
  }
  return checkpoint;
}

// Read only when it begins as one of the formats does.
base::Bytes read_model_bytes(const std::filesystem::path& path, const base::Ledger& ledger) {
  return base::read_file(path, ledger, [&](std::span<const std::uint8_t> bytes) {
    const base::Bytes head{bytes.data(), bytes.size(), nullptr};
    if (!looks_like_pth(head) && !formats::looks_like_model_file(head)) {
      formats::refuse_other_file(head, base::text_of(path));
    }
  });
}

graph::WeightMap read_transformer(const std::filesystem::path& path, const base::Ledger& ledger) {
  const std::string where = base::text_of(path);
  const base::Bytes bytes = read_model_bytes(path, ledger);
  graph::WeightMap weights;
  if (looks_like_pth(bytes)) {
    weights = read_pth(bytes, where, ledger, {Wanted::Part::kTransformer, ""}).weights;
  } else if (formats::looks_like_safetensors(bytes)) {
    weights = renamed(formats::read_safetensors(bytes, where, ledger).tensors, where).weights;
  }
  if (!weights.contains("localization.0.weight")) {
    base::fail(ErrorCode::kInvalidModel, where,
               ": is no spatial transformer's checkpoint: no 'localization.0.weight'");
  }
  return weights;
}

void refuse_options(const CheckpointOptions& options, const std::string& where) {
  const bool given = !options.profile.empty() || !options.weights.empty() || !options.stn.empty() ||
                     !options.reading.empty() || !options.alphabet.empty() || options.blank ||
                     options.channel_order || options.mean || options.scale || options.resize ||
                     options.input_width || options.input_height || options.align_corners ||
                     options.padded_first_layer || !options.provenance.empty();
  if (given) {
    base::fail(
        ErrorCode::kInvalidArgument, where,
        ": is a model file, which says itself how it reads plates; a profile and its like are "
        "for checkpoints");
  }
}

std::string file_name(const std::filesystem::path& path) { return base::text_of(path.filename()); }

formats::ModelFile from_checkpoint(Checkpoint checkpoint, const std::filesystem::path& path,
                                   const CheckpointOptions& options, const base::Ledger& ledger) {
  formats::ModelFile file;
  file.where = base::text_of(path);
  graph::WeightMap& weights = checkpoint.weights;
  graph::WeightMap& transformer = checkpoint.transformer;
  if (!options.stn.empty()) transformer = read_transformer(options.stn, ledger);
  if (!transformer.empty()) {
    weights = join_pipeline(transformer, weights);
    join_pipeline(checkpoint.modules);
  }
  const KnownNetwork network = recognize_network(weights, file.where);
  CheckpointProfile profile = choose_profile(network, options, file.where);
  const NetworkSettings settings{profile.input_width, profile.input_height, profile.align_corners,
                                 options.padded_first_layer};
  file.graph = build_network(network, settings, weights, file.where);
  expect_same_layers(checkpoint.modules, file.graph, file.where);
  file.weights = std::move(weights);

  Description& description = file.description;
  description.name = base::cat("LPRNet (", profile.name, ")");
  PlateReader reader;
  reader.preprocessing = profile.preprocessing;
  reader.alphabet = std::move(profile.alphabet);
  reader.blank = profile.blank;
  description.purpose = std::move(reader);
  // Where a checkpoint is from is known only when somebody says so.
  if (!options.profile.empty() && !profile.source.empty()) {
    description.provenance["source"] = profile.source;
    description.provenance["license"] = profile.license;
  } else {
    description.provenance["source"] = file_name(path);
    description.provenance["license"] = "not stated";
  }
  description.provenance["profile"] = profile.name;
  if (options.profile.empty()) description.provenance["assumed"] = reason_of_default(network);
  description.provenance["checkpoint"] = file_name(path);
  if (!options.stn.empty()) {
    description.provenance["stn"] = file_name(options.stn);
  } else if (!checkpoint.transformer_key.empty()) {
    description.provenance["stn"] = base::cat(file_name(path), ": ", checkpoint.transformer_key);
  }
  if (!options.weights.empty()) description.provenance["weights"] = options.weights;
  description.provenance["exporter"] = "lprnet " LPRNET_VERSION_STRING;
  for (const auto& [key, value] : options.provenance) description.provenance[key] = value;
  return file;
}

formats::ModelFile open(const base::Bytes& bytes, const std::filesystem::path& path,
                        const CheckpointOptions& options, const base::Ledger& ledger,
                        formats::WeightsFile weights_file) {
  const std::string where = base::text_of(path);
  if (looks_like_pth(bytes)) {
    const Wanted wanted{Wanted::Part::kNetwork, options.weights};
    return from_checkpoint(read_pth(bytes, where, ledger, wanted), path, options, ledger);
  }
  if (formats::looks_like_safetensors(bytes)) {
    formats::Safetensors content = formats::read_safetensors(bytes, where, ledger);
    if (!content.metadata.contains(formats::kGraphKey)) {
      return from_checkpoint(renamed(content.tensors, where), path, options, ledger);
    }
    refuse_options(options, where);
    return formats::model_file_from(std::move(content), where, ledger);
  }
  refuse_options(options, where);
  return formats::parse_model_file(bytes, path, ledger, weights_file);
}

}  // namespace

formats::ModelFile open_model_bytes(const base::Bytes& bytes, const std::filesystem::path& path,
                                    const CheckpointOptions& options, const base::Ledger& ledger) {
  return open(bytes, path, options, ledger, formats::WeightsFile::kRefused);
}

formats::ModelFile open_model_file(const std::filesystem::path& path,
                                   const CheckpointOptions& options, const base::Ledger& ledger) {
  return open(read_model_bytes(path, ledger), path, options, ledger, formats::WeightsFile::kBeside);
}

}  // namespace lprnet::importer
