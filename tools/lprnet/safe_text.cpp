#include "safe_text.h"

#include <cstdint>
#include <functional>

#include "utf8.h"

namespace lprnet::cli {
namespace {

std::uint32_t code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first;
  std::uint32_t code = first & (0x7FU >> character.size());
  for (const char c : character.substr(1)) {
    code = (code << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  }
  return code;
}

bool is_unsafe(std::uint32_t code) {
  return code < 0x20U || (code >= 0x7FU && code < 0xA0U) || code == 0x061CU || code == 0x200EU ||
         code == 0x200FU || (code >= 0x2028U && code <= 0x202EU) ||
         (code >= 0x2066U && code <= 0x2069U);
}

// The text with what is no UTF-8 or unsafe as `write` has it.
std::string rewritten(std::string_view text,
                      const std::function<std::string(std::string_view bytes)>& write) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = first_code_point(text);
    const std::string_view bytes = text.substr(0, length == 0 ? 1 : length);
    if (length == 0 || is_unsafe(code_point(bytes))) {
      safe += write(bytes);
    } else {
      safe += bytes;
    }
    text.remove_prefix(bytes.size());
  }
  return safe;
}

std::string hexadecimal(std::uint32_t number, int digits) {
  std::string text;
  for (int i = digits - 1; i >= 0; --i) text += "0123456789abcdef"[(number >> (4 * i)) & 0xFU];
  return text;
}

std::string with_backslashes(std::string_view bytes) {
  if (bytes == "\n") return "\\n";
  if (bytes == "\t") return "\\t";
  if (bytes == "\r") return "\\r";
  std::string text;
  for (const char c : bytes) text += "\\x" + hexadecimal(static_cast<unsigned char>(c), 2);
  return text;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string doubled;
  for (const char c : text) doubled.append(c == '\\' ? 2 : 1, c);
  return shown(doubled);
}

std::string shown(std::string_view text) { return rewritten(text, with_backslashes); }

std::string replaced(std::string_view text) {
  return rewritten(text, [](std::string_view bytes) -> std::string {
    const bool is_space = bytes == "\n" || bytes == "\t" || bytes == "\r";
    return is_space ? std::string(bytes) : "\xEF\xBF\xBD";
  });
}

std::string safe_json(std::string_view json) {
  return rewritten(json, [](std::string_view bytes) -> std::string {
    // Between the strings stand line ends and blanks alone, and within them they are escaped.
    if (bytes == "\n") return "\n";
    return "\\u" + hexadecimal(code_point(bytes), 4);
  });
}

}  // namespace lprnet::cli
