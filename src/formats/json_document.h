#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace lprnet::formats {

using Json = nlohmann::json;

inline constexpr int kMaxJsonDepth = 64;

// The text as a document. Strict: duplicate keys, a depth over kMaxJsonDepth, numbers that overflow
// a double and ill-formed UTF-8 are refused as any wrong syntax is: Error(kFormat), beginning with
// `where`, with the position. Memory is bounded by a small multiple of the text's size.
Json parse_json(std::string_view text, const std::string& where);

// The document as UTF-8 text without white space, keys sorted. Throws Error(kInvalidArgument) for a
// string that is not UTF-8.
std::string write_json(const Json& document, const std::string& where);

inline constexpr std::size_t kMaxNameBytes = 512;

// Whether the text can name a value or a tensor: not empty, at most kMaxNameBytes, no control
// characters, so that it can stand in every later message as it is.
bool is_name(std::string_view text);
bool has_control_characters(std::string_view text);

// A name from a file in quotes for a message: shortened, control characters replaced.
std::string in_quotes(std::string_view name);

}  // namespace lprnet::formats
