// Input: a graph document's text. What is read is written and read again.
#include <string_view>

#include "formats/graph_json.h"
#include "formats/json_document.h"
#include "lprnet/error.hpp"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lprnet;
  const auto text = fuzz::exact_bytes(data, size);
  formats::GraphDocument document;
  try {
    const auto json =
        formats::parse_json({reinterpret_cast<const char*>(text.data), text.size}, "fuzz");
    document = formats::read_graph_json(json.json(), "fuzz");
  } catch (const Error&) {
    return 0;
  }
  const auto written = formats::write_graph_json(document, "fuzz");
  const auto reparsed = formats::parse_json(written, "fuzz");
  const auto again = formats::read_graph_json(reparsed.json(), "fuzz");
  fuzz::require(formats::write_graph_json(again, "fuzz") == written);
  return 0;
}
