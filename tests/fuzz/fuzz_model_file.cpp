// Input: a model file. What is read is validated, written and read again.
#include <string>

#include "formats/model_file.h"
#include "graph/graph.h"
#include "lprnet/error.hpp"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lprnet;
  const std::filesystem::path path = "no-such-folder/fuzz";
  formats::ModelFile file;
  try {
    file = formats::parse_model_file(fuzz::exact_bytes(data, size), path, fuzz::small_limits());
  } catch (const Error&) {
    return 0;
  }
  const std::string written = formats::write_model_file(file);
  const auto again = formats::parse_model_file(fuzz::exact_bytes(written), path);
  fuzz::require(formats::write_model_file(again) == written);
  try {
    graph::validate(file.graph, file.weights, file.where, {}, fuzz::small_limits());
  } catch (const Error&) {
  }
  return 0;
}
