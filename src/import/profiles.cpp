#include "import/profiles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/error_text.h"
#include "base/file_bytes.h"
#include "base/text.h"
#include "formats/decode_json.h"
#include "formats/graph_json.h"
#include "formats/json_object.h"

namespace lprnet::importer {
namespace {

constexpr std::string_view kPair = "stnpair";
// Of the public edition.
constexpr std::array<std::string_view, 4> kPublicProfiles{"sirius", "finetuned", kPair, "a78"};

const CheckpointProfile& profile_named(const std::string& name) {
  std::string all;
  for (const CheckpointProfile& profile : checkpoint_profiles()) {
    if (profile.name == name) return profile;
    all += (all.empty() ? "" : ", ") + profile.name;
  }
  base::fail(ErrorCode::kInvalidArgument, "there is no profile ", base::in_quotes(name),
             "; there are: ", all);
}

// What the file `options.reading` says; gives whether it says how pictures are prepared.
bool read_overrides(const std::filesystem::path& path, CheckpointProfile& profile) {
  const std::string where = base::text_of(path);
  const base::Bytes bytes = base::read_file(path, {formats::kMaxGraphText, {}});
  const formats::Document json =
      formats::parse_json({reinterpret_cast<const char*>(bytes.data), bytes.size}, where);
  formats::ObjectReader object(json.json(), where);
  const formats::Json* preprocess = object.find("preprocess");
  const formats::Json* decode = object.find("decode");
  object.refuse_others();
  if (preprocess == nullptr && decode == nullptr) {
    base::fail(ErrorCode::kFormat, where, ": has neither 'preprocess' nor 'decode'");
  }
  if (preprocess != nullptr) {
    profile.preprocessing =
        formats::read_preprocess(*preprocess, where, formats::OtherKeys::kRefused);
  }
  if (decode != nullptr) {
    PlateReader reader;
    formats::read_decode(*decode, reader, where, formats::OtherKeys::kRefused);
    profile.alphabet = std::move(reader.alphabet);
    profile.blank = reader.blank;
  }
  return preprocess != nullptr;
}

void expect_channels(const Preprocessing& preprocessing, int channels, const std::string& where) {
  const bool gray = preprocessing.channel_order == ChannelOrder::kGray;
  if (gray == (channels == 1)) return;
  base::fail(ErrorCode::kInvalidModel, where, ": its network takes ", channels,
             channels == 1 ? " channel" : " channels", ", but the channel order is ",
             gray ? "GRAY, expected BGR or RGB" : "BGR or RGB, expected GRAY");
}

void expect_finite(const std::array<float, 3>& values, const char* what) {
  for (const float value : values) {
    if (!std::isfinite(value)) {
      base::fail(ErrorCode::kInvalidArgument, what, " is ", value, ", expected a finite number");
    }
  }
}

// A dictionary of PaddleOCR has no line for the blank, which is the first class, nor for the space,
// which is the last where use_space_char is on.
void add_left_out(std::vector<std::string>& alphabet, int classes) {
  const int missing = classes - static_cast<int>(alphabet.size());
  if (missing != 1 && missing != 2) return;
  alphabet.insert(alphabet.begin(), "blank");
  if (missing == 2) alphabet.emplace_back(" ");
}

// As FORMAT.md has it: a token for each class, but for a blank that is the last class.
void expect_alphabet(const CheckpointProfile& profile, int classes, const std::string& where) {
  const auto tokens = static_cast<int>(profile.alphabet.size());
  const bool without_blank = tokens == classes - 1 && profile.blank == classes - 1;
  if (tokens != classes && !without_blank) {
    base::fail(ErrorCode::kInvalidModel, where, ": has ", classes,
               " classes, but the alphabet has ", tokens, " tokens (profile '", profile.name,
               "'); name another profile (--profile) or give the right alphabet (--alphabet)");
  }
  if (profile.blank < 0 || profile.blank >= classes) {
    base::fail(ErrorCode::kInvalidModel, where, ": the blank is class ", profile.blank,
               ", expected 0 to ", classes - 1);
  }
}

}  // namespace

const CheckpointProfile& default_profile(const KnownNetwork& network) {
  switch (network.architecture) {
    case Architecture::kTransformerInside:
      return profile_named("stninside");
    case Architecture::kLeaky:
      return profile_named("leaky");
    case Architecture::kSmall:
      return profile_named("small");
    case Architecture::kPublic:
      break;
  }
  if (network.behind_transformer) return profile_named(std::string(kPair));
  const CheckpointProfile& first_blank = profile_named("a78");
  return network.classes == first_blank.classes ? first_blank : profile_named("sirius");
}

std::string reason_of_default(const KnownNetwork& network) {
  const CheckpointProfile& chosen = default_profile(network);
  std::string text =
      base::cat("profile ", base::in_quotes(chosen.name),
                ", as no other was named and the tensors' names are those of ", chosen.description);
  if (network.architecture != Architecture::kPublic || network.behind_transformer) return text;
  std::string others;
  for (const CheckpointProfile& profile : checkpoint_profiles()) {
    const bool is_public = std::find(kPublicProfiles.begin(), kPublicProfiles.end(),
                                     profile.name) != kPublicProfiles.end();
    if (!is_public || profile.name == chosen.name || profile.classes != chosen.classes) continue;
    others += (others.empty() ? "" : ", ") + profile.name;
    if (profile.name == kPair) others += " (whose transformer would be given with --stn)";
  }
  if (!others.empty()) text += "; --profile names another one with such tensors: " + others;
  return text;
}

CheckpointProfile choose_profile(const KnownNetwork& network, const CheckpointOptions& options,
                                 const std::string& where) {
  CheckpointProfile profile =
      options.profile.empty() ? default_profile(network) : profile_named(options.profile);
  const bool order_is_read = !options.reading.empty() && read_overrides(options.reading, profile);
  if (!options.alphabet.empty()) {
    // Held to the same limits as one in a file.
    PlateReader reader;
    formats::read_decode({{"alphabet", options.alphabet}, {"blank", 0}}, reader, where,
                         formats::OtherKeys::kRefused);
    profile.alphabet = options.alphabet;
    profile.blank = network.classes - 1;
    if (options.blank == 0) add_left_out(profile.alphabet, network.classes);
  }
  if (options.blank) profile.blank = *options.blank;
  Preprocessing& preprocessing = profile.preprocessing;
  // No profile is of grey pictures.
  if (network.channels == 1 && !order_is_read) preprocessing.channel_order = ChannelOrder::kGray;
  preprocessing.channel_order = options.channel_order.value_or(preprocessing.channel_order);
  expect_channels(preprocessing, network.channels, where);
  preprocessing.mean = options.mean.value_or(preprocessing.mean);
  preprocessing.scale = options.scale.value_or(preprocessing.scale);
  preprocessing.resize = options.resize.value_or(preprocessing.resize);
  expect_finite(preprocessing.mean, "the mean");
  expect_finite(preprocessing.scale, "the scale");
  if (preprocessing.scale == std::array<float, 3>{}) {
    base::fail(ErrorCode::kInvalidArgument, "the scale is 0, so that all pictures are the same");
  }
  profile.input_width = options.input_width.value_or(profile.input_width);
  profile.input_height = options.input_height.value_or(profile.input_height);
  profile.align_corners = options.align_corners.value_or(profile.align_corners);
  expect_alphabet(profile, network.classes, where);
  profile.classes = network.classes;
  return profile;
}

}  // namespace lprnet::importer
