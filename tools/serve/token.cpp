#include "token.h"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "lprnet/error.hpp"

namespace lprnet::serve {
namespace {

constexpr std::size_t kShortest = 16;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

Token Token::load(const std::string& file) {
  std::string secret;
  std::string from = file;
  if (file.empty()) {
    const char* variable = std::getenv("LPRNET_TOKEN");
    if (variable == nullptr) return {};
    secret = variable;
    from = "$LPRNET_TOKEN";
  } else {
    if (!std::filesystem::exists(file)) {
      throw Error(ErrorCode::kNotFound, file + ": there is no such file for --token-file");
    }
    std::ifstream stream(file);
    if (!stream || !std::getline(stream, secret)) {
      throw Error(ErrorCode::kIo, file + ": no token can be read, expected one on the first line");
    }
  }
  while (!secret.empty() && is_blank(secret.back())) secret.pop_back();
  for (const char c : secret) {
    if (c <= ' ' || c > '~') {
      throw Error(ErrorCode::kInvalidArgument,
                  from + ": a token has printable ASCII characters without spaces alone");
    }
  }
  if (secret.size() < kShortest) {
    throw Error(ErrorCode::kInvalidArgument,
                from + ": a token of " + std::to_string(secret.size()) +
                    " characters, expected at least " + std::to_string(kShortest) +
                    ", such as `openssl rand -hex 32` makes");
  }
  return Token(std::move(secret));
}

bool Token::is_in(std::string_view authorization) const {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size()) return false;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != kScheme[i]) return false;
  }
  const std::string_view given = authorization.substr(kScheme.size());
  volatile unsigned difference = given.size() == secret_.size() ? 0U : 1U;
  for (std::size_t i = 0; i < secret_.size(); ++i) {
    const char c = i < given.size() ? given[i] : '\0';
    difference = difference | static_cast<unsigned char>(c ^ secret_[i]);
  }
  return difference == 0;
}

}  // namespace lprnet::serve
