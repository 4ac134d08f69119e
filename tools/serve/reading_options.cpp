#include "reading_options.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "lprnet/decode.hpp"
#include "lprnet/error.hpp"

namespace lprnet::serve {
namespace {

constexpr int kMostCandidates = 256;
constexpr int kMostPlates = 512;
constexpr std::size_t kLongestName = 1024;

// What is wrong with a value: said as "expected ...".
struct Unexpected {
  std::string expected;
};

template <typename Number>
Number number_in(const std::string& text, Number minimum, Number maximum) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  const bool fits = error == std::errc() && at == end && value >= minimum && value <= maximum;
  if (!fits) {
    char range[80];
    std::snprintf(range, sizeof range, "a number from %g to %g", static_cast<double>(minimum),
                  static_cast<double>(maximum));
    throw Unexpected{range};
  }
  return value;
}

bool flag_in(const std::string& text) {
  if (text.empty() || text == "1" || text == "true") return true;
  if (text == "0" || text == "false") return false;
  throw Unexpected{"1 or 0"};
}

void set_decoder(DecodeOptions& decoding, const std::string& text) {
  if (text == "model") {
    decoding.decoder = Decoder::kModel;
  } else if (text == "greedy") {
    decoding.decoder = Decoder::kGreedy;
  } else if (text == "beam") {
    decoding.decoder = Decoder::kBeam;
  } else {
    throw Unexpected{"model, greedy or beam"};
  }
}

// Parsing one takes as long as reading some plates. REQUIRES: `name` is one of known_names().
std::shared_ptr<const Grammar> known_grammar(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Grammar>> parsed;
  const std::lock_guard lock(mutex);
  std::shared_ptr<const Grammar>& grammar = parsed[name];
  if (grammar == nullptr) grammar = Grammar::known(name);
  return grammar;
}

// One of the library's: a file is none of a client's business.
void set_grammar(DecodeOptions& decoding, const std::string& text) {
  decoding.ignore_grammar = text == "none";
  decoding.grammar = nullptr;
  if (decoding.ignore_grammar) return;
  const std::vector<std::string> names = Grammar::known_names();
  if (std::find(names.begin(), names.end(), text) == names.end()) {
    std::string expected = "none";
    for (const std::string& name : names) expected += ", " + name;
    throw Unexpected{"one of " + expected};
  }
  decoding.grammar = known_grammar(text);
}

void set_grammar_mode(DecodeOptions& decoding, const std::string& text) {
  if (text == "model") {
    decoding.grammar_mode.reset();
  } else if (text == "strict") {
    decoding.grammar_mode = GrammarMode::kStrict;
  } else if (text == "soft") {
    decoding.grammar_mode = GrammarMode::kSoft;
  } else {
    throw Unexpected{"model, strict or soft"};
  }
}

void set_lines(DecodeOptions& decoding, const std::string& text) {
  if (text == "auto") {
    decoding.lines.reset();
  } else if (text == "1" || text == "2") {
    decoding.lines = text == "2" ? 2 : 1;
  } else {
    throw Unexpected{"auto, 1 or 2"};
  }
}

Region region_in(const std::string& text) {
  std::vector<int> n;
  std::size_t at = 0;
  while (at <= text.size() && n.size() <= 4) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    n.push_back(number_in(text.substr(at, end - at), std::numeric_limits<int>::min(),
                          std::numeric_limits<int>::max()));
    at = end + 1;
  }
  if (n.size() != 4 || n[2] < 1 || n[3] < 1) {
    throw Unexpected{"x,y,width,height in pixels, width and height at least 1"};
  }
  return {n[0], n[1], n[2], n[3]};
}

// False: there is no such option.
bool set(ReadingOptions& options, Task task, const std::string& name, const std::string& text) {
  DecodeOptions& decoding = options.photo.decoding;
  if (name == "name") {
    if (text.empty() || text.size() > kLongestName) throw Unexpected{"1 to 1024 bytes"};
    options.name = text;
  } else if (name == "top") {
    decoding.candidates = number_in(text, 1, kMostCandidates);
  } else if (name == "decoder") {
    set_decoder(decoding, text);
  } else if (name == "beam-width") {
    decoding.beam_width = number_in(text, 1, kMostCandidates);
  } else if (name == "grammar") {
    set_grammar(decoding, text);
  } else if (name == "grammar-mode") {
    set_grammar_mode(decoding, text);
  } else if (name == "temperature") {
    decoding.temperature = number_in(text, 0.01, 100.0);
  } else if (name == "one-look") {
    decoding.further_looks = !flag_in(text);
    options.photo.second_look = decoding.further_looks;
  } else if (name == "lines") {
    set_lines(decoding, text);
  } else if (name == "min-confidence") {
    const double least = number_in(text, 0.0, 1.0);
    options.min_confidence = least;
    options.photo.least_confidence.reset();
    if (least > 0) options.photo.least_confidence = static_cast<float>(least);
  } else if (name == "max-plates" && task == Task::kRead) {
    options.photo.max_plates = number_in(text, 1, kMostPlates);
  } else if (name == "probabilities" && task == Task::kRecognize) {
    options.probabilities = flag_in(text);
  } else if (name == "region" && task == Task::kRead) {
    options.photo.region = region_in(text);
  } else {
    return false;
  }
  return true;
}

const char* known_options(Task task) {
  return task == Task::kRead ? "top, decoder, beam-width, grammar, grammar-mode, temperature, "
                               "one-look, lines, min-confidence, max-plates, region and name"
                             : "top, decoder, beam-width, grammar, grammar-mode, temperature, "
                               "one-look, lines, min-confidence, probabilities and name";
}

}  // namespace

ReadingOptions reading_options(Task task, const Fields& query, const PhotoOptions& defaults) {
  ReadingOptions options;
  options.photo = defaults;
  if (task == Task::kRecognize) options.photo.region.reset();
  std::map<std::string, std::string> given;
  for (const auto& [name, value] : query) {
    if (!given.emplace(name, value).second) {
      options.error = "the option '" + name + "' is given twice";
      return options;
    }
    try {
      if (!set(options, task, name, value)) {
        options.error =
            "there is no option '" + name + "'; there are " + std::string(known_options(task));
        return options;
      }
    } catch (const Unexpected& what) {
      options.error = name + ": '" + value + "', expected " + what.expected;
      return options;
    }
  }
  // What is said of a reading does not concern the reader of crops.
  given.erase("name");
  given.erase("probabilities");
  if (task == Task::kRecognize) given.erase("min-confidence");
  options.key = task == Task::kRead ? "read" : "recognize";
  for (const auto& [name, value] : given) options.key += '&' + name + '=' + value;
  return options;
}

}  // namespace lprnet::serve
