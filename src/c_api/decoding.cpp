#include "c_api/decoding.h"

#include <cinttypes>
#include <cstddef>
#include <string>

#include "c_api/objects.h"
#include "c_api/sized.h"
#include "c_api/status.h"
#include "lprnet/error.hpp"

namespace lprnet::c_api {
namespace {

constexpr std::size_t kFirstDecodeOptions = sizeof(lprnet_decode_options);

void require_enumerator(std::int32_t value, std::int32_t last, const char* name) {
  if (value < 0 || value > last) {
    fail(ErrorCode::kUnsupported,
         "lprnet_decode_options: %s is %" PRId32 ", expected one of lprnet_%s", name, value, name);
  }
}

}  // namespace

DecodeOptions decode_options_of(const lprnet_decode_options* callers) {
  const auto known = sized_or_default(callers, kFirstDecodeOptions, "lprnet_decode_options");
  require_enumerator(known.decoder, LPRNET_DECODER_BEAM, "decoder");
  require_enumerator(known.grammar_mode, LPRNET_GRAMMAR_MODE_SOFT, "grammar_mode");
  DecodeOptions options;
  if (known.decoder == LPRNET_DECODER_GREEDY) options.decoder = Decoder::kGreedy;
  if (known.decoder == LPRNET_DECODER_BEAM) options.decoder = Decoder::kBeam;
  if (known.beam_width != 0) options.beam_width = known.beam_width;
  if (known.classes_per_step != 0) options.classes_per_step = known.classes_per_step;
  if (known.candidates != 0) options.candidates = known.candidates;
  if (known.grammar != nullptr) options.grammar = known.grammar->grammar;
  options.ignore_grammar = known.ignore_grammar != 0;
  if (known.grammar_mode == LPRNET_GRAMMAR_MODE_STRICT) options.grammar_mode = GrammarMode::kStrict;
  if (known.grammar_mode == LPRNET_GRAMMAR_MODE_SOFT) options.grammar_mode = GrammarMode::kSoft;
  if (known.outside_weight != 0) options.outside_weight = known.outside_weight;
  if (known.temperature != 0) options.temperature = known.temperature;
  options.further_looks = known.further_looks != LPRNET_NO;
  if (known.lines != 0) options.lines = known.lines;
  return options;
}

}  // namespace lprnet::c_api

lprnet_status lprnet_grammar_load(const char* path, lprnet_grammar** grammar) {
  using namespace lprnet;
  return c_api::guarded(grammar, "grammar", [&] {
    return new lprnet_grammar{Grammar::load(&c_api::required(path, "path"))};
  });
}

lprnet_status lprnet_grammar_parse(const char* text, const char* name, lprnet_grammar** grammar) {
  using namespace lprnet;
  return c_api::guarded(grammar, "grammar", [&] {
    return new lprnet_grammar{
        Grammar::parse(&c_api::required(text, "text"), name == nullptr ? "grammar" : name)};
  });
}

lprnet_status lprnet_grammar_known(const char* name, lprnet_grammar** grammar) {
  using namespace lprnet;
  return c_api::guarded(grammar, "grammar", [&] {
    return new lprnet_grammar{Grammar::known(&c_api::required(name, "name"))};
  });
}

void lprnet_grammar_free(lprnet_grammar* grammar) { delete grammar; }
