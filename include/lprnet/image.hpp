#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lprnet/export.hpp"

namespace lprnet {

enum class PixelFormat { kBgr, kRgb, kBgra, kRgba, kGray };

// Bytes per pixel.
constexpr int channels_of(PixelFormat format) {
  switch (format) {
    case PixelFormat::kGray:
      return 1;
    case PixelFormat::kBgr:
    case PixelFormat::kRgb:
      return 3;
    case PixelFormat::kBgra:
    case PixelFormat::kRgba:
      return 4;
  }
  return 0;
}

// Somebody else's 8-bit pixels, rows from top to bottom; never owns. An alpha channel is ignored.
struct ImageView {
  const std::uint8_t* data = nullptr;
  int width = 0;                 // pixels, at least 1
  int height = 0;                // pixels, at least 1
  std::ptrdiff_t row_bytes = 0;  // from one row to the next, at least width * channels_of(format)
  PixelFormat format = PixelFormat::kBgr;
};

// What a picture file may cost. The defaults suit files from strangers; a host with larger pictures
// of its own raises them, one with little memory lowers them.
//
// Decoding takes 3 bytes for each pixel of the result and, while it lasts: nothing to speak of for
// PNG, PNM and TIFF, 3 more for BMP and for what EXIF turns, 2 for each sample of a progressive
// JPEG (6 for colour without subsampling, 8 for CMYK), up to 8 for WebP. A build without libpng
// takes up to 20 for PNG.
struct ImageOptions {
  // width * height at most, 1 to Image::kMaxPixels.
  std::int64_t max_pixels = std::int64_t{1} << 27;
  // A picture over kSmallPixels has at most that many pixels for each byte of its file: an empty
  // one can compress a thousandfold, a photograph does not. At least 1.
  std::int64_t max_pixels_per_byte = 64;
  // Of the file, for Image::load. A pipe is read no further.
  std::int64_t max_file_bytes = std::int64_t{1} << 29;

  static constexpr std::int64_t kSmallPixels = std::int64_t{1} << 24;
};

// An owned 8-bit BGR image, rows without padding: the form OpenCV's imread gives and LPRNet was
// trained on. A value: copies copy the pixels.
class LPRNET_API Image {
 public:
  // The largest picture: width * height, in pixels (805 MB of BGR).
  static constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;

  // Throws Error(kInvalidArgument) unless width and height are at least 1 and at most kMaxPixels
  // together. The pixels are black.
  Image(int width, int height);
  // An empty picture of 0x0 pixels, for one that comes later. Whatever takes a picture refuses it.
  Image() noexcept = default;

  // Reads JPEG, PNG, BMP, PGM or PPM, in a build that has them WebP and TIFF, told by content; grey
  // and 16-bit pictures become 8-bit BGR, alpha is dropped. The EXIF orientation is honoured, that
  // of a JPEG or PNG as by the cv2.imread that PyTorch pipelines read with. A JPEG has the bytes
  // that OpenCV gives when the library is built with libjpeg-turbo; stb_image's differ by a few
  // grey levels.
  //
  // A truncated or damaged file is an error, never half a picture: a plate read from it would be a
  // guess. A JPEG that lacks its end marker alone is read, as by cv2.imread, and has a warning(); a
  // build without libjpeg-turbo refuses it. A file is refused from its first bytes when it is no
  // picture, and from its header when it claims more than `options` allow, before memory is
  // allocated for it. Pipes and devices such as /dev/stdin are read to their end; a named pipe
  // waits for its writer.
  //
  // Throws Error: kNotFound, kIo (also a folder), kInvalidImage, kLimit, kInvalidArgument for
  // options out of range; std::bad_alloc.
  static Image load(const std::filesystem::path& path, const ImageOptions& options = {});
  // The same from memory; `name` stands in error messages.
  static Image decode(const std::uint8_t* bytes, std::size_t size,
                      const std::string& name = "image", const ImageOptions& options = {});

  // Whether the bytes begin like a file of a type that decode() reads: the first 18 suffice. A PGM
  // or PPM has to have a number after its type, so that no text that begins with "P5 " is one.
  static bool is_picture(const std::uint8_t* bytes, std::size_t size) noexcept;

  bool empty() const noexcept { return pixels_.empty(); }
  // What is wrong with the file that it was read from although all pixels are right, with the
  // file's name; empty: nothing.
  const std::string& warning() const noexcept { return warning_; }
  int width() const noexcept { return width_; }
  int height() const noexcept { return height_; }
  std::uint8_t* data() noexcept { return pixels_.data(); }
  const std::uint8_t* data() const noexcept { return pixels_.data(); }

  ImageView view() const noexcept {
    return {pixels_.data(), width_, height_, std::ptrdiff_t{3} * width_, PixelFormat::kBgr};
  }

 private:
  int width_ = 0;
  int height_ = 0;
  std::vector<std::uint8_t> pixels_;
  std::string warning_;
};

}  // namespace lprnet
