#include "base64.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace lprnet::serve {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 64;

constexpr std::array<std::uint8_t, 256> values_of_digits() {
  std::array<std::uint8_t, 256> values{};
  for (std::uint8_t& value : values) value = kNone;
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr std::array<std::uint8_t, 256> kValues = values_of_digits();

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (is_space(c)) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const std::uint32_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone || padding > 0) return std::nullopt;
    bits = bits << 6U | value;
    if (++digits % 4 == 0) {
      for (const unsigned shift : {16U, 8U, 0U}) bytes += static_cast<char>(bits >> shift & 0xFFU);
      bits = 0;
    }
  }
  const std::size_t rest = digits % 4;
  if (rest == 1) return std::nullopt;
  if (padding > 0 && (rest == 0 || padding != 4 - rest)) return std::nullopt;
  // The bits that stand for no byte are zero in what an encoder writes.
  if (rest == 2) {
    if ((bits & 0xFU) != 0) return std::nullopt;
    bytes += static_cast<char>(bits >> 4U & 0xFFU);
  }
  if (rest == 3) {
    if ((bits & 0x3U) != 0) return std::nullopt;
    bytes += static_cast<char>(bits >> 10U & 0xFFU);
    bytes += static_cast<char>(bits >> 2U & 0xFFU);
  }
  return bytes;
}

}  // namespace lprnet::serve
