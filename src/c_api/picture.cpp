#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "c_api/objects.h"
#include "c_api/sized.h"
#include "c_api/status.h"
#include "lprnet/error.hpp"

namespace lprnet::c_api {
namespace {

constexpr std::size_t kFirstPictureOptions = sizeof(lprnet_picture_options);
constexpr std::size_t kFirstPixels = offsetof(lprnet_pixels, chroma);

ImageOptions options_of(const lprnet_picture_options* callers) {
  const auto known = sized_or_default(callers, kFirstPictureOptions, "lprnet_picture_options");
  ImageOptions options;
  set_limit(options.max_pixels, known.max_pixels, "max_pixels");
  set_limit(options.max_pixels_per_byte, known.max_pixels_per_byte, "max_pixels_per_byte");
  set_limit(options.max_file_bytes, known.max_file_bytes, "max_file_bytes");
  return options;
}

std::optional<CameraFormat> camera_format_of(std::int32_t format) {
  switch (format) {
    case LPRNET_NV12:
      return CameraFormat::kNv12;
    case LPRNET_NV21:
      return CameraFormat::kNv21;
    case LPRNET_YUYV:
      return CameraFormat::kYuyv;
  }
  return std::nullopt;
}

PixelFormat format_of(std::int32_t format) {
  switch (format) {
    case LPRNET_BGR:
      return PixelFormat::kBgr;
    case LPRNET_RGB:
      return PixelFormat::kRgb;
    case LPRNET_BGRA:
      return PixelFormat::kBgra;
    case LPRNET_RGBA:
      return PixelFormat::kRgba;
    case LPRNET_GRAY:
      return PixelFormat::kGray;
  }
  fail(ErrorCode::kUnsupported,
       "lprnet_pixels: format is %" PRId32 ", expected one of lprnet_pixel_format", format);
}

ImageView view_of(const lprnet_pixels& known) {
  ImageView view;
  view.data = &required(known.data, "lprnet_pixels: data");
  view.width = known.width;
  view.height = known.height;
  view.format = format_of(known.format);
  const std::int64_t least = std::int64_t{known.width} * channels_of(view.format);
  view.row_bytes = known.row_bytes == 0 ? static_cast<std::ptrdiff_t>(least) : known.row_bytes;
  if (known.width < 1 || known.height < 1 || view.row_bytes < least) {
    fail(ErrorCode::kInvalidArgument,
         "lprnet_pixels: %" PRId32 "x%" PRId32
         " pixels in rows of %td bytes, expected at least 1x1 pixels and no row that overlaps the "
         "next",
         known.width, known.height, view.row_bytes);
  }
  return view;
}

CameraView frame_of(const lprnet_pixels& known, CameraFormat format) {
  const CameraView frame{&required(known.data, "lprnet_pixels: data"),
                         known.width,
                         known.height,
                         known.row_bytes,
                         format,
                         known.chroma,
                         known.chroma_row_bytes};
  check_frame(frame);
  return frame;
}

lprnet_picture* owning(Image image) {
  auto picture = std::make_unique<lprnet_picture>();
  picture->owned = std::move(image);
  picture->view = picture->owned.view();
  return picture.release();
}

}  // namespace
}  // namespace lprnet::c_api

lprnet_status lprnet_picture_load(const char* path, const lprnet_picture_options* options,
                                  lprnet_picture** picture) {
  using namespace lprnet;
  return c_api::guarded(picture, "picture", [&] {
    const char* const file = &c_api::required(path, "path");
    return c_api::owning(Image::load(file, c_api::options_of(options)));
  });
}

lprnet_status lprnet_picture_decode(const void* bytes, size_t size, const char* name,
                                    const lprnet_picture_options* options,
                                    lprnet_picture** picture) {
  using namespace lprnet;
  return c_api::guarded(picture, "picture", [&] {
    const auto* first = &c_api::required(static_cast<const std::uint8_t*>(bytes), "bytes");
    return c_api::owning(
        Image::decode(first, size, name == nullptr ? "picture" : name, c_api::options_of(options)));
  });
}

lprnet_status lprnet_picture_of_pixels(const lprnet_pixels* pixels, lprnet_picture** picture) {
  using namespace lprnet;
  return c_api::guarded(picture, "picture", [&] {
    const lprnet_pixels known =
        c_api::sized(c_api::required(pixels, "pixels"), c_api::kFirstPixels, "lprnet_pixels");
    auto made = std::make_unique<lprnet_picture>();
    if (const auto format = c_api::camera_format_of(known.format)) {
      made->frame = c_api::frame_of(known, *format);
      made->view.width = known.width;
      made->view.height = known.height;
    } else {
      made->view = c_api::view_of(known);
    }
    return made.release();
  });
}

void lprnet_picture_free(lprnet_picture* picture) { delete picture; }

int32_t lprnet_picture_width(const lprnet_picture* picture) {
  return picture == nullptr ? 0 : picture->view.width;
}

int32_t lprnet_picture_height(const lprnet_picture* picture) {
  return picture == nullptr ? 0 : picture->view.height;
}

const char* lprnet_picture_warning(const lprnet_picture* picture) {
  return picture == nullptr ? "" : picture->owned.warning().c_str();
}
