#include <string>

#include "base/error_text.h"
#include "base/file_bytes.h"
#include "image/decoders.h"
#include "image/file_type.h"
#include "image/orientation.h"
#include "image/png_chunks.h"
#include "lprnet/image.hpp"

namespace lprnet {
namespace {

std::size_t byte_count(int width, int height) {
  if (width < 1 || height < 1 || std::int64_t{width} * height > Image::kMaxPixels) {
    base::fail(ErrorCode::kInvalidArgument, "image of ", width, "x", height,
               ": expected sizes of at least 1 and at most ", Image::kMaxPixels, " pixels");
  }
  return static_cast<std::size_t>(std::int64_t{width} * height * 3);
}

}  // namespace

Image::Image(int width, int height)
    : width_(width), height_(height), pixels_(byte_count(width, height)) {}

Image Image::load(const std::filesystem::path& path) {
  const base::Bytes file = base::read_file(path);
  return decode(file.data, file.size, base::text_of(path));
}

Image Image::decode(const std::uint8_t* bytes, std::size_t size, const std::string& name) {
  const image::Encoded file{{bytes, size}, name};
  switch (image::file_type(file.bytes)) {
    case image::FileType::kJpeg:
      return image::upright(image::decode_jpeg(file),
                            image::orientation_of(image::exif_of_jpeg(file.bytes)));
    case image::FileType::kPng: {
      const image::PngChunks chunks = image::check_png(file);
      return image::upright(image::decode_with_stb(file, chunks.pixels_per_byte),
                            image::orientation_of(chunks.exif));
    }
    case image::FileType::kBmp:
      return image::decode_with_stb(file, image::kBmpPixelsPerByte);
    case image::FileType::kPnm:
      return image::decode_pnm(file);
    case image::FileType::kUnknown:
      break;
  }
  image::refuse(file, image::describe(file.bytes) + ", expected JPEG, PNG, BMP, PGM or PPM");
}

bool Image::is_picture(const std::uint8_t* bytes, std::size_t size) noexcept {
  const image::FileType type = image::file_type({bytes, size});
  if (type != image::FileType::kPnm) return type != image::FileType::kUnknown;
  std::size_t at = 2;
  while (at < size && (bytes[at] == ' ' || (bytes[at] >= '\t' && bytes[at] <= '\r'))) ++at;
  return at < size && (bytes[at] == '#' || (bytes[at] >= '0' && bytes[at] <= '9'));
}

namespace image {

void refuse(const Encoded& file, const std::string& reason) {
  base::fail(ErrorCode::kInvalidImage, file.name, ": ", reason);
}

void check_size(const Encoded& file, std::int64_t width, std::int64_t height,
                std::int64_t pixels_per_byte) {
  if (width < 1 || height < 1)
    refuse(file, base::cat("is ", width, "x", height, ", an empty picture"));
  // Every type stores a size in at most 32 bits, so that the product cannot wrap after this.
  constexpr std::int64_t kMaxSide = Image::kMaxPixels;
  if (width > kMaxSide || height > kMaxSide || width * height > Image::kMaxPixels) {
    refuse(file, base::cat("is ", width, "x", height, ", more than the limit of ",
                           Image::kMaxPixels, " pixels"));
  }
  if (width * height / pixels_per_byte > static_cast<std::int64_t>(file.bytes.size())) {
    refuse(file, base::cat("claims to be ", width, "x", height, ", which its ", file.bytes.size(),
                           " bytes cannot hold: it is truncated or damaged"));
  }
}

Image image_for(const Encoded& file, std::int64_t width, std::int64_t height,
                std::int64_t pixels_per_byte) {
  check_size(file, width, height, pixels_per_byte);
  return Image(static_cast<int>(width), static_cast<int>(height));
}

}  // namespace image
}  // namespace lprnet
