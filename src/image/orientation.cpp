#include "image/orientation.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace lprnet::image {
namespace {

using namespace std::string_view_literals;
using Bytes = std::span<const std::uint8_t>;

bool starts_with(Bytes bytes, std::string_view prefix) {
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())
      .starts_with(prefix);
}

// Numbers of a TIFF structure in its own byte order; no value beyond its end.
class Tiff {
 public:
  Tiff(Bytes bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

  std::optional<std::size_t> u16(std::size_t at) const { return number(at, 2); }
  std::optional<std::size_t> u32(std::size_t at) const { return number(at, 4); }

 private:
  std::optional<std::size_t> number(std::size_t at, std::size_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at) return std::nullopt;
    std::size_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      value = value << 8 | bytes_[at + (big_endian_ ? i : count - 1 - i)];
    }
    return value;
  }

  Bytes bytes_;
  bool big_endian_;
};

}  // namespace

Bytes exif_of_jpeg(Bytes jpeg) {
  constexpr std::string_view kExif = "Exif\0\0"sv;
  std::size_t at = 2;  // after the start of image
  while (at + 4 <= jpeg.size() && jpeg[at] == 0xFF) {
    const int marker = jpeg[at + 1];
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    if (marker == 0xDA || marker == 0xD9) break;  // the scan begins, or the image ends
    const std::size_t length = std::size_t{jpeg[at + 2]} << 8 | jpeg[at + 3];
    if (length < 2 || length > jpeg.size() - at - 2) break;
    const Bytes content = jpeg.subspan(at + 4, length - 2);
    if (marker == 0xE1 && starts_with(content, kExif)) return content.subspan(kExif.size());
    at += 2 + length;
  }
  return {};
}

int orientation_of(Bytes bytes) {
  constexpr std::size_t kOrientationTag = 0x0112;
  constexpr std::size_t kShort = 3;
  constexpr std::size_t kEntryBytes = 12;
  const bool big_endian = starts_with(bytes, "MM\0*"sv);
  if (!big_endian && !starts_with(bytes, "II*\0"sv)) return kUpright;
  const Tiff tiff(bytes, big_endian);
  const auto directory = tiff.u32(4);
  const auto entries = directory ? tiff.u16(*directory) : std::nullopt;
  for (std::size_t i = 0; entries && i < *entries; ++i) {
    const std::size_t entry = *directory + 2 + i * kEntryBytes;
    const auto tag = tiff.u16(entry);
    if (!tag) break;
    if (*tag != kOrientationTag) continue;
    const auto value = tiff.u16(entry + 8);
    const bool sensible = tiff.u16(entry + 2) == kShort && value && *value >= 1 && *value <= 8;
    return sensible ? static_cast<int>(*value) : kUpright;
  }
  return kUpright;
}

Image upright(Image stored, int orientation) {
  if (orientation == kUpright) return stored;
  const std::ptrdiff_t width = stored.width();
  const std::ptrdiff_t height = stored.height();
  // Where the upright picture's first pixel is stored, and how far its right and lower neighbours
  // are from it, in pixels.
  struct Walk {
    std::ptrdiff_t first, right, down;
  };
  const Walk walks[] = {
      {0, 1, width},
      {width - 1, -1, width},
      {width * height - 1, -1, -width},
      {width * (height - 1), 1, -width},
      {0, width, 1},
      {width * (height - 1), -width, 1},
      {width * height - 1, -width, -1},
      {width - 1, width, -1},
  };
  const Walk walk = walks[orientation - 1];
  Image image = orientation < 5 ? Image(stored.width(), stored.height())
                                : Image(stored.height(), stored.width());
  std::uint8_t* to = image.data();
  for (std::ptrdiff_t y = 0; y < image.height(); ++y) {
    for (std::ptrdiff_t x = 0; x < image.width(); ++x, to += 3) {
      const std::uint8_t* from =
          std::as_const(stored).data() + 3 * (walk.first + x * walk.right + y * walk.down);
      to[0] = from[0];
      to[1] = from[1];
      to[2] = from[2];
    }
  }
  return image;
}

}  // namespace lprnet::image
