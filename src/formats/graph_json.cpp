#include "formats/graph_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error_text.h"
#include "base/ledger.h"
#include "base/text.h"
#include "formats/decode_json.h"
#include "formats/detect_json.h"
#include "formats/json_object.h"
#include "formats/json_word.h"
#include "formats/operator_json.h"

namespace lprnet::formats {
namespace {

constexpr const char* kFormat = "lprnet.graph";

// In version 1 every key must be known. From version 2 on the document lists what a reader must
// understand beyond version 1, and other keys may be skipped.
constexpr std::int64_t kStrictVersion = 1;
constexpr std::int64_t kGraphVersion = 2;
constexpr const char* kOutputs = "outputs";
constexpr const char* kDetect = "detect";
constexpr const char* kLetterbox = "letterbox";
constexpr std::array<std::string_view, 3> kUnderstood{kOutputs, kDetect, kLetterbox};

constexpr std::array<Word<ChannelOrder>, 3> kChannelOrders{{
    {"BGR", ChannelOrder::kBgr},
    {"RGB", ChannelOrder::kRgb},
    {"GRAY", ChannelOrder::kGray},
}};
constexpr std::array<Word<ResizeFilter>, 4> kResizeFilters{{
    {"bilinear", ResizeFilter::kBilinear},
    {"bicubic", ResizeFilter::kBicubic},
    {"area", ResizeFilter::kArea},
    {"lanczos", ResizeFilter::kLanczos},
}};

std::size_t channels_of(ChannelOrder order) { return order == ChannelOrder::kGray ? 1 : 3; }

void expect_name(const std::string& name, const char* key, const std::string& where) {
  if (base::is_name(name)) return;
  base::fail(ErrorCode::kFormat, where, ": '", key, "' is ", base::in_quotes(name),
             ", expected a name of 1 to ", base::kMaxNameBytes,
             " bytes without control characters");
}

std::string read_name(ObjectReader& object, const char* key) {
  auto name = object.required<std::string>(key);
  expect_name(name, key, object.where());
  return name;
}

const Json::array_t& list_in(ObjectReader& object, const char* key) {
  const Json& found = object.get(key);
  const auto* list = found.get_ptr<const Json::array_t*>();
  if (list == nullptr) object.refuse(key, found, "a list");
  return *list;
}

OtherKeys read_version(ObjectReader& document) {
  const auto format = document.required<std::string>("format");
  if (format != kFormat) {
    base::fail(ErrorCode::kFormat, document.where(), ": 'format' is ", base::in_quotes(format),
               ", expected '", kFormat, "'");
  }
  const auto version = document.required<std::int64_t>("version");
  if (version > kGraphVersion) {
    base::fail(ErrorCode::kUnsupported, document.where(), ": written for a newer lprnet (version ",
               version, "), update the program");
  }
  if (version < kStrictVersion) {
    base::fail(ErrorCode::kFormat, document.where(), ": 'version' is ", version, ", expected ",
               kStrictVersion, " or ", kGraphVersion);
  }
  if (version == kStrictVersion) return OtherKeys::kRefused;
  for (const auto& feature : document.required<std::vector<std::string>>("requires")) {
    if (std::find(kUnderstood.begin(), kUnderstood.end(), feature) == kUnderstood.end()) {
      base::fail(ErrorCode::kUnsupported, document.where(), ": requires ", base::in_quotes(feature),
                 ", which this lprnet does not know, update the program");
    }
  }
  return OtherKeys::kSkipped;
}

// The outputs by name, or version 1's only one, which is named as its value.
std::vector<graph::Graph::Output> read_outputs(ObjectReader& document, OtherKeys others) {
  if (others == OtherKeys::kRefused || document.find(kOutputs) == nullptr) {
    const auto value = read_name(document, "output");
    return {{value, value}};
  }
  std::vector<graph::Graph::Output> outputs;
  for (const Json& json : list_in(document, kOutputs)) {
    ObjectReader object(json, base::cat(document.where(), ": output ", outputs.size()));
    outputs.push_back({read_name(object, "name"), read_name(object, "value")});
    object.finish(others);
  }
  if (outputs.empty() || outputs.size() > graph::kMaxOutputs) {
    base::fail(ErrorCode::kFormat, document.where(), ": '", kOutputs, "' has ", outputs.size(),
               " entries, expected 1 to ", graph::kMaxOutputs);
  }
  return outputs;
}

graph::Graph::Input read_input(const Json& json, std::size_t index, const std::string& where) {
  ObjectReader object(json, base::cat(where, ": input ", index));
  graph::Graph::Input input{read_name(object, "name"),
                            object.required<std::vector<std::int64_t>>("shape")};
  object.refuse_others();
  return input;
}

graph::Graph::Node read_node(const Json& json, std::size_t index, const std::string& where) {
  ObjectReader unnamed(json, base::cat(where, ": node ", index));
  auto name = read_name(unnamed, "name");
  ObjectReader object(json, base::cat(where, ": node ", base::in_quotes(name)));
  object.find("name");
  auto op = read_operator(object);
  graph::Graph::Node node{std::move(name), std::move(op),
                          object.required<std::vector<std::string>>("inputs")};
  object.refuse_others();
  for (const auto& input : node.inputs) expect_name(input, "inputs", object.where());
  return node;
}

std::array<float, 3> read_channels(ObjectReader& object, const char* key, ChannelOrder order) {
  const auto numbers = object.required<std::vector<double>>(key);
  std::array<float, 3> values{};
  bool fits = numbers.size() == channels_of(order);
  for (std::size_t c = 0; fits && c < numbers.size(); ++c) {
    values[c] = static_cast<float>(numbers[c]);
    fits = std::isfinite(values[c]);
  }
  if (!fits) {
    object.refuse(key, object.get(key),
                  base::cat("a list of ", channels_of(order), " float32 numbers, one for each of ",
                            word_for(order, kChannelOrders)));
  }
  return values;
}

}  // namespace

Preprocessing read_preprocess(const Json& json, const std::string& where, OtherKeys others) {
  ObjectReader object(json, where + ": 'preprocess'");
  Preprocessing preprocessing;
  preprocessing.channel_order = read_word(object, "channel_order", kChannelOrders);
  preprocessing.mean = read_channels(object, "mean", preprocessing.channel_order);
  preprocessing.scale = read_channels(object, "scale", preprocessing.channel_order);
  preprocessing.resize = read_word(object, "resize", kResizeFilters);
  if (const Json* letterbox = object.find(kLetterbox)) {
    preprocessing.letterbox = read_channels(object, kLetterbox, preprocessing.channel_order);
    const auto& color = *preprocessing.letterbox;
    if (std::any_of(color.begin(), color.end(), [](float x) { return x < 0 || x > 255; })) {
      object.refuse(kLetterbox, *letterbox, "a colour of numbers from 0 to 255");
    }
  }
  object.finish(others);
  return preprocessing;
}

namespace {

std::map<std::string, std::string> read_provenance(const Json& json, const std::string& where) {
  const auto* members = json.get_ptr<const Json::object_t*>();
  std::map<std::string, std::string> provenance;
  if (members == nullptr) {
    base::fail(ErrorCode::kFormat, where, ": 'provenance' is ", shown(json),
               ", expected an object");
  }
  for (const auto& [key, value] : *members) {
    if (!convert(value, provenance[key])) {
      base::fail(ErrorCode::kFormat, where, ": 'provenance': ", base::in_quotes(key), " is ",
                 shown(value), ", expected a string");
    }
  }
  return provenance;
}

GraphDocument::SelfTest read_self_test(const Json& json, const std::string& where,
                                       const std::vector<graph::Graph::Output>& outputs,
                                       OtherKeys others) {
  ObjectReader object(json, where + ": 'self_test'");
  GraphDocument::SelfTest test;
  test.input = read_name(object, "input");
  if (others == OtherKeys::kRefused || object.find(kOutputs) == nullptr) {
    test.outputs.push_back(read_name(object, "logits"));
    if (outputs.size() > 1) {
      base::fail(ErrorCode::kFormat, object.where(), ": has the 'logits' of one output, expected '",
                 kOutputs, "', a tensor for each of ", outputs.size());
    }
  } else {
    ObjectReader answers(object.get(kOutputs), base::cat(object.where(), ": '", kOutputs, "'"));
    for (const auto& output : outputs) {
      test.outputs.push_back(read_name(answers, output.name.c_str()));
    }
    answers.refuse_others();
  }
  test.origin = object.required<std::string>("origin");
  test.tolerance = object.required<double>("tolerance");
  object.finish(others);
  std::vector<std::string> names = test.outputs;
  names.push_back(test.input);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    base::fail(ErrorCode::kFormat, object.where(), ": the tensor ", base::in_quotes(*twice),
               " is named twice, expected one for the input and one for each output");
  }
  if (test.tolerance < 0) {
    base::fail(ErrorCode::kFormat, object.where(), ": 'tolerance' is ", test.tolerance,
               ", expected 0 or more");
  }
  return test;
}

std::vector<float> channels(const std::array<float, 3>& values, ChannelOrder order) {
  return {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(channels_of(order))};
}

std::string write_preprocess(const Preprocessing& preprocessing, const std::string& where) {
  const auto& letterbox = preprocessing.letterbox;
  for (std::size_t c = 0; c < channels_of(preprocessing.channel_order); ++c) {
    if (!std::isfinite(preprocessing.mean[c]) || !std::isfinite(preprocessing.scale[c])) {
      base::fail(ErrorCode::kInvalidArgument, where, ": mean and scale of channel ", c,
                 " have to be finite");
    }
    if (letterbox && !((*letterbox)[c] >= 0 && (*letterbox)[c] <= 255)) {
      base::fail(ErrorCode::kInvalidArgument, where, ": the letterbox's colour is ",
                 (*letterbox)[c], " in channel ", c, ", expected 0 to 255");
    }
  }
  ObjectWriter preprocess;
  preprocess.set("channel_order", word_for(preprocessing.channel_order, kChannelOrders));
  preprocess.set("mean", channels(preprocessing.mean, preprocessing.channel_order));
  preprocess.set("scale", channels(preprocessing.scale, preprocessing.channel_order));
  preprocess.set("resize", word_for(preprocessing.resize, kResizeFilters));
  if (letterbox) preprocess.set(kLetterbox, channels(*letterbox, preprocessing.channel_order));
  return preprocess.text();
}

void write_description(const Description& description, ObjectWriter& json,
                       const std::string& where) {
  json.set("name", description.name);
  if (!description.provenance.empty()) {
    ObjectWriter provenance;
    for (const auto& [key, text] : description.provenance) provenance.set(key, text);
    json.set_text("provenance", provenance.text());
  }
  if (const PlateDetector* detector = description.plate_detector()) {
    json.set_text("preprocess", write_preprocess(detector->preprocessing, where));
    json.set_text(kDetect, write_detect(*detector, where));
  }
  const PlateReader* reader = description.plate_reader();
  if (reader == nullptr) return;
  json.set_text("preprocess", write_preprocess(reader->preprocessing, where));
  json.set_text("decode", write_decode(*reader, where));
}

// A single output that has its value's name: what version 1 can say.
bool is_plain(const std::vector<graph::Graph::Output>& outputs) {
  return outputs.size() == 1 && outputs[0].name == outputs[0].value;
}

// What version 1 cannot say, and version 2 need not require: without it the text is read otherwise,
// not wrongly.
bool has_later_keys(const Description& description) {
  const PlateReader* reader = description.plate_reader();
  return reader != nullptr && has_later_decode_keys(*reader);
}

std::string write_self_test(const GraphDocument::SelfTest& test,
                            const std::vector<graph::Graph::Output>& outputs) {
  ObjectWriter written;
  written.set("input", test.input);
  written.set("origin", test.origin);
  written.set("tolerance", test.tolerance);
  if (is_plain(outputs)) {
    written.set("logits", test.outputs[0]);
  } else {
    ObjectWriter answers;
    for (std::size_t i = 0; i < outputs.size(); ++i) answers.set(outputs[i].name, test.outputs[i]);
    written.set_text(kOutputs, answers.text());
  }
  return written.text();
}

std::string write_document(const GraphDocument& document, const std::string& where) {
  const auto& outputs = document.graph.outputs;
  ObjectWriter json;
  json.set("format", kFormat);
  // As old a version as can say it, so that older programs read it.
  std::vector<std::string> needed;
  if (!is_plain(outputs)) needed.emplace_back(kOutputs);
  if (document.description.plate_detector() != nullptr) needed.emplace_back(kDetect);
  const Preprocessing* preprocessing = document.description.preprocessing();
  if (preprocessing != nullptr && preprocessing->letterbox) needed.emplace_back(kLetterbox);
  const bool is_first = needed.empty() && !has_later_keys(document.description);
  json.set("version", is_first ? kStrictVersion : kGraphVersion);
  if (!is_first) json.set("requires", needed);
  if (is_plain(outputs)) {
    json.set("output", outputs[0].value);
  } else {
    std::vector<std::string> written;
    for (const auto& output : outputs) {
      ObjectWriter one;
      one.set("name", output.name);
      one.set("value", output.value);
      written.push_back(one.text());
    }
    json.set_text(kOutputs, json_array(written));
  }
  std::vector<std::string> inputs;
  for (const auto& input : document.graph.inputs) {
    ObjectWriter written;
    written.set("name", input.name);
    written.set("shape", input.shape);
    inputs.push_back(written.text());
  }
  json.set_text("inputs", json_array(inputs));
  std::vector<std::string> nodes;
  for (const auto& node : document.graph.nodes) {
    ObjectWriter written;
    written.set("name", node.name);
    written.set("inputs", node.inputs);
    write_operator(node.op, written, base::cat(where, ": node ", base::in_quotes(node.name)));
    nodes.push_back(written.text());
  }
  json.set_text("nodes", json_array(nodes));
  write_description(document.description, json, where);
  if (document.self_test) {
    if (!std::isfinite(document.self_test->tolerance)) {
      base::fail(ErrorCode::kInvalidArgument, where, ": the self-test's tolerance is not finite");
    }
    json.set_text("self_test", write_self_test(*document.self_test, outputs));
  }
  return json.text();
}

}  // namespace

GraphDocument read_graph_json(const Json& document, const std::string& where,
                              const Limits& limits) {
  ObjectReader object(document, where + ": graph document");
  const OtherKeys others = read_version(object);
  GraphDocument result;
  result.description.name = object.required<std::string>("name");
  const auto& inputs = list_in(object, "inputs");
  const auto& nodes = list_in(object, "nodes");
  base::expect_within(limits, &Limits::nodes,
                      static_cast<std::int64_t>(inputs.size() + nodes.size()), where);
  for (const Json& input : inputs) {
    result.graph.inputs.push_back(read_input(input, result.graph.inputs.size(), where));
  }
  result.graph.nodes.reserve(nodes.size());
  for (const Json& node : nodes) {
    result.graph.nodes.push_back(read_node(node, result.graph.nodes.size(), where));
  }
  result.graph.outputs = read_outputs(object, others);

  const Json* preprocess = object.find("preprocess");
  const Json* decode = object.find("decode");
  const Json* detect = others == OtherKeys::kRefused ? nullptr : object.find(kDetect);
  if (detect != nullptr) {
    if (preprocess == nullptr || decode != nullptr) {
      base::fail(ErrorCode::kFormat, object.where(), ": has '", kDetect, "' ",
                 decode != nullptr ? "beside 'decode', expected one of them"
                                   : "without 'preprocess', expected both");
    }
    PlateDetector& detector = result.description.purpose.emplace<PlateDetector>();
    detector.preprocessing = read_preprocess(*preprocess, where, others);
    if (detector.preprocessing.letterbox) {
      base::fail(ErrorCode::kFormat, object.where(), ": has '", kLetterbox, "' beside '", kDetect,
                 "', whose own 'border' says what is around a picture");
    }
    read_detect(*detect, detector, where, others);
  } else if ((preprocess == nullptr) != (decode == nullptr)) {
    base::fail(ErrorCode::kFormat, object.where(), ": has '",
               preprocess != nullptr ? "preprocess" : "decode", "' without '",
               preprocess != nullptr ? "decode" : "preprocess", "', expected both or neither");
  }
  if (detect == nullptr && preprocess != nullptr) {
    PlateReader& reader = result.description.purpose.emplace<PlateReader>();
    reader.preprocessing = read_preprocess(*preprocess, where, others);
    if (reader.preprocessing.letterbox && others == OtherKeys::kRefused) {
      base::fail(ErrorCode::kFormat, object.where(), ": has '", kLetterbox, "' in version ",
                 kStrictVersion, ", expected version ", kGraphVersion, " that requires it");
    }
    read_decode(*decode, reader, where, others);
  }
  if (const Json* provenance = object.find("provenance")) {
    result.description.provenance = read_provenance(*provenance, where);
  }
  if (const Json* self_test = object.find("self_test")) {
    result.self_test = read_self_test(*self_test, where, result.graph.outputs, others);
  }
  object.finish(others);
  return result;
}

std::string write_graph_json(const GraphDocument& document, const std::string& where) {
  return utf8_or_fail(where, [&] { return write_document(document, where); });
}

}  // namespace lprnet::formats
