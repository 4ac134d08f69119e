#include "formats/grammar_json.h"

#include <cmath>
#include <map>
#include <utility>

#include "base/error_text.h"
#include "base/text.h"
#include "formats/json_line.h"
#include "formats/json_object.h"
#include "formats/known_grammars.h"

namespace lprnet::formats {
namespace {

constexpr const char* kGrammarFormat = "lprnet.grammar";
constexpr std::int64_t kGrammarVersion = 1;
constexpr const char* kAnyToken = "any";
constexpr std::int64_t kMaxPatterns = 1024;

// Code points of a text. REQUIRES: it is UTF-8, as the parser makes sure.
std::vector<std::string> characters_of(const std::string& text) {
  std::vector<std::string> characters;
  for (const char byte : text) {
    constexpr unsigned kKindOfByte = 0xC0;
    constexpr unsigned kContinuation = 0x80;
    if ((static_cast<unsigned char>(byte) & kKindOfByte) != kContinuation)
      characters.emplace_back();
    characters.back() += byte;
  }
  return characters;
}

class Reader {
 public:
  ctc::Grammar read(const Json& json) {
    ObjectReader object = reader_at("", json);
    read_version(object);
    grammar_.name = object.required<std::string>("name");
    if (grammar_.name.size() > base::kMaxNameBytes || base::has_control_characters(grammar_.name)) {
      object.refuse("name", object.get("name"), "a line of up to 512 bytes");
    }
    if (const Json* classes = object.find("classes")) read_classes(*classes, "/classes");
    read_patterns(object.get("patterns"), "/patterns");
    enter("");
    object.refuse_others();
    return std::move(grammar_);
  }

  // What was being read last.
  const std::string& pointer() const noexcept { return pointer_; }

 private:
  // Messages from now on are about this place.
  void enter(const std::string& pointer) { pointer_ = pointer; }
  std::string shown_place() const { return pointer_.empty() ? "the grammar" : pointer_; }
  template <typename... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    base::fail(ErrorCode::kFormat, base::printable(shown_place(), base::kMaxShownBytes), ": ",
               parts...);
  }
  template <typename... Parts>
  [[noreturn]] void refuse_size(const Parts&... parts) const {
    base::fail(ErrorCode::kUnsupported, base::printable(shown_place(), base::kMaxShownBytes), ": ",
               parts...);
  }
  ObjectReader reader_at(const std::string& pointer, const Json& json) {
    enter(pointer);
    return {json, base::printable(shown_place(), base::kMaxShownBytes)};
  }

  void read_version(ObjectReader& object) {
    if (object.required<std::string>("format") != kGrammarFormat) {
      object.refuse("format", object.get("format"), base::cat("'", kGrammarFormat, "'"));
    }
    const auto version = object.required<std::int64_t>("version");
    if (version > kGrammarVersion) {
      refuse_size("written for a newer lprnet (version ", version, "), update the program");
    }
    if (version < kGrammarVersion) object.refuse("version", object.get("version"), "1");
  }

  void read_classes(const Json& json, const std::string& pointer) {
    enter(pointer);
    const auto* members = json.get_ptr<const Json::object_t*>();
    if (members == nullptr) refuse("is ", shown(json), ", expected an object");
    for (const auto& [name, tokens] : *members) {
      enter(pointer_to(pointer, name));
      if (name == kAnyToken) refuse("'any' stands for every token, expected another name");
      std::vector<std::string> list;
      if (const auto* text = tokens.get_ptr<const Json::string_t*>()) {
        list = characters_of(*text);
      } else if (!convert(tokens, list)) {
        refuse("is ", shown(tokens), ", expected a string of characters or a list of tokens");
      }
      if (list.empty()) refuse("is empty, expected a token or more");
      for (const std::string& token : list) {
        if (token.empty()) refuse("has an empty token");
      }
      sets_[name] = static_cast<int>(grammar_.token_sets.size());
      grammar_.token_sets.push_back(std::move(list));
    }
  }

  void read_patterns(const Json& json, const std::string& pointer) {
    enter(pointer);
    const auto* list = json.get_ptr<const Json::array_t*>();
    if (list == nullptr || list->empty()) {
      refuse("is ", shown(json), ", expected a list of patterns, at least one");
    }
    if (list->size() > static_cast<std::size_t>(kMaxPatterns)) {
      refuse_size("has ", list->size(), " patterns, more than the limit of ", kMaxPatterns);
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string place = pointer_to(pointer, i);
      ObjectReader object = reader_at(place, (*list)[i]);
      ctc::Grammar::Pattern pattern;
      pattern.name = object.required<std::string>("name");
      if (!base::is_name(pattern.name)) {
        object.refuse("name", object.get("name"), "a name of up to 512 bytes");
      }
      pattern.weight = read_weight(object);
      pattern.node = read_expression(object.get("is"), pointer_to(place, "is"), 0);
      enter(place);
      object.refuse_others();
      grammar_.patterns.push_back(std::move(pattern));
    }
  }

  static double read_weight(ObjectReader& object) {
    double weight = 1;
    object.optional("weight", weight);
    constexpr double kSmallest = 1e-6;
    constexpr double kLargest = 1e6;
    if (!(weight >= kSmallest && weight <= kLargest)) {
      object.refuse("weight", object.get("weight"), "a number from 1e-6 to 1e6");
    }
    return weight;
  }

  int add(ctc::Grammar::Node node) {
    if (grammar_.nodes.size() == kMaxGrammarNodes) {
      refuse_size("the patterns have more than ", kMaxGrammarNodes, " parts");
    }
    grammar_.nodes.push_back(std::move(node));
    return static_cast<int>(grammar_.nodes.size()) - 1;
  }

  // The node of an expression: a class's name, a list of expressions one behind the other, or an
  // object that says what it is by its key.
  int read_expression(const Json& json, const std::string& pointer, int depth) {
    enter(pointer);
    if (depth == kMaxGrammarDepth)
      refuse_size("is nested deeper than ", kMaxGrammarDepth, " levels");
    using Kind = ctc::Grammar::NodeKind;
    if (const auto* name = json.get_ptr<const Json::string_t*>()) {
      return add({Kind::kTokens, set_of(*name), {}, {}, 0, 0});
    }
    if (const auto* list = json.get_ptr<const Json::array_t*>()) {
      ctc::Grammar::Node node{Kind::kSequence, -1, {}, {}, 0, 0};
      for (std::size_t i = 0; i < list->size(); ++i) {
        node.children.push_back(read_expression((*list)[i], pointer_to(pointer, i), depth + 1));
      }
      return add(std::move(node));
    }
    if (!json.is_object()) {
      refuse("is ", shown(json), ", expected the name of a class, a list, or an object with ",
             kKeys);
    }
    ObjectReader object = reader_at(pointer, json);
    if (object.find("text") != nullptr) return read_literal(object);
    if (object.find("any_of") != nullptr) return read_choice(object, pointer, depth);
    if (object.find("repeat") != nullptr) return read_repeat(object, pointer, depth);
    refuse("has none of the keys ", kKeys);
  }

  int set_of(const std::string& name) const {
    if (name == kAnyToken) return -1;
    const auto found = sets_.find(name);
    if (found == sets_.end()) {
      refuse("there is no class ", base::in_quotes(name), "; a text is written {\"text\": …}");
    }
    return found->second;
  }

  // Characters as they are, one token each.
  int read_literal(ObjectReader& object) {
    const auto text = object.required<std::string>("text");
    object.refuse_others();
    ctc::Grammar::Node sequence{ctc::Grammar::NodeKind::kSequence, -1, {}, {}, 0, 0};
    for (std::string& character : characters_of(text)) {
      grammar_.token_sets.push_back({std::move(character)});
      sequence.children.push_back(add({ctc::Grammar::NodeKind::kTokens,
                                       static_cast<int>(grammar_.token_sets.size()) - 1,
                                       {},
                                       {},
                                       0,
                                       0}));
    }
    return add(std::move(sequence));
  }

  int read_choice(ObjectReader& object, const std::string& pointer, int depth) {
    const std::string place = pointer_to(pointer, "any_of");
    const Json& choices = object.get("any_of");
    object.refuse_others();
    enter(place);
    const auto* list = choices.get_ptr<const Json::array_t*>();
    if (list == nullptr || list->empty()) {
      refuse("is ", shown(choices), ", expected a list of alternatives, at least one");
    }
    ctc::Grammar::Node node{ctc::Grammar::NodeKind::kChoice, -1, {}, {}, 0, 0};
    for (std::size_t i = 0; i < list->size(); ++i) {
      const Json& choice = (*list)[i];
      std::string here = pointer_to(place, i);
      const Json* expression = &choice;
      double weight = 1;
      if (choice.is_object() && choice.contains("is")) {
        ObjectReader weighted = reader_at(here, choice);
        weight = read_weight(weighted);
        expression = &weighted.get("is");
        weighted.refuse_others();
        here = pointer_to(here, "is");
      }
      node.children.push_back(read_expression(*expression, here, depth + 1));
      node.weights.push_back(weight);
    }
    // So that no way is heavier than its pattern.
    double largest = 0;
    for (const double weight : node.weights) largest = std::max(largest, weight);
    for (double& weight : node.weights) weight /= largest;
    return add(std::move(node));
  }

  int read_repeat(ObjectReader& object, const std::string& pointer, int depth) {
    const auto count = [&](const char* key) {
      const auto number = object.required<std::int64_t>(key);
      if (number < 0 || number > kMaxRepeats) {
        object.refuse(key, object.get(key), base::cat("a number from 0 to ", kMaxRepeats));
      }
      return static_cast<int>(number);
    };
    ctc::Grammar::Node node{ctc::Grammar::NodeKind::kRepeat, -1, {}, {}, 0, 0};
    const Json& expression = object.get("repeat");
    if (object.find("times") != nullptr) {
      node.from = node.to = count("times");
    } else {
      node.from = count("from");
      node.to = count("to");
      if (node.to < node.from) {
        object.refuse("to", object.get("to"), base::cat("no less than 'from', ", node.from));
      }
    }
    object.refuse_others();
    node.children.push_back(read_expression(expression, pointer_to(pointer, "repeat"), depth + 1));
    return add(std::move(node));
  }

  static constexpr const char* kKeys = "'text', 'any_of' or 'repeat'";

  ctc::Grammar grammar_;
  std::map<std::string, int> sets_;
  std::string pointer_;
};

}  // namespace

void expect_grammar_size(std::size_t bytes, const std::string& where) {
  if (bytes <= kMaxGrammarText) return;
  base::fail(ErrorCode::kUnsupported, where, ": has ", bytes, " bytes, more than the limit of ",
             kMaxGrammarText, " for a grammar");
}

ctc::Grammar read_grammar(std::string_view text, const std::string& where,
                          const base::Ledger& ledger) {
  expect_grammar_size(text.size(), where);
  const Document document = parse_json(text, where, ledger);
  Reader reader;
  try {
    return reader.read(document.json());
  } catch (const Error& error) {
    throw Error(error.code(),
                base::cat(where, ": line ", line_of(text, reader.pointer()), ": ", error.what()));
  }
}

ctc::Grammar read_grammar_json(const Json& json, const std::string& where) {
  Reader reader;
  try {
    return reader.read(json);
  } catch (const Error& error) {
    throw Error(error.code(), base::cat(where, ": ", error.what()));
  }
}

const std::vector<KnownGrammar>& known_grammars() {
  static const std::vector<KnownGrammar> grammars = {
      {"cn", kGrammarCn}, {"de", kGrammarDe}, {"any", kGrammarAny}};
  return grammars;
}

}  // namespace lprnet::formats
