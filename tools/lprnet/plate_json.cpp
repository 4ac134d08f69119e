#include "plate_json.h"

#include <utility>

namespace lprnet::cli {
namespace {

const char* word_for(GrammarMatch match) {
  switch (match) {
    case GrammarMatch::kUnused:
      return "unused";
    case GrammarMatch::kMatched:
      return "matched";
    case GrammarMatch::kUnmatched:
      return "unmatched";
  }
  return "";
}

// Whether and how a text matches the grammar; nothing where there was none.
void set_grammar(Json& json, GrammarMatch match, const std::string& pattern) {
  if (match == GrammarMatch::kUnused) return;
  json["grammar"] = word_for(match);
  if (!pattern.empty()) json["pattern"] = pattern;
}

Json confidence_of(float confidence) { return rounded(static_cast<double>(confidence), 6); }

}  // namespace

void add_plate(Json& json, const Plate& plate) {
  json["text"] = plate.text;
  json["confidence"] = confidence_of(plate.confidence);
  json["lines"] = plate.lines;
  Json characters = Json::array();
  for (const Character& character : plate.characters) {
    characters.push_back({{"text", character.text},
                          {"confidence", confidence_of(character.confidence)},
                          {"step", character.step}});
  }
  json["characters"] = std::move(characters);
  set_grammar(json, plate.grammar, plate.pattern);
  if (plate.alternatives.empty()) return;
  Json alternatives = Json::array();
  for (const Alternative& alternative : plate.alternatives) {
    Json one = {{"text", alternative.text}, {"confidence", confidence_of(alternative.confidence)}};
    set_grammar(one, alternative.grammar, alternative.pattern);
    alternatives.push_back(std::move(one));
  }
  json["alternatives"] = std::move(alternatives);
}

}  // namespace lprnet::cli
