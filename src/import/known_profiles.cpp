// The published profiles and alphabets. profiles.json holds them, tools/export reads it too.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "formats/graph_json.h"
#include "formats/json_object.h"
#include "import/profiles_json.h"
#include "lprnet/checkpoint.hpp"

namespace lprnet {
namespace {

using formats::Json;
using formats::ObjectReader;

constexpr const char* kWhere = "profiles.json";

// The characters of a UTF-8 text, one token each.
std::vector<std::string> tokens(std::string_view text) {
  std::vector<std::string> list;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (!continues) list.emplace_back();
    list.back().push_back(c);
  }
  return list;
}

KnownAlphabet alphabet_from(const Json& json) {
  ObjectReader object(json, kWhere);
  KnownAlphabet alphabet;
  alphabet.name = object.required<std::string>("name");
  alphabet.description = object.required<std::string>("description");
  alphabet.tokens = tokens(object.required<std::string>("characters"));
  alphabet.blank = static_cast<int>(object.required<std::int64_t>("blank"));
  object.refuse_others();
  return alphabet;
}

CheckpointProfile profile_from(const Json& json) {
  ObjectReader object(json, kWhere);
  CheckpointProfile profile;
  profile.name = object.required<std::string>("name");
  profile.description = object.required<std::string>("description");
  profile.source = object.required<std::string>("source");
  profile.license = object.required<std::string>("license");
  const auto name = object.required<std::string>("alphabet");
  const auto alphabet =
      std::find_if(known_alphabets().begin(), known_alphabets().end(),
                   [&name](const KnownAlphabet& entry) { return entry.name == name; });
  profile.alphabet = alphabet->tokens;
  profile.blank = alphabet->blank;
  profile.classes = std::max(static_cast<int>(alphabet->tokens.size()), alphabet->blank + 1);
  profile.preprocessing =
      formats::read_preprocess(object.get("preprocess"), kWhere, formats::OtherKeys::kRefused);
  profile.input_width = static_cast<int>(object.required<std::int64_t>("input_width"));
  profile.input_height = static_cast<int>(object.required<std::int64_t>("input_height"));
  profile.align_corners = object.required<bool>("align_corners");
  object.get("architecture");  // the tensors' names tell it
  object.refuse_others();
  return profile;
}

template <typename Entry>
std::vector<Entry> entries(const char* key, Entry (*from)(const Json&)) {
  const formats::Document document = formats::parse_json(importer::kProfilesJson, kWhere);
  std::vector<Entry> list;
  for (const Json& entry : document.json().at(key)) list.push_back(from(entry));
  return list;
}

}  // namespace

const std::vector<KnownAlphabet>& known_alphabets() {
  static const std::vector<KnownAlphabet> alphabets = entries("alphabets", &alphabet_from);
  return alphabets;
}

const std::vector<CheckpointProfile>& checkpoint_profiles() {
  static const std::vector<CheckpointProfile> profiles = entries("profiles", &profile_from);
  return profiles;
}

}  // namespace lprnet
