// PGM and PPM, binary (P5, P6) and plain (P2, P3), as the Netpbm manual describes them.
#include <optional>
#include <string>

#include "image/decoders.h"

namespace lprnet::image {
namespace {

constexpr std::int64_t kLargestSample = 65535;

bool is_white(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class Scanner {
 public:
  explicit Scanner(std::span<const std::uint8_t> bytes) : left_(bytes) {}

  // The next decimal number, after white space and comments; no value at anything else or beyond
  // 2^31.
  std::optional<std::int64_t> number() {
    skip_white();
    if (left_.empty() || left_[0] < '0' || left_[0] > '9') return std::nullopt;
    std::int64_t value = 0;
    while (!left_.empty() && left_[0] >= '0' && left_[0] <= '9') {
      value = value * 10 + (left_[0] - '0');
      if (value > (std::int64_t{1} << 31)) return std::nullopt;
      left_ = left_.subspan(1);
    }
    return value;
  }

  // Exactly one white space stands between the header and the samples.
  bool take_white() {
    if (left_.empty() || !is_white(left_[0])) return false;
    left_ = left_.subspan(1);
    return true;
  }

  std::span<const std::uint8_t> left() const { return left_; }

 private:
  void skip_white() {
    bool comment = false;
    while (!left_.empty() && (comment || is_white(left_[0]) || left_[0] == '#')) {
      comment = comment ? left_[0] != '\n' : left_[0] == '#';
      left_ = left_.subspan(1);
    }
  }

  std::span<const std::uint8_t> left_;
};

// To 8 bits: 16-bit samples lose their low byte, as they do in PNG; other maxima are scaled.
std::uint8_t to_byte(std::int64_t sample, std::int64_t maximum) {
  if (maximum == 255) return static_cast<std::uint8_t>(sample);
  if (maximum == kLargestSample) return static_cast<std::uint8_t>(sample >> 8);
  return static_cast<std::uint8_t>((sample * 255 + maximum / 2) / maximum);
}

}  // namespace

Image decode_pnm(const Encoded& file) {
  const char type = static_cast<char>(file.bytes[1]);
  const bool plain = type == '2' || type == '3';
  const std::int64_t channels = type == '2' || type == '5' ? 1 : 3;

  Scanner scanner(file.bytes.subspan(2));
  const auto width = scanner.number();
  const auto height = scanner.number();
  const auto maximum = scanner.number();
  if (!width || !height || !maximum || !scanner.take_white()) {
    refuse(file, "has a damaged or truncated PNM header");
  }
  if (*maximum < 1 || *maximum > kLargestSample) {
    refuse(file, "is a PNM whose largest sample is " + std::to_string(*maximum) +
                     ", expected 1 to 65535");
  }
  Image image = image_for(file, *width, *height, 1);

  const std::int64_t sample_bytes = *maximum > 255 ? 2 : 1;
  const std::int64_t samples = *width * *height * channels;
  const auto body = scanner.left();
  if (!plain && static_cast<std::int64_t>(body.size()) < samples * sample_bytes) {
    refuse(file, kTruncated);
  }
  std::uint8_t* pixel = image.data();
  for (std::int64_t i = 0; i < samples; ++i) {
    std::int64_t sample = 0;
    if (plain) {
      const auto number = scanner.number();
      if (!number) refuse(file, "is a truncated or damaged PNM: a sample is missing");
      sample = *number;
    } else {
      const auto at = static_cast<std::size_t>(i * sample_bytes);
      sample = sample_bytes == 1 ? body[at] : body[at] << 8 | body[at + 1];
    }
    if (sample > *maximum) refuse(file, "is a damaged PNM: a sample is over the maximum");
    const std::uint8_t byte = to_byte(sample, *maximum);
    if (channels == 1) {
      pixel[0] = pixel[1] = pixel[2] = byte;
      pixel += 3;
    } else {
      pixel[2 - i % 3] = byte;
      pixel += i % 3 == 2 ? 3 : 0;
    }
  }
  return image;
}

}  // namespace lprnet::image
