#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "base/ledger.h"

namespace lprnet::formats {

using Json = nlohmann::json;

inline constexpr int kMaxJsonDepth = 64;

// A value and all that is in it. Freed without allocating, which nlohmann::json's own destructor
// does: that would end the program where memory is short.
class Document {
 public:
  explicit Document(Json json = nullptr) noexcept : json_(std::move(json)) {}
  Document(Document&&) noexcept = default;
  Document& operator=(Document&&) = delete;
  ~Document();

  Json& json() noexcept { return json_; }
  const Json& json() const noexcept { return json_; }

 private:
  Json json_;
};

// The text as a document. Strict: duplicate keys, a depth over kMaxJsonDepth, numbers that overflow
// a double and ill-formed UTF-8 are refused as any wrong syntax is: Error(kFormat), beginning with
// `where`, with the position. Memory is bounded by a small multiple of the text's size, and
// counted: Error(kLimit).
Document parse_json(std::string_view text, const std::string& where,
                    const base::Ledger& ledger = base::Ledger());

// Throws Error(kInvalidArgument): a text that was to be written is not UTF-8.
[[noreturn]] void fail_not_utf8(const std::string& where);

}  // namespace lprnet::formats
