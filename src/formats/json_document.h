#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/ledger.h"

namespace lprnet::formats {

using Json = nlohmann::json;

inline constexpr int kMaxJsonDepth = 64;

// The text as a document. Strict: duplicate keys, a depth over kMaxJsonDepth, numbers that overflow
// a double and ill-formed UTF-8 are refused as any wrong syntax is: Error(kFormat), beginning with
// `where`, with the position. Memory is bounded by a small multiple of the text's size, and
// counted: Error(kLimit).
Json parse_json(std::string_view text, const std::string& where,
                const base::Ledger& ledger = base::Ledger());

// The document as UTF-8 text without white space, keys sorted. Throws Error(kInvalidArgument) for a
// string that is not UTF-8.
std::string write_json(const Json& document, const std::string& where);

}  // namespace lprnet::formats
