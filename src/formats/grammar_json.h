#pragma once

#include <cstddef>
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

// Throws Error(kUnsupported) for a text of more than kMaxGrammarText.
void expect_grammar_size(std::size_t bytes, const std::string& where);

// A grammar's JSON text, as models/DECODING.md describes it. Throws Error: kFormat for wrong
// syntax, unknown or missing keys and wrong values, with the line; for a key that is there twice or
// nesting too deep for JSON without it; kUnsupported for a newer version
// or what is beyond the bounds above; kLimit for memory.
ctc::Grammar read_grammar(std::string_view text, const std::string& where,
                          const base::Ledger& ledger = base::Ledger());

// The same of a document of no more than kMaxGrammarText, which has no lines; messages name the
// place by its JSON pointer.
ctc::Grammar read_grammar_json(const Json& json, const std::string& where);

// A grammar that comes with the library.
struct KnownGrammar {
  const char* name;  // "cn"
  const char* text;
};
const std::vector<KnownGrammar>& known_grammars();

}  // namespace lprnet::formats
