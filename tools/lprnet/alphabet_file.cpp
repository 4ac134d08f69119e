#include "alphabet_file.h"

#include <algorithm>
#include <fstream>
#include <string_view>

#include "json_text.h"
#include "lprnet/error.hpp"
#include "utf8.h"

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

// Throws Error(kFormat) when a text is not UTF-8, with what to do about it.
void expect_utf8(const std::vector<std::string>& lines, const std::string& file) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::string_view rest = lines[i]; !rest.empty();) {
      const std::size_t size = first_code_point(rest);
      if (size == 0) {
        const bool is_utf16 = lines[0].starts_with("\xFF\xFE") || lines[0].starts_with("\xFE\xFF");
        const char* encoding = is_utf16 ? "UTF-16" : "GBK";
        throw Error(ErrorCode::kFormat, file + ": line " + std::to_string(i + 1) +
                                            " is not UTF-8; if it is " + encoding +
                                            ", turn it with: iconv -f " + encoding +
                                            " -t UTF-8 FILE > tokens.txt");
      }
      rest.remove_prefix(size);
    }
  }
}

std::vector<std::string> from_lines(std::istream& stream) {
  std::vector<std::string> tokens;
  for (std::string line; std::getline(stream, line);) {
    if (tokens.empty() && line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
    if (line.ends_with('\r')) line.pop_back();
    tokens.push_back(line);
  }
  while (!tokens.empty() && tokens.back().empty()) tokens.pop_back();
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
  if (!file.ends_with(".json")) expect_utf8(tokens, file);
  if (tokens.empty()) throw Error(ErrorCode::kFormat, file + ": holds no tokens");
  return tokens;
}

}  // namespace lprnet::cli
