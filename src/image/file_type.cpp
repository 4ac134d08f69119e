#include "image/file_type.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace lprnet::image {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  const char* name;
};

constexpr std::array kUnsupported = {
    Magic{0, "GIF8"sv, "GIF"},
    Magic{8, "WEBP"sv, "WebP"},
    Magic{0, "II*\0"sv, "TIFF"},
    Magic{0, "MM\0*"sv, "TIFF"},
    Magic{4, "ftypavif"sv, "AVIF"},
    Magic{4, "ftyphei"sv, "HEIC"},
    Magic{4, "ftypmif1"sv, "HEIF"},
    Magic{4, "ftyp"sv, "an MP4 video"},
    Magic{4, "jP  "sv, "JPEG 2000"},
    Magic{4, "JXL "sv, "JPEG XL"},
    Magic{0, "\xFF\x0A"sv, "JPEG XL"},
    Magic{0, "8BPS"sv, "Photoshop"},
    Magic{0, "\0\0\1\0"sv, "an icon"},
    Magic{0, "P1"sv, "a PBM bitmap"},
    Magic{0, "P4"sv, "a PBM bitmap"},
    Magic{0, "P7"sv, "PAM"},
    Magic{0, "%PDF"sv, "PDF"},
    Magic{0, "PK\3\4"sv, "a zip archive"},
    Magic{0, "\x1F\x8B"sv, "a gzip archive"},
    Magic{0, "RIFF"sv, "an AVI video or a sound"},
    Magic{0, "\x1A\x45\xDF\xA3"sv, "a Matroska video"},
};

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_white(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Bytes over 127 count as text, for it may be UTF-8; control characters do not.
bool is_text(std::string_view start) {
  return std::all_of(start.begin(), start.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 32 && byte != 127) || is_white(c) || c == '\f';
  });
}

}  // namespace

FileType file_type(std::span<const std::uint8_t> bytes) {
  const std::string_view start = text_of(bytes.first(std::min<std::size_t>(bytes.size(), 16)));
  if (start.starts_with("\xFF\xD8\xFF"sv)) return FileType::kJpeg;
  if (start.starts_with("\x89PNG\r\n\x1A\n"sv)) return FileType::kPng;
  if (start.starts_with("BM"sv) && start.size() > 14 && start[6] == 0 && start[7] == 0) {
    return FileType::kBmp;
  }
  if (start.size() > 2 && start[0] == 'P' && "2356"sv.find(start[1]) != std::string_view::npos &&
      (is_white(start[2]) || start[2] == '#')) {
    return FileType::kPnm;
  }
#ifdef LPRNET_WITH_WEBP
  if (start.starts_with("RIFF"sv) && start.size() > 8 && start.substr(8).starts_with("WEBP"sv)) {
    return FileType::kWebp;
  }
#endif
#ifdef LPRNET_WITH_TIFF
  if (start.starts_with("II*\0"sv) || start.starts_with("MM\0*"sv)) return FileType::kTiff;
#endif
  return FileType::kUnknown;
}

std::string describe(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return "is empty";
  const std::string_view start = text_of(bytes.first(std::min<std::size_t>(bytes.size(), 512)));
  for (const Magic& magic : kUnsupported) {
    if (start.size() > magic.offset && start.substr(magic.offset).starts_with(magic.bytes)) {
      return std::string("looks like ") + magic.name;
    }
  }
  return is_text(start) ? "is text" : "is of no known type";
}

}  // namespace lprnet::image
