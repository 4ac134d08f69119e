// The first picture of a TIFF file by libtiff, row by row or tile by tile into the picture: grey,
// RGB and palettes, stored plainly or packed without loss. libtiff knows many more kinds; each is
// code for strangers' bytes, and no camera writes them.
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "image/decoders.h"
#include "image/orientation.h"
#include "lprnet/error.hpp"

namespace lprnet::image {
namespace {

// What libtiff reads from, and what it complains of.
struct TiffSource {
  std::span<const std::uint8_t> bytes;
  std::size_t at = 0;
  bool is_short = false;  // it asked for bytes beyond the end
  bool has_failed = false;
  char reason[160] = "";
};

TiffSource& tiff_source(thandle_t handle) { return *static_cast<TiffSource*>(handle); }

tmsize_t read_tiff(thandle_t handle, void* to, tmsize_t wanted) {
  TiffSource& source = tiff_source(handle);
  const std::size_t left = source.bytes.size() - std::min(source.at, source.bytes.size());
  const std::size_t count = std::min(left, static_cast<std::size_t>(wanted));
  source.is_short |= count < static_cast<std::size_t>(wanted);
  if (count > 0) std::memcpy(to, source.bytes.data() + source.at, count);
  source.at += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_nothing(thandle_t, void*, tmsize_t) { return 0; }

toff_t seek_in_tiff(thandle_t handle, toff_t offset, int whence) {
  TiffSource& source = tiff_source(handle);
  const toff_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? source.at : source.bytes.size();
  source.at = static_cast<std::size_t>(from + offset);
  source.is_short |= source.at > source.bytes.size();
  return source.at;
}

int close_tiff(thandle_t) { return 0; }

toff_t size_of_tiff(thandle_t handle) { return tiff_source(handle).bytes.size(); }

int on_tiff_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  auto& source = *static_cast<TiffSource*>(user);
  if (!source.has_failed) {
    std::vsnprintf(source.reason, sizeof(source.reason), format, arguments);
  }
  source.has_failed = true;
  return 1;
}

int on_tiff_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};

struct FreeTiffOptions {
  void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};

// How the pixels of a file become BGR.
struct TiffPixels {
  std::uint16_t bits = 1;
  std::uint16_t samples = 1;
  std::uint16_t kind = PHOTOMETRIC_MINISBLACK;
  std::array<std::vector<std::uint8_t>, 3> palette;  // blue, green, red

  // A row's first pixels. REQUIRES: as many bytes as `count` pixels take.
  void convert(const std::uint8_t* row, std::size_t count, std::uint8_t* to) const;

 private:
  // Of 1 to 16 bits, as 8.
  std::uint8_t sample(const std::uint8_t* row, std::size_t index) const {
    if (bits == 16) {
      std::uint16_t value = 0;
      std::memcpy(&value, row + 2 * index, 2);
      return static_cast<std::uint8_t>(value >> 8U);
    }
    return static_cast<std::uint8_t>(raw(row, index) * 255U / ((1U << bits) - 1));
  }
  unsigned raw(const std::uint8_t* row, std::size_t index) const {
    const std::size_t bit = index * bits;
    return static_cast<unsigned>(row[bit / 8] >> (8 - bits - bit % 8)) & ((1U << bits) - 1);
  }
};

void TiffPixels::convert(const std::uint8_t* row, std::size_t count, std::uint8_t* to) const {
  for (std::size_t x = 0; x < count; ++x, to += 3) {
    const std::size_t first = x * samples;
    if (kind == PHOTOMETRIC_RGB) {
      for (std::size_t c = 0; c < 3; ++c) to[c] = sample(row, first + 2 - c);
    } else if (kind == PHOTOMETRIC_PALETTE) {
      const unsigned index = raw(row, first);
      for (std::size_t c = 0; c < 3; ++c) to[c] = palette[c][index];
    } else {
      const std::uint8_t grey = sample(row, first);
      const bool is_inverted = kind == PHOTOMETRIC_MINISWHITE;
      std::fill_n(to, 3, is_inverted ? static_cast<std::uint8_t>(255 - grey) : grey);
    }
  }
}

class TiffDecoder {
 public:
  explicit TiffDecoder(const Encoded& file) : file_(file) { source_.bytes = file.bytes; }

  Image decode() {
    open();
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    TIFFGetField(tiff_.get(), TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff_.get(), TIFFTAG_IMAGELENGTH, &height);
    read_kind();
    Image image = image_for(file_, width, height, kTiffPixelsPerByte);
    read_palette();
    if (TIFFIsTiled(tiff_.get()) != 0) {
      read_tiles(image);
    } else {
      read_rows(image);
    }
    const int orientation = number(TIFFTAG_ORIENTATION);
    const bool is_known = orientation >= 1 && orientation <= 8;
    tiff_.reset();
    return upright(std::move(image), is_known ? orientation : kUpright);
  }

 private:
  // What libtiff complained of, as an exception.
  [[noreturn]] void fail() {
    if (source_.is_short) refuse(file_, kTruncated);
    refuse(file_, std::string("cannot be decoded as TIFF: ") +
                      (source_.has_failed ? source_.reason : "its bytes are damaged"));
  }

  void open() {
    const std::unique_ptr<TIFFOpenOptions, FreeTiffOptions> options(TIFFOpenOptionsAlloc());
    if (options == nullptr) throw std::bad_alloc();
    // Tables and rows; a row's width is not known yet.
    constexpr tmsize_t kTables = tmsize_t{64} << 20U;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(),
                                        kTables + static_cast<tmsize_t>(file_.bytes.size()));
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_tiff_error, &source_);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_tiff_warning, &source_);
    // "m": not mapped into memory, for it lies there.
    tiff_.reset(TIFFClientOpenExt("picture", "rm", &source_, read_tiff, write_nothing, seek_in_tiff,
                                  close_tiff, size_of_tiff, nullptr, nullptr, options.get()));
    if (tiff_ == nullptr || source_.has_failed) fail();
  }

  std::uint16_t number(std::uint32_t tag) {
    std::uint16_t value = 0;
    TIFFGetFieldDefaulted(tiff_.get(), tag, &value);
    return value;
  }

  void read_kind() {
    pixels_.bits = number(TIFFTAG_BITSPERSAMPLE);
    pixels_.samples = number(TIFFTAG_SAMPLESPERPIXEL);
    pixels_.kind = number(TIFFTAG_PHOTOMETRIC);
    const bool is_grey =
        pixels_.kind == PHOTOMETRIC_MINISBLACK || pixels_.kind == PHOTOMETRIC_MINISWHITE;
    const bool is_rgb = pixels_.kind == PHOTOMETRIC_RGB;
    const bool has_few_bits = pixels_.bits == 1 || pixels_.bits == 2 || pixels_.bits == 4;
    const bool fits = pixels_.kind == PHOTOMETRIC_PALETTE
                          ? pixels_.samples == 1 && (has_few_bits || pixels_.bits == 8)
                          : pixels_.bits == 8 || pixels_.bits == 16 || (is_grey && has_few_bits);
    constexpr std::uint16_t kMostSamples = 8;
    if (!(is_grey || is_rgb || pixels_.kind == PHOTOMETRIC_PALETTE) || !fits ||
        pixels_.samples < (is_rgb ? 3 : 1) || pixels_.samples > kMostSamples ||
        number(TIFFTAG_SAMPLEFORMAT) != SAMPLEFORMAT_UINT ||
        number(TIFFTAG_PLANARCONFIG) != PLANARCONFIG_CONTIG) {
      refuse(file_,
             "is a TIFF of an unusual kind, expected grey, RGB or a palette in whole numbers "
             "of up to 16 bits, pixel by pixel");
    }
    const std::uint16_t packed = number(TIFFTAG_COMPRESSION);
    constexpr std::array kPacked = {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE,
                                    COMPRESSION_DEFLATE, COMPRESSION_PACKBITS};
    if (std::find(kPacked.begin(), kPacked.end(), packed) == kPacked.end()) {
      refuse(file_, "is a TIFF of compression " + std::to_string(packed) +
                        ", expected none, LZW, Deflate or PackBits");
    }
  }

  void read_palette() {
    if (pixels_.kind != PHOTOMETRIC_PALETTE) return;
    std::array<std::uint16_t*, 3> colours{};
    if (TIFFGetField(tiff_.get(), TIFFTAG_COLORMAP, &colours[2], &colours[1], &colours[0]) == 0) {
      refuse(file_, "is a TIFF without the palette that its pixels name");
    }
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < std::size_t{1} << pixels_.bits; ++i) {
        pixels_.palette[c].push_back(static_cast<std::uint8_t>(colours[c][i] * 255U / 65535U));
      }
    }
  }

  // The bytes that libtiff gives at a time. `least` is what the picture needs of them.
  std::vector<std::uint8_t> buffer_of(std::uint64_t bytes, std::uint64_t least) {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 31U;
    if (source_.has_failed) fail();
    if (bytes < least || bytes > kMost) {
      refuse(file_, "cannot be decoded as TIFF: its rows or tiles have a size that makes no sense");
    }
    return std::vector<std::uint8_t>(bytes);
  }

  std::uint64_t bytes_of(std::uint64_t pixels) const {
    return (pixels * pixels_.samples * pixels_.bits + 7) / 8;
  }

  static std::uint8_t* pixel_of(Image& image, std::size_t x, std::size_t y) {
    return image.data() + (y * static_cast<std::size_t>(image.width()) + x) * 3;
  }

  void read_rows(Image& image) {
    const auto width = static_cast<std::size_t>(image.width());
    std::vector<std::uint8_t> row = buffer_of(TIFFScanlineSize64(tiff_.get()), bytes_of(width));
    for (std::size_t y = 0; y < static_cast<std::size_t>(image.height()); ++y) {
      const bool done =
          TIFFReadScanline(tiff_.get(), row.data(), static_cast<std::uint32_t>(y)) == 1;
      if (!done || source_.has_failed) fail();
      pixels_.convert(row.data(), width, pixel_of(image, 0, y));
    }
  }

  void read_tiles(Image& image) {
    std::uint32_t tile_width = 0;
    std::uint32_t tile_height = 0;
    TIFFGetField(tiff_.get(), TIFFTAG_TILEWIDTH, &tile_width);
    TIFFGetField(tiff_.get(), TIFFTAG_TILELENGTH, &tile_height);
    // A tile may be larger than the picture, but not by much.
    constexpr std::uint32_t kSpare = 4096;
    const auto width = static_cast<std::uint32_t>(image.width());
    const auto height = static_cast<std::uint32_t>(image.height());
    if (tile_width < 1 || tile_height < 1 || tile_width > width + kSpare ||
        tile_height > height + kSpare) {
      refuse(file_, "cannot be decoded as TIFF: its tiles have a size that makes no sense");
    }
    const std::uint64_t row_bytes = TIFFTileRowSize64(tiff_.get());
    if (row_bytes < bytes_of(tile_width)) fail();
    std::vector<std::uint8_t> tile =
        buffer_of(TIFFTileSize64(tiff_.get()), row_bytes * tile_height);
    for (std::uint32_t top = 0; top < height; top += tile_height) {
      for (std::uint32_t left = 0; left < width; left += tile_width) {
        if (TIFFReadTile(tiff_.get(), tile.data(), left, top, 0, 0) < 0 || source_.has_failed) {
          fail();
        }
        const std::uint32_t rows = std::min(tile_height, height - top);
        const std::uint32_t columns = std::min(tile_width, width - left);
        for (std::uint32_t y = 0; y < rows; ++y) {
          pixels_.convert(tile.data() + y * row_bytes, columns, pixel_of(image, left, top + y));
        }
      }
    }
  }

  const Encoded& file_;
  TiffSource source_;
  std::unique_ptr<TIFF, CloseTiff> tiff_;  // before its source goes
  TiffPixels pixels_;
};

}  // namespace

Image decode_tiff(const Encoded& file) {
  try {
    return TiffDecoder(file).decode();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidImage) throw;
  }
  // libtiff tells a damaged file and an allocation that failed apart in words alone. Without memory
  // this throws std::bad_alloc, for the reason has to be written down.
  return TiffDecoder(file).decode();
}

}  // namespace lprnet::image
