#pragma once

#include <string>
#include <string_view>

namespace lprnet::serve {

// What a client has to know. An empty one asks for nothing.
class Token {
 public:
  Token() = default;
  // REQUIRES: not empty.
  explicit Token(std::string secret) : secret_(std::move(secret)) {}
  // From the first line of the file, or, without a file, from $LPRNET_TOKEN. Throws Error:
  // kNotFound, kIo, kInvalidArgument for a token of less than 16 characters or with others than
  // printable ASCII.
  static Token load(const std::string& file);

  bool is_wanted() const { return !secret_.empty(); }
  // Whether an Authorization header has it ("Bearer ..."). How long that takes does not depend on
  // how much of it is right.
  bool is_in(std::string_view authorization) const;

 private:
  std::string secret_;
};

}  // namespace lprnet::serve
