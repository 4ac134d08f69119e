#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ledger.h"
#include "ctc/grammar.h"
#include "formats/json_document.h"

namespace lprnet::formats {

inline constexpr std::size_t kMaxGrammarText = std::size_t{1} << 20;
inline constexpr std::size_t kMaxGrammarNodes = 16384;
inline constexpr int kMaxGrammarDepth = 16;
inline constexpr int kMaxRepeats = 64;

// A grammar's JSON text, as models/DECODING.md describes it. Throws Error: kFormat for wrong
// syntax, unknown or missing keys and wrong values, with the line; kUnsupported for a newer version
// or what is beyond the bounds above; kLimit for memory.
ctc::Grammar read_grammar(std::string_view text, const std::string& where,
                          const base::Ledger& ledger = base::Ledger());

// The same of a document, which has no lines; messages name the place by its JSON pointer.
ctc::Grammar read_grammar_json(const Json& json, const std::string& where);

// A grammar that comes with the library.
struct KnownGrammar {
  const char* name;  // "cn"
  const char* text;
};
const std::vector<KnownGrammar>& known_grammars();

}  // namespace lprnet::formats
