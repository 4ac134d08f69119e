#include <memory>
#include <string>

#include "checkpoint_arguments.h"
#include "command.h"
#include "json_text.h"
#include "output.h"
#include "text_table.h"

namespace lprnet::cli {
namespace {

struct Options {
  bool json = false;
};

std::string short_number(float value) { return formatted("%.6g", static_cast<double>(value)); }

std::string alphabet_name(const CheckpointProfile& profile) {
  for (const KnownAlphabet& alphabet : known_alphabets()) {
    if (alphabet.tokens == profile.alphabet && alphabet.blank == profile.blank)
      return alphabet.name;
  }
  return "";
}

Json to_json(const CheckpointProfile& profile) {
  const Preprocessing& preprocessing = profile.preprocessing;
  return {{"name", profile.name},
          {"description", profile.description},
          {"source", profile.source},
          {"license", profile.license},
          {"input_size", {profile.input_width, profile.input_height}},
          {"align_corners", profile.align_corners},
          {"preprocess",
           {{"channel_order", name_of(preprocessing.channel_order)},
            {"mean", preprocessing.mean},
            {"scale", preprocessing.scale},
            {"resize", name_of(preprocessing.resize)}}},
          {"decode", {{"alphabet", profile.alphabet}, {"blank", profile.blank}}}};
}

std::string to_text() {
  TextTable profiles({kLeft, kRight, kLeft, kLeft, kLeft, kLeft, kLeft, kLeft});
  profiles.add({"profile", "classes", "alphabet", "input", "channels", "(x - mean) * scale",
                "resize", "what it is"});
  for (const CheckpointProfile& profile : checkpoint_profiles()) {
    const Preprocessing& p = profile.preprocessing;
    profiles.add({profile.name, std::to_string(profile.classes), alphabet_name(profile),
                  std::to_string(profile.input_width) + "x" + std::to_string(profile.input_height),
                  name_of(p.channel_order),
                  short_number(p.mean[0]) + ", " + short_number(p.scale[0]), name_of(p.resize),
                  profile.description});
  }
  TextTable alphabets({kLeft, kRight, kRight, kLeft});
  alphabets.add({"alphabet", "tokens", "blank", "what it is"});
  for (const KnownAlphabet& alphabet : known_alphabets()) {
    alphabets.add({alphabet.name, std::to_string(alphabet.tokens.size()),
                   std::to_string(alphabet.blank), alphabet.description});
  }
  return profiles.to_string() + "\n" + alphabets.to_string();
}

int list_profiles(const Options& options) {
  if (!options.json) {
    print(to_text());
    return kAllDone;
  }
  Json list = Json::array();
  for (const CheckpointProfile& profile : checkpoint_profiles()) list.push_back(to_json(profile));
  print(json_page(list));
  return kAllDone;
}

}  // namespace

Command profiles_command() {
  return {"profiles", "List the kinds of checkpoints that are known",
          "  lprnet profiles\n"
          "  lprnet profiles --json | jq '.[0].decode.alphabet'",
          [](Arguments& arguments) -> std::function<int()> {
            auto options = std::make_shared<Options>();
            arguments.flag("--json", &options->json, "A JSON list");
            return [options] { return list_profiles(*options); };
          }};
}

}  // namespace lprnet::cli
