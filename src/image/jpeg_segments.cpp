#include "image/jpeg_segments.h"

#include <cstddef>
#include <numeric>

namespace lprnet::image {
namespace {

constexpr std::uint8_t kEndOfImage = 0xD9;
constexpr std::uint8_t kStartOfScan = 0xDA;
constexpr std::uint8_t kHuffmanTables = 0xC4;

// Each table: a byte that names it, the number of symbols by code length, the symbols.
bool tables_are_sound(std::span<const std::uint8_t> tables) {
  constexpr std::size_t kHead = 17;
  constexpr std::size_t kMaxSymbols = 256;
  while (!tables.empty()) {
    if (tables.size() < kHead) return false;
    const std::size_t symbols =
        std::accumulate(tables.begin() + 1, tables.begin() + kHead, std::size_t{0});
    if (symbols > kMaxSymbols || symbols > tables.size() - kHead) return false;
    tables = tables.subspan(kHead + symbols);
  }
  return true;
}

// In a scan 0xFF is data before a zero, a restart before 0xD0 to 0xD7, and else begins a segment.
std::size_t end_of_scan(std::span<const std::uint8_t> bytes, std::size_t at) {
  while (at + 1 < bytes.size()) {
    const std::uint8_t next = bytes[at + 1];
    if (bytes[at] == 0xFF && next != 0 && next != 0xFF && (next < 0xD0 || next > 0xD7)) return at;
    ++at;
  }
  return bytes.size();
}

}  // namespace

void check_jpeg_segments(const Encoded& file) {
  const auto bytes = file.bytes;
  std::size_t at = 2;  // after the start of image
  int scans = 0;
  for (;;) {
    if (bytes.size() < at + 2) refuse(file, kTruncated);
    if (bytes[at] != 0xFF) refuse(file, "is a damaged JPEG: its segments do not follow each other");
    const std::uint8_t marker = bytes[at + 1];
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    if (marker == kEndOfImage) return;
    if (bytes.size() < at + 4) refuse(file, kTruncated);
    const std::size_t length = std::size_t{bytes[at + 2]} << 8 | bytes[at + 3];
    if (length < 2 || length > bytes.size() - at - 2) refuse(file, kTruncated);
    if (marker == kHuffmanTables && !tables_are_sound(bytes.subspan(at + 4, length - 2))) {
      refuse(file, "is a damaged JPEG: a Huffman table is too large");
    }
    at += 2 + length;
    if (marker == kStartOfScan) {
      if (++scans > kMaxJpegScans) refuse(file, kTooManyJpegScans);
      at = end_of_scan(bytes, at);
    }
  }
}

}  // namespace lprnet::image
