#include "formats/model_file.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/error_text.h"
#include "base/text.h"
#include "formats/graph_json.h"
#include "formats/inline_weights.h"
#include "formats/json_document.h"
#include "formats/json_object.h"
#include "formats/other_file.h"

namespace lprnet::formats {
namespace {

Document parse_graph_text(std::string_view text, const std::string& where,
                          const base::Ledger& ledger) {
  if (text.size() > kMaxGraphText) {
    base::fail(ErrorCode::kUnsupported, where, ": its graph document has ", text.size(),
               " bytes, more than the limit of ", kMaxGraphText);
  }
  return parse_json(text, where, ledger);
}

// Takes a tensor that the self-test names out of the weights.
graph::RawTensor take_tensor(graph::WeightMap& weights, const std::string& name,
                             const std::string& where) {
  auto tensor = weights.extract(name);
  if (tensor.empty()) {
    base::fail(ErrorCode::kFormat, where, ": 'self_test': the tensor ", base::in_quotes(name),
               " is not among the file's ", weights.size(), " tensors");
  }
  return std::move(tensor.mapped());
}

ModelFile assemble(GraphDocument document, graph::WeightMap weights, std::string where) {
  ModelFile file;
  file.graph = std::move(document.graph);
  file.description = std::move(document.description);
  file.weights = std::move(weights);
  if (document.self_test) {
    auto& names = *document.self_test;
    SelfTest test;
    test.input = take_tensor(file.weights, names.input, where);
    for (const std::string& name : names.outputs) {
      test.outputs.push_back(take_tensor(file.weights, name, where));
    }
    test.origin = std::move(names.origin);
    test.tolerance = names.tolerance;
    file.self_test = std::move(test);
  }
  file.where = std::move(where);
  return file;
}

// A name in the model's own folder: no way up, down or elsewhere.
bool is_plain_name(std::string_view name) {
  constexpr std::string_view kSeparators{"/\\:\0", 4};
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(kSeparators) == std::string_view::npos;
}

graph::WeightMap read_weights(const Json& json, const std::filesystem::path& path,
                              const std::string& where, const base::Ledger& ledger,
                              WeightsFile weights_file) {
  ObjectReader object(json, where + ": 'weights'");
  const Json* file = object.find("file");
  const Json* tensors = object.find("tensors");
  object.refuse_others();
  if ((file == nullptr) == (tensors == nullptr)) {
    base::fail(ErrorCode::kFormat, object.where(), ": has ", file == nullptr ? "neither" : "both",
               " of 'file' and 'tensors', expected one");
  }
  if (tensors != nullptr) return read_inline_weights(*tensors, where, ledger);
  if (weights_file == WeightsFile::kRefused) {
    base::fail(ErrorCode::kFormat, object.where(),
               ": 'file' names a file beside the model, which was given as bytes; expected "
               "'tensors', or a .safetensors model");
  }
  std::string name;
  if (!convert(*file, name) || !is_plain_name(name)) {
    object.refuse("file", *file, "the plain name of a file in the same folder");
  }
  const auto beside = path.parent_path() / std::u8string(name.begin(), name.end());
  const auto check_head = [&](std::span<const std::uint8_t> head) {
    if (looks_like_safetensors({head.data(), head.size(), nullptr})) return;
    base::fail(ErrorCode::kFormat, base::text_of(beside), ": is no .safetensors file");
  };
  return read_safetensors(base::read_file(beside, ledger, check_head), base::text_of(beside),
                          ledger)
      .tensors;
}

ModelFile from_json(const base::Bytes& bytes, const std::filesystem::path& path,
                    const std::string& where, const base::Ledger& ledger,
                    WeightsFile weights_file) {
  Document json =
      parse_graph_text({reinterpret_cast<const char*>(bytes.data), bytes.size}, where, ledger);
  Document weights;
  if (auto* members = json.json().get_ptr<Json::object_t*>()) {
    if (auto found = members->extract("weights")) weights.json() = std::move(found.mapped());
  }
  auto document = read_graph_json(json.json(), where, ledger.limits());
  if (weights.json().is_null()) base::fail(ErrorCode::kFormat, where, ": 'weights' is missing");
  return assemble(std::move(document),
                  read_weights(weights.json(), path, where, ledger, weights_file), where);
}

bool looks_like_json(const base::Bytes& bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data), bytes.size);
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

// `name`, or with underscores behind it when a weight has that name.
std::string free_name(std::string name, const graph::WeightMap& weights) {
  while (weights.contains(name)) name += '_';
  return name;
}

}  // namespace

ModelFile model_file_from(Safetensors content, const std::string& where,
                          const base::Ledger& ledger) {
  const auto text = content.metadata.find(kGraphKey);
  if (text == content.metadata.end()) {
    base::fail(ErrorCode::kFormat, where, ": holds weights but no graph: '", kGraphKey,
               "' is missing in its metadata");
  }
  auto document =
      read_graph_json(parse_graph_text(text->second, where, ledger).json(), where, ledger.limits());
  return assemble(std::move(document), std::move(content.tensors), where);
}

bool looks_like_model_file(const base::Bytes& head) {
  return looks_like_safetensors(head) || looks_like_json(head);
}

ModelFile parse_model_file(const base::Bytes& bytes, const std::filesystem::path& path,
                           const base::Ledger& ledger, WeightsFile weights_file) {
  const std::string where = base::text_of(path);
  if (looks_like_safetensors(bytes)) {
    return model_file_from(read_safetensors(bytes, where, ledger), where, ledger);
  }
  if (looks_like_json(bytes)) return from_json(bytes, path, where, ledger, weights_file);
  refuse_other_file(bytes, where);
}

ModelFile read_model_file(const std::filesystem::path& path, const base::Ledger& ledger) {
  return parse_model_file(base::read_file(path, ledger), path, ledger);
}

std::string write_model_file(const ModelFile& file) {
  GraphDocument document{file.graph, file.description, std::nullopt};
  graph::WeightMap tensors = file.weights;
  if (file.self_test) {
    const SelfTest& test = *file.self_test;
    const auto input = free_name("self_test.input", tensors);
    tensors.emplace(input, test.input);
    document.self_test = GraphDocument::SelfTest{input, {}, test.origin, test.tolerance};
    for (std::size_t i = 0; i < test.outputs.size(); ++i) {
      const auto name = free_name(
          test.outputs.size() == 1 ? "self_test.logits" : "self_test." + file.graph.outputs[i].name,
          tensors);
      tensors.emplace(name, test.outputs[i]);
      document.self_test->outputs.push_back(name);
    }
  }
  const auto text = write_graph_json(document, file.where);
  return write_safetensors(tensors, {{kGraphKey, text}}, file.where);
}

}  // namespace lprnet::formats
