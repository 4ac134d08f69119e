#include "formats/decode_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/error_text.h"
#include "base/text.h"
#include "formats/grammar_json.h"
#include "formats/json_document.h"
#include "formats/json_word.h"
#include "formats/json_writer.h"

namespace lprnet::formats {
namespace {

constexpr std::array<Word<GrammarMode>, 2> kGrammarModes{{
    {"strict", GrammarMode::kStrict},
    {"soft", GrammarMode::kSoft},
}};

constexpr std::array<Word<Scores>, 2> kScores{{
    {"logits", Scores::kLogits},
    {"probabilities", Scores::kProbabilities},
}};

constexpr std::size_t kMaxLooks = 32;
constexpr const char* kUpsideDown = "upside_down";
constexpr const char* kMirrored = "mirrored";
// In sizes of the picture; what is further away shows nothing but its edge.
constexpr double kFarthest = 2;
constexpr double kMaxTurn = 60;
constexpr double kMaxAspect = 16;
constexpr double kLeastShare = 0.05;

float number(const ObjectReader& object, const char* key, const Json& json, double least,
             double most) {
  double value = 0;
  if (!convert(json, value) || value < least || value > most) {
    object.refuse(key, json, base::cat("a number from ", least, " to ", most));
  }
  return static_cast<float>(value);
}

Part read_part(ObjectReader& object) {
  Part part;
  for (const auto& [key, edge] : {std::pair{"left", &part.left},
                                  {"top", &part.top},
                                  {"right", &part.right},
                                  {"bottom", &part.bottom}}) {
    *edge = number(object, key, object.get(key), -kFarthest, kFarthest);
  }
  if (!(part.left < part.right && part.top < part.bottom)) {
    base::fail(ErrorCode::kFormat, object.where(), ": is from ", part.left, ", ", part.top, " to ",
               part.right, ", ", part.bottom, ", expected left < right and top < bottom");
  }
  return part;
}

Look read_look(const Json& json, const std::string& where, OtherKeys others) {
  ObjectReader object(json, where);
  Look look{read_part(object)};
  if (const Json* turn = object.find("turn")) {
    look.turn = number(object, "turn", *turn, -kMaxTurn, kMaxTurn);
  }
  if (const Json* lines = object.find("lines")) {
    if (*lines != 1 && *lines != 2) object.refuse("lines", *lines, "1 or 2");
    look.lines = lines->get<int>();
  }
  object.finish(others);
  return look;
}

Part read_line(ObjectReader& lines, const char* key, OtherKeys others) {
  ObjectReader object(lines.get(key), base::cat(lines.where(), ": '", key, "'"));
  const Part part = read_part(object);
  object.finish(others);
  return part;
}

TwoLines read_two_lines(const Json& json, const std::string& where, OtherKeys others) {
  ObjectReader object(json, where + ": 'two_lines'");
  TwoLines two;
  two.aspect = number(object, "aspect", object.get("aspect"), 1 / kMaxAspect, kMaxAspect);
  two.widest = number(object, "widest", object.get("widest"), 1 / kMaxAspect, kMaxAspect);
  two.upper = read_line(object, "upper", others);
  two.lower = read_line(object, "lower", others);
  two.upper_share =
      number(object, "upper_share", object.get("upper_share"), kLeastShare, 1 - kLeastShare);
  object.finish(others);
  return two;
}

// The number with the fewest digits that is this one in single precision, so that 0.1F is written
// as 0.1.
double finite(const char* key, float value, const std::string& where) {
  if (!std::isfinite(value)) {
    base::fail(ErrorCode::kInvalidArgument, where, ": 'further_looks': '", key, "' is not finite");
  }
  std::array<char, 32> digits{};
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  double shortest = 0;
  std::from_chars(digits.data(), end, shortest);
  return shortest;
}

ObjectWriter write_part(const Part& part, const std::string& where) {
  ObjectWriter json;
  for (const auto& [key, value] : {std::pair{"left", part.left},
                                   {"top", part.top},
                                   {"right", part.right},
                                   {"bottom", part.bottom}}) {
    json.set(key, finite(key, value, where));
  }
  return json;
}

std::string write_look(const Look& look, const std::string& where) {
  ObjectWriter json = write_part(look, where);
  if (look.turn != 0) json.set("turn", finite("turn", look.turn, where));
  if (look.lines != 1) json.set("lines", look.lines);
  return json.text();
}

std::string write_two_lines(const TwoLines& two, const std::string& where) {
  ObjectWriter json;
  json.set("aspect", finite("aspect", two.aspect, where));
  json.set("widest", finite("widest", two.widest, where));
  json.set_text("upper", write_part(two.upper, where).text());
  json.set_text("lower", write_part(two.lower, where).text());
  json.set("upper_share", finite("upper_share", two.upper_share, where));
  return json.text();
}

}  // namespace

FurtherLooks read_further_looks(const Json& json, const std::string& where, OtherKeys others) {
  ObjectReader object(json, where + ": 'further_looks'");
  FurtherLooks further;
  further.sure = number(object, "sure", object.get("sure"), 0, 1);
  further.aspect = number(object, "aspect", object.get("aspect"), 1 / kMaxAspect, kMaxAspect);
  const Json& looks = object.get("looks");
  if (!looks.is_array() || looks.empty() || looks.size() > kMaxLooks) {
    object.refuse("looks", looks, base::cat("a list of 1 to ", kMaxLooks, " looks"));
  }
  for (std::size_t i = 0; i < looks.size(); ++i) {
    further.looks.push_back(read_look(looks[i], base::cat(object.where(), ": look ", i), others));
  }
  if (const Json* two = object.find("two_lines")) {
    further.two_lines = read_two_lines(*two, object.where(), others);
  }
  for (std::size_t i = 0; i < further.looks.size(); ++i) {
    if (further.looks[i].lines == 1 || further.two_lines) continue;
    base::fail(ErrorCode::kFormat, object.where(), ": look ", i,
               " is for 2 lines, but there is no 'two_lines' that says how they are read");
  }
  if (object.find("counter_looks") != nullptr) {
    for (const auto& word : object.required<std::vector<std::string>>("counter_looks")) {
      if (word != kUpsideDown && word != kMirrored) {
        object.refuse("counter_looks", object.get("counter_looks"),
                      base::cat("a list of '", kUpsideDown, "' and '", kMirrored, "'"));
      }
      (word == kMirrored ? further.mirrored : further.upside_down) = true;
    }
  }
  object.finish(others);
  return further;
}

std::string write_further_looks(const FurtherLooks& further, const std::string& where) {
  std::vector<std::string> looks;
  for (const Look& look : further.looks) looks.push_back(write_look(look, where));
  ObjectWriter json;
  json.set("sure", finite("sure", further.sure, where));
  json.set("aspect", finite("aspect", further.aspect, where));
  json.set_text("looks", json_array(looks));
  std::vector<std::string> counter_looks;
  if (further.upside_down) counter_looks.emplace_back(kUpsideDown);
  if (further.mirrored) counter_looks.emplace_back(kMirrored);
  if (!counter_looks.empty()) json.set("counter_looks", counter_looks);
  if (further.two_lines) {
    json.set_text("two_lines", write_two_lines(*further.two_lines, where));
  }
  try {
    read_further_looks(parse_json(json.text(), where).json(), where, OtherKeys::kRefused);
  } catch (const Error& error) {
    throw Error(ErrorCode::kInvalidArgument, error.what());
  }
  return json.text();
}

void read_decode(const Json& json, PlateReader& reader, const std::string& where,
                 OtherKeys others) {
  ObjectReader object(json, where + ": 'decode'");
  reader.alphabet = object.required<std::vector<std::string>>("alphabet");
  const auto blank = object.required<std::int64_t>("blank");
  if (others == OtherKeys::kSkipped) {
    if (const Json* grammar = object.find("grammar")) {
      const std::string place = object.where() + ": 'grammar'";
      reader.grammar = grammar->dump();
      expect_grammar_size(reader.grammar.size(), place);
      read_grammar_json(*grammar, place);
      if (object.find("grammar_mode") != nullptr) {
        reader.grammar_mode = read_word(object, "grammar_mode", kGrammarModes);
      }
    }
    object.optional("temperature", reader.temperature);
    if (object.find("scores") != nullptr) reader.scores = read_word(object, "scores", kScores);
    if (const Json* further = object.find("further_looks")) {
      reader.further_looks = read_further_looks(*further, object.where(), others);
    }
  }
  object.finish(others);
  const std::size_t size = reader.alphabet.size();
  if (size == 0) base::fail(ErrorCode::kFormat, object.where(), ": 'alphabet' is empty");
  if (size > kMaxTokens) {
    base::fail(ErrorCode::kUnsupported, object.where(), ": 'alphabet' has ", size,
               " tokens, more than the limit of ", kMaxTokens);
  }
  for (std::size_t i = 0; i < size; ++i) {
    const std::string& token = reader.alphabet[i];
    if (token.size() > kMaxTokenBytes) {
      base::fail(ErrorCode::kUnsupported, object.where(), ": token ", i, " of 'alphabet' has ",
                 token.size(), " bytes, more than the limit of ", kMaxTokenBytes);
    }
    if (base::has_control_characters(token)) {
      base::fail(ErrorCode::kFormat, object.where(), ": token ", i,
                 " of 'alphabet' has a control character: ", base::in_quotes(token));
    }
  }
  if (blank < 0 || static_cast<std::size_t>(blank) > size) {
    base::fail(ErrorCode::kFormat, object.where(), ": 'blank' is ", blank, ", expected 0 to ", size,
               " for an alphabet of ", size, " tokens");
  }
  reader.blank = static_cast<int>(blank);
}

std::string write_decode(const PlateReader& reader, const std::string& where) {
  ObjectWriter decode;
  decode.set("alphabet", reader.alphabet);
  decode.set("blank", reader.blank);
  if (!reader.grammar.empty()) {
    const Document grammar = parse_json(reader.grammar, where + ": the grammar");
    read_grammar_json(grammar.json(), where + ": the grammar");
    decode.set_text("grammar", grammar.json().dump());
    decode.set("grammar_mode", word_for(reader.grammar_mode, kGrammarModes));
  }
  if (!std::isfinite(reader.temperature)) {
    base::fail(ErrorCode::kInvalidArgument, where, ": the temperature is not finite");
  }
  if (reader.temperature != 1) decode.set("temperature", reader.temperature);
  if (reader.scores != Scores::kLogits) decode.set("scores", word_for(reader.scores, kScores));
  if (reader.further_looks) {
    decode.set_text("further_looks", write_further_looks(*reader.further_looks, where));
  }
  return decode.text();
}

bool has_later_decode_keys(const PlateReader& reader) {
  return !reader.grammar.empty() || reader.temperature != 1 || reader.scores != Scores::kLogits ||
         reader.further_looks;
}

}  // namespace lprnet::formats
