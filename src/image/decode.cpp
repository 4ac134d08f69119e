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

void check_options(const ImageOptions& options) {
  const auto check = [](const char* name, std::int64_t value, std::int64_t maximum) {
    if (value >= 1 && value <= maximum) return;
    base::fail(ErrorCode::kInvalidArgument, "ImageOptions: ", name, " is ", value,
               ", expected 1 to ", maximum);
  };
  check("max_pixels", options.max_pixels, Image::kMaxPixels);
  check("max_pixels_per_byte", options.max_pixels_per_byte, Image::kMaxPixels);
  check("max_file_bytes", options.max_file_bytes, base::FileLimits::kMaxBytes);
}

[[noreturn]] void refuse_type(const image::Encoded& file) {
  constexpr const char* kExpected =
      ", expected JPEG, PNG, "
#ifdef LPRNET_WITH_WEBP
      "WebP, "
#endif
#ifdef LPRNET_WITH_TIFF
      "TIFF, "
#endif
      "BMP, PGM or PPM";
  image::refuse(file, image::describe(file.bytes) + kExpected);
}

}  // namespace

Image::Image(int width, int height)
    : width_(width), height_(height), pixels_(byte_count(width, height)) {}

Image Image::load(const std::filesystem::path& path, const ImageOptions& options) {
  check_options(options);
  const std::string name = base::text_of(path);
  const base::FileLimits limits{static_cast<std::size_t>(options.max_file_bytes),
                                [&](std::span<const std::uint8_t> head) {
                                  if (image::file_type(head) == image::FileType::kUnknown) {
                                    refuse_type({head, name, options});
                                  }
                                }};
  const base::Bytes file = base::read_file(path, limits);
  return decode(file.data, file.size, name, options);
}

Image Image::decode(const std::uint8_t* bytes, std::size_t size, const std::string& name,
                    const ImageOptions& options) {
  check_options(options);
  const image::Encoded file{{bytes, size}, name, options};
  switch (image::file_type(file.bytes)) {
    case image::FileType::kJpeg: {
      bool lacks_end = false;
      Image picture = image::upright(image::decode_jpeg(file, &lacks_end),
                                     image::orientation_of(image::exif_of_jpeg(file.bytes)));
      if (lacks_end)
        picture.warning_ = name + ": lacks the end marker of a JPEG; its pixels are all there";
      return picture;
    }
    case image::FileType::kPng: {
      const image::PngChunks chunks = image::check_png(file);
      return image::upright(image::decode_png(file, chunks), image::orientation_of(chunks.exif));
    }
    case image::FileType::kBmp:
      return image::decode_with_stb(file, image::kBmpPixelsPerByte);
    case image::FileType::kPnm:
      return image::decode_pnm(file);
    case image::FileType::kWebp:
#ifdef LPRNET_WITH_WEBP
      return image::decode_webp(file);
#endif
    case image::FileType::kTiff:
#ifdef LPRNET_WITH_TIFF
      return image::decode_tiff(file);
#endif
    case image::FileType::kUnknown:
      break;
  }
  refuse_type(file);
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
  const std::int64_t max_pixels = file.options.max_pixels;
  if (width > kMaxSide || height > kMaxSide || width * height > max_pixels) {
    base::fail(ErrorCode::kLimit, file.name, ": is ", width, "x", height,
               ", more than the limit of ", max_pixels, " pixels (ImageOptions::max_pixels)");
  }
  const std::int64_t pixels = width * height;
  const auto bytes = static_cast<std::int64_t>(file.bytes.size());
  if (pixels / pixels_per_byte > bytes) {
    refuse(file, base::cat("claims to be ", width, "x", height, ", which its ", bytes,
                           " bytes cannot hold: it is truncated or damaged"));
  }
  constexpr std::int64_t kSmall = ImageOptions::kSmallPixels;
  if (pixels > kSmall && pixels / file.options.max_pixels_per_byte > bytes) {
    base::fail(ErrorCode::kLimit, file.name, ": is ", width, "x", height, " from ", bytes,
               " bytes, more than ", file.options.max_pixels_per_byte,
               " pixels for each, the limit for pictures over ", kSmall,
               " pixels (ImageOptions::max_pixels_per_byte)");
  }
}

Image image_for(const Encoded& file, std::int64_t width, std::int64_t height,
                std::int64_t pixels_per_byte) {
  check_size(file, width, height, pixels_per_byte);
  return Image(static_cast<int>(width), static_cast<int>(height));
}

}  // namespace image
}  // namespace lprnet
