#include "checkpoint_arguments.h"

#include <array>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <vector>

#include "alphabet_file.h"
#include "lprnet/error.hpp"

namespace lprnet::cli {
namespace {

[[noreturn]] void refuse(const char* option, const std::string& value, const char* expected) {
  throw Error(ErrorCode::kInvalidArgument,
              std::string(option) + " is '" + value + "', expected " + expected);
}

template <typename T>
bool parse(std::string_view text, T& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

// One number for all channels, or three with commas between them.
std::array<float, 3> parse_channels(const char* option, const std::string& text) {
  std::vector<float> numbers;
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    if (!parse(rest.substr(0, comma), numbers.emplace_back())) numbers.clear();
    if (numbers.empty() || comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (numbers.size() == 1) numbers.resize(3, numbers[0]);
  if (numbers.size() != 3) refuse(option, text, "one number, or three as 1,2,3");
  return {numbers[0], numbers[1], numbers[2]};
}

void parse_size(const std::string& text, CheckpointOptions& options) {
  const std::size_t cross = std::min(text.find('x'), text.size());
  int width = 0;
  int height = 0;
  const std::string_view view(text);
  if (cross == text.size() || !parse(view.substr(0, cross), width) ||
      !parse(view.substr(cross + 1), height) || width < 1 || height < 1) {
    refuse("--input-size", text, "WIDTHxHEIGHT, as in 94x24");
  }
  options.input_width = width;
  options.input_height = height;
}

void set_alphabet(const std::string& named, CheckpointOptions& options) {
  std::string known;
  for (const KnownAlphabet& alphabet : known_alphabets()) {
    if (alphabet.name == named) {
      options.alphabet = alphabet.tokens;
      options.blank = alphabet.blank;
      return;
    }
    known += alphabet.name + ", ";
  }
  if (!std::filesystem::exists(named)) {
    throw Error(ErrorCode::kNotFound,
                "--alphabet is '" + named + "', expected one of " + known +
                    "or a file: a text with one token a line, or a JSON list");
  }
  options.alphabet = read_alphabet(named);
}

}  // namespace

CheckpointOptions CheckpointArguments::options() const {
  CheckpointOptions options;
  options.profile = profile;
  options.weights = weights;
  options.stn = stn;
  options.reading = reading;
  if (!alphabet.empty()) set_alphabet(alphabet, options);
  if (blank != kUnset) options.blank = blank;
  if (channel_order == "BGR") options.channel_order = ChannelOrder::kBgr;
  if (channel_order == "RGB") options.channel_order = ChannelOrder::kRgb;
  if (channel_order == "GRAY") options.channel_order = ChannelOrder::kGray;
  if (!mean.empty()) options.mean = parse_channels("--mean", mean);
  if (!scale.empty()) options.scale = parse_channels("--scale", scale);
  if (resize == "bilinear") options.resize = ResizeFilter::kBilinear;
  if (resize == "bicubic") options.resize = ResizeFilter::kBicubic;
  if (resize == "area") options.resize = ResizeFilter::kArea;
  if (resize == "lanczos") options.resize = ResizeFilter::kLanczos;
  if (!input_size.empty()) parse_size(input_size, options);
  if (!align_corners.empty()) options.align_corners = align_corners == "true";
  options.padded_first_layer = padded_first_layer;
  if (!source.empty()) options.provenance["source"] = source;
  if (!license.empty()) options.provenance["license"] = license;
  return options;
}

void declare_checkpoint(Arguments& arguments, CheckpointArguments* checkpoint) {
  arguments.heading("For a PyTorch checkpoint, which does not say how it reads plates");
  arguments.text("--profile", "NAME", &checkpoint->profile,
                 "Its kind, see lprnet profiles; else told from its tensors");
  arguments.text("--weights", "KEY", &checkpoint->weights,
                 "Where in the file they lie, if several networks are there: ema, ...");
  arguments.text("--stn", "FILE", &checkpoint->stn,
                 "Checkpoint of the spatial transformer before it");
  arguments.text("--reading", "FILE", &checkpoint->reading,
                 "JSON with 'preprocess' or 'decode', instead of the profile's");
  arguments.text(
      "--alphabet", "NAME|FILE", &checkpoint->alphabet,
      "A68, D37, ... (see lprnet profiles), or a file: one token a line, or a JSON list");
  arguments.number("--blank", "N", &checkpoint->blank, CheckpointArguments::kUnset, 65535,
                   "The class that CTC drops; -1: the profile's, of a file the last");
  arguments.heading("Options");
}

void declare_whole_checkpoint(Arguments& arguments, CheckpointArguments* checkpoint) {
  declare_checkpoint(arguments, checkpoint);
  arguments.heading("Instead of what the checkpoint's profile says");
  arguments.choice("--channel-order", &checkpoint->channel_order, {"BGR", "RGB", "GRAY"},
                   "Channels of the network's input");
  arguments.text("--mean", "X[,Y,Z]", &checkpoint->mean,
                 "Input = (byte - mean) * scale, bytes from 0 to 255");
  arguments.text("--scale", "X[,Y,Z]", &checkpoint->scale,
                 "One number for all channels, or one for each");
  arguments.choice("--resize", &checkpoint->resize, {"bilinear", "bicubic", "area", "lanczos"},
                   "How pictures are resized to the input");
  arguments.text("--input-size", "WxH", &checkpoint->input_size,
                 "Of the network in pixels, as 94x24");
  arguments.choice("--align-corners", &checkpoint->align_corners, {"true", "false"},
                   "Of the spatial transformer's sampling");
  arguments.heading("Options");
  arguments.flag("--padded-first-layer", &checkpoint->padded_first_layer,
                 "The first convolution has padding 1");
  arguments.text("--source", "TEXT", &checkpoint->source, "Where the checkpoint is from");
  arguments.text("--license", "TEXT", &checkpoint->license, "The checkpoint's licence");
}

std::string name_of(ChannelOrder order) {
  switch (order) {
    case ChannelOrder::kBgr:
      return "BGR";
    case ChannelOrder::kRgb:
      return "RGB";
    case ChannelOrder::kGray:
      return "GRAY";
  }
  return "";
}

std::string name_of(ResizeFilter filter) {
  switch (filter) {
    case ResizeFilter::kBilinear:
      return "bilinear";
    case ResizeFilter::kBicubic:
      return "bicubic";
    case ResizeFilter::kArea:
      return "area";
    case ResizeFilter::kLanczos:
      return "lanczos";
  }
  return "";
}

}  // namespace lprnet::cli
