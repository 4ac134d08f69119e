#pragma once

#include <memory>
#include <optional>
#include <string>

#include "arguments.h"
#include "checkpoint_arguments.h"
#include "decode_arguments.h"
#include "lprnet/limits.hpp"
#include "lprnet/model.hpp"
#include "lprnet/photo_reader.hpp"

namespace lprnet::cli {

// What commands that read photographs are told about both models and about what to look for.
struct PhotoArguments {
  Limits limits;
  std::string reader;
  std::string detector;
  CheckpointArguments checkpoint;
  DecodeArguments decoding;
  std::string detect_size;    // 640x384
  double min_confidence = 0;  // 0: the detector's own
  std::string region;         // x,y,width,height
  int max_plates = PhotoOptions{}.max_plates;
};

// `top_help`: see DecodeArguments.
void declare_photo(Arguments& arguments, PhotoArguments* photo, const std::string& top_help = "");

// The option --region; no value: not given. Throws Error(kInvalidArgument).
std::optional<Region> region_of(const PhotoArguments& photo);

// What PhotoReader is told. Throws Error: kInvalidArgument for a text that does not say what its
// option wants; as load_grammar().
PhotoOptions photo_options(const PhotoArguments& photo);

struct PhotoModels {
  std::shared_ptr<const Model> detector;
  std::shared_ptr<const Model> reader;
};
// Throws as photo_reader().
PhotoModels load_models(const PhotoArguments& photo);

// Loads both models. Throws Error: kInvalidArgument for a text that does not say what its option
// wants, or as Model::load() and PhotoReader.
PhotoReader photo_reader(const PhotoArguments& photo, int threads);

}  // namespace lprnet::cli
