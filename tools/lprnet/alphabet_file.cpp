#include "alphabet_file.h"

#include <algorithm>
#include <fstream>
#include <string_view>

#include "json_text.h"
#include "lprnet/error.hpp"

namespace lprnet::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::vector<std::string> from_json(std::istream& stream, const std::string& file) {
  const Json list = Json::parse(stream, nullptr, false);
  const auto is_text = [](const Json& token) { return token.is_string(); };
  if (!list.is_array() || !std::all_of(list.begin(), list.end(), is_text)) {
    throw Error(ErrorCode::kFormat, file + ": expected a JSON list of strings");
  }
  return list.get<std::vector<std::string>>();
}

std::vector<std::string> from_lines(std::istream& stream) {
  std::vector<std::string> tokens;
  for (std::string line; std::getline(stream, line);) {
    if (tokens.empty() && line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
    if (line.ends_with('\r')) line.pop_back();
    tokens.push_back(line);
  }
  return tokens;
}

}  // namespace

std::vector<std::string> read_alphabet(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || stream.peek() == std::ifstream::traits_type::eof()) {
    throw Error(ErrorCode::kIo, file + ": holds no alphabet, or cannot be read");
  }
  std::vector<std::string> tokens =
      file.ends_with(".json") ? from_json(stream, file) : from_lines(stream);
  if (tokens.empty()) throw Error(ErrorCode::kFormat, file + ": holds no tokens");
  return tokens;
}

}  // namespace lprnet::cli
