// libpng with the transformations of OpenCV's imread, fed with checked chunks, row by row into the
// picture.
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "image/png_chunks.h"

namespace lprnet::image {
namespace {

// libpng's state. Its errors jump back to the function that called setjmp, so nothing with a
// destructor may live between the two.
struct PngDecompressor {
  explicit PngDecompressor(Image& to) : image(to) {}
  ~PngDecompressor() { png_destroy_read_struct(&png, &info, nullptr); }
  PngDecompressor(const PngDecompressor&) = delete;
  PngDecompressor& operator=(const PngDecompressor&) = delete;

  // False: `reason` says what is wrong, or `out_of_memory` is set.
  bool open();
  bool feed(std::span<const std::uint8_t> bytes);
  // Whether the last row has come.
  bool is_complete() const;

  Image& image;
  png_structp png = nullptr;
  png_infop info = nullptr;
  bool is_interlaced = false;
  bool out_of_memory = false;
  std::jmp_buf escape;
  char reason[160] = "";
};

PngDecompressor& owner_of(png_structp png) {
  return *static_cast<PngDecompressor*>(png_get_error_ptr(png));
}

[[noreturn]] void escape_with_message(png_structp png, png_const_charp message) {
  PngDecompressor& self = owner_of(png);
  std::snprintf(self.reason, sizeof(self.reason), "cannot be decoded as PNG: %s", message);
  std::longjmp(self.escape, 1);
}

// Oddities around the pixels; missing ones are seen by is_complete().
void on_warning(png_structp, png_const_charp) {}

void* allocate(png_structp png, png_alloc_size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) {
    static_cast<PngDecompressor*>(png_get_mem_ptr(png))->out_of_memory = true;
  }
  return memory;
}

void release(png_structp, void* memory) { std::free(memory); }

// Before the first pixel.
void on_header(png_structp png, png_infop info) {
  PngDecompressor& self = owner_of(png);
  const int color_type = png_get_color_type(png, info);
  self.is_interlaced = png_get_interlace_type(png, info) != PNG_INTERLACE_NONE;
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  if (color_type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if ((color_type & PNG_COLOR_MASK_COLOR) == 0) {
    if (png_get_bit_depth(png, info) < 8) png_set_expand_gray_1_2_4_to_8(png);
    png_set_gray_to_rgb(png);
  } else {
    png_set_bgr(png);
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != static_cast<std::size_t>(self.image.width()) * 3) {
    png_error(png, "unexpected kind of pixels");
  }
}

// `row` is null where a pass over an interlaced picture leaves this row out.
void on_row(png_structp png, png_bytep row, png_uint_32 y, int) {
  Image& image = owner_of(png).image;
  if (row == nullptr || y >= static_cast<png_uint_32>(image.height())) return;
  png_progressive_combine_row(
      png, image.data() + std::size_t{y} * static_cast<std::size_t>(image.width()) * 3, row);
}

bool PngDecompressor::open() {
  if (setjmp(escape) != 0) return false;
  png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, this, escape_with_message, on_warning, this,
                                 allocate, release);
  if (png != nullptr) info = png_create_info_struct(png);
  if (info == nullptr) {
    out_of_memory = true;
    return false;
  }
  // Width and height have been compared with the options already, and the checksums.
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  png_set_progressive_read_fn(png, this, on_header, on_row, nullptr);
  return true;
}

bool PngDecompressor::feed(std::span<const std::uint8_t> bytes) {
  if (setjmp(escape) != 0) return false;
  // libpng does not change what it reads.
  png_process_data(png, info, const_cast<png_bytep>(bytes.data()), bytes.size());
  return true;
}

bool PngDecompressor::is_complete() const {
  constexpr int kPasses = 7;
  return is_interlaced ? png_get_current_pass_number(png) >= kPasses
                       : png_get_current_row_number(png) >= png_get_image_height(png, info);
}

}  // namespace

Image decode_png(const Encoded& file, const PngChunks& chunks) {
  Image image(static_cast<int>(chunks.width), static_cast<int>(chunks.height));
  PngDecompressor png(image);
  const auto check = [&](bool done) {
    if (done) return;
    if (png.out_of_memory) throw std::bad_alloc();
    refuse(file, png.reason);
  };
  check(png.open());
  check(png.feed(file.bytes.first(kPngSignatureBytes)));
  check(png.feed(chunks.header));
  check(png.feed(chunks.palette));
  // In pieces, so that what a file packs behind the last row is not even inflated.
  constexpr std::size_t kPiece = 65536;
  auto left = chunks.data;
  while (!left.empty()) {
    const auto piece = left.first(std::min(left.size(), kPiece));
    check(png.feed(piece));
    if (png.is_complete()) return image;
    left = left.subspan(piece.size());
  }
  refuse(file, "holds less data than a picture of its size");
}

}  // namespace lprnet::image
