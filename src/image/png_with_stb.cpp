// PNG in a build without libpng.
#include <string>
#include <vector>

#include "image/png_chunks.h"

namespace lprnet::image {

// stb_image is given a file of the checked chunks alone. The palette is filled up with black, as
// libpng's is: stb_image takes the colours behind its end from uninitialised memory.
Image decode_png(const Encoded& file, const PngChunks& chunks) {
  constexpr std::size_t kFrame = 12;
  constexpr std::size_t kPaletteBytes = std::size_t{256} * 3;
  std::vector<std::uint8_t> bytes;
  bytes.reserve(kPngSignatureBytes + chunks.header.size() + kPaletteBytes + kFrame +
                chunks.data.size() + kFrame);
  const auto append = [&](std::span<const std::uint8_t> part) {
    bytes.insert(bytes.end(), part.begin(), part.end());
  };
  append(file.bytes.first(kPngSignatureBytes));
  append(chunks.header);
  if (!chunks.palette.empty()) {
    const auto colors = chunks.palette.subspan(8, chunks.palette.size() - kFrame);
    if (colors.empty() || colors.size() % 3 != 0 || colors.size() > kPaletteBytes) {
      refuse(file, "is a damaged PNG: its palette has " + std::to_string(colors.size()) + " bytes");
    }
    append({{0, 0, kPaletteBytes >> 8, kPaletteBytes & 255, 'P', 'L', 'T', 'E'}});
    append(colors);
    bytes.resize(bytes.size() + kPaletteBytes - colors.size() + 4);  // stb_image reads no checksum
  }
  append(chunks.data);
  append({{0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82}});
  return decode_with_stb({bytes, file.name, file.options}, chunks.pixels_per_byte);
}

}  // namespace lprnet::image
