#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lprnet/image.hpp"

namespace lprnet::image {

// Small picture files in memory, made by stb_image_write or byte by byte, so that tests need no
// files.
using FileBytes = std::vector<std::uint8_t>;

// `width * height * channels` bytes of a fixed pattern in which neighbours and channels differ.
FileBytes pattern(int width, int height, int channels);

// Of rows without gaps, which stay the caller's.
ImageView view_of(const FileBytes& bytes, int width, int height, PixelFormat format);

// From interleaved bytes of 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels.
FileBytes png_of(int width, int height, int channels, const FileBytes& pixels);
FileBytes bmp_of(int width, int height, int channels, const FileBytes& pixels);
FileBytes jpeg_of(int width, int height, int channels, const FileBytes& pixels);

// A progressive JPEG of 9x10 grey pixels, which stb_image_write cannot make: by Pillow 13.0,
// quality 50, of the pixels (28 * x + 5 * y) % 256.
FileBytes progressive_jpeg();

// WebP of 9x10 pixels, red (28 * x) % 256, green 5 * y, blue x * y: by Pillow 13.0.
FileBytes lossless_webp();
FileBytes lossy_webp();       // quality 60
FileBytes webp_with_alpha();  // quality 70, alpha 100
FileBytes webp_with_exif();   // lossless, with orientation 6
// One that ends behind its size, 1 to 16384 pixels a side.
FileBytes webp_header(unsigned width, unsigned height);

// How a TIFF file lies.
struct TiffKind {
  int bits = 8;
  int compression = 1;  // which the bytes must have
  int kind = 2;         // the PhotometricInterpretation: 0 white is 0, 1 grey, 2 RGB, 3 palette
  int orientation = 1;
  int tile = 0;  // side of a tile; 0: one strip
  bool big_endian = false;
};
// An uncompressed TIFF from the bytes of its strip or tiles, its directory before them.
FileBytes tiff_of(unsigned width, unsigned height, unsigned samples, const FileBytes& data,
                  const TiffKind& kind = {});

// A PNG from its header fields and the bytes before compression: filter byte and samples of each
// row, of each pass when it is interlaced.
FileBytes raw_png(std::uint32_t width, std::uint32_t height, int bit_depth, int color_type,
                  const FileBytes& rows, bool interlaced = false);

// The bytes before compression of a PNG of that kind: filters and samples at random.
FileBytes png_rows(int width, int height, int bit_depth, int color_type, bool interlaced);

// `count` colours as the content of a PLTE chunk.
FileBytes palette_of(int count);

// `content` as a PNG chunk of that type before the first IDAT.
FileBytes with_chunk(const FileBytes& png, const std::string& type, const FileBytes& content);

// `content` as a JPEG segment with that marker right after the start of the image.
FileBytes with_segment(const FileBytes& jpeg, std::uint8_t marker, const FileBytes& content);

// An EXIF TIFF structure with the Orientation tag as its second entry.
FileBytes exif_of(int orientation, bool big_endian);
// The same as the content of a JPEG's APP1 segment.
FileBytes exif_segment(int orientation, bool big_endian);

FileBytes bytes_of(const std::string& text);
FileBytes operator+(FileBytes left, const FileBytes& right);

Image decode(const FileBytes& file, const ImageOptions& options = {});
// The pixels in RGB order.
FileBytes rgb_of(const Image& image);
// The message of the Error(kInvalidImage or kLimit) that decoding throws; "no error" without one.
std::string decode_error(const FileBytes& file, const ImageOptions& options = {});

}  // namespace lprnet::image
