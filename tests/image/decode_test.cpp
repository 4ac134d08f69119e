#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <limits>

#include "image/preprocess.h"
#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "tests/image/pictures.h"
#include "tests/temporary_folder.h"

namespace lprnet::image {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

FileBytes gray_as_rgb(const FileBytes& gray) {
  FileBytes rgb;
  for (const std::uint8_t value : gray) rgb.insert(rgb.end(), 3, value);
  return rgb;
}

// The first `kept` of each `channels` bytes.
FileBytes without_alpha(const FileBytes& pixels, std::size_t channels, std::size_t kept) {
  FileBytes out;
  for (std::size_t i = 0; i < pixels.size(); i += channels) {
    out.insert(out.end(), pixels.begin() + static_cast<std::ptrdiff_t>(i),
               pixels.begin() + static_cast<std::ptrdiff_t>(i + kept));
  }
  return out;
}

#ifdef LPRNET_WITH_WEBP
FileBytes pixels_of_webp() {
  FileBytes rgb;
  for (int y = 0; y < 10; ++y) {
    for (int x = 0; x < 9; ++x) {
      for (const int value : {28 * x, 5 * y, x * y})
        rgb.push_back(static_cast<std::uint8_t>(value));
    }
  }
  return rgb;
}

TEST(DecodeWebp, Lossless) {
  const Image image = decode(lossless_webp());
  ASSERT_EQ(image.width(), 9);
  EXPECT_EQ(rgb_of(image), pixels_of_webp());
}

TEST(DecodeWebp, IsTurnedAsExifSays) {
  const Image image = decode(webp_with_exif());
  ASSERT_EQ(image.width(), 10);
  // Clockwise: the first row was the first column, from below.
  const FileBytes stored = pixels_of_webp();
  const FileBytes turned = rgb_of(image);
  for (std::size_t x = 0; x < 10; ++x) EXPECT_EQ(turned[3 * x + 1], stored[3 * 9 * (9 - x) + 1]);
}
#endif

#ifdef LPRNET_WITH_TIFF
TEST(DecodeTiff, Rgb) {
  const FileBytes rgb = pattern(6, 5, 3);
  EXPECT_EQ(rgb_of(decode(tiff_of(6, 5, 3, rgb))), rgb);
  EXPECT_EQ(rgb_of(decode(tiff_of(6, 5, 3, rgb, {.big_endian = true}))), rgb);
}

TEST(DecodeTiff, AlphaIsDropped) {
  EXPECT_EQ(rgb_of(decode(tiff_of(2, 1, 4, {1, 2, 3, 0, 5, 6, 7, 99}))),
            (FileBytes{1, 2, 3, 5, 6, 7}));
}

TEST(DecodeTiff, SixteenBitsKeepTheUpperByte) {
  EXPECT_EQ(rgb_of(decode(tiff_of(1, 1, 3, {9, 100, 250, 101, 0, 102}, {.bits = 16}))),
            (FileBytes{100, 101, 102}));
  EXPECT_EQ(rgb_of(decode(tiff_of(1, 1, 1, {7, 200}, {.bits = 16, .kind = 1, .big_endian = true}))),
            (FileBytes{7, 7, 7}));
}

TEST(DecodeTiff, GreyOfFewBits) {
  // 10110000: of one bit, where black is 0, then where white is; of two bits.
  const auto grey = [](const TiffKind& kind) {
    const FileBytes rgb = rgb_of(decode(tiff_of(4, 1, 1, {0xB0}, kind)));
    return FileBytes{rgb[0], rgb[3], rgb[6], rgb[9]};
  };
  EXPECT_EQ(grey({.bits = 1, .kind = 1}), (FileBytes{255, 0, 255, 255}));
  EXPECT_EQ(grey({.bits = 1, .kind = 0}), (FileBytes{0, 255, 0, 0}));
  EXPECT_EQ(grey({.bits = 2, .kind = 1}), (FileBytes{170, 255, 0, 0}));
}

TEST(DecodeTiff, Palette) {
  // tiff_of() gives colour i the red 7 * i, the green 50 more, the blue 100 more.
  EXPECT_EQ(rgb_of(decode(tiff_of(2, 1, 1, {0x3A}, {.bits = 4, .kind = 3}))),
            (FileBytes{21, 71, 121, 70, 120, 170}));
}

TEST(DecodeTiff, Tiles) {
  // Two tiles of 16x16 for a picture of 18x5.
  FileBytes tiles(2 * 16 * 16 * 3);
  for (std::size_t i = 0; i < tiles.size(); ++i) tiles[i] = static_cast<std::uint8_t>(i % 251);
  const FileBytes rgb = rgb_of(decode(tiff_of(18, 5, 3, tiles, {.tile = 16})));
  for (std::size_t y = 0; y < 5; ++y) {
    for (std::size_t x = 0; x < 18; ++x) {
      const std::size_t at = (x / 16) * 768 + (y * 16 + x % 16) * 3;
      ASSERT_EQ(rgb[(y * 18 + x) * 3], tiles[at]) << x << ", " << y;
    }
  }
}

TEST(DecodeTiff, IsTurnedAsItsTagSays) {
  const FileBytes grey = {'a', 'b', 'c', 'd', 'e', 'f'};
  const Image image = decode(tiff_of(3, 2, 1, grey, {.kind = 1, .orientation = 6}));
  ASSERT_EQ(image.width(), 2);
  const FileBytes rgb = rgb_of(image);
  EXPECT_EQ((FileBytes{rgb[0], rgb[3], rgb[6], rgb[9], rgb[12], rgb[15]}),
            (FileBytes{'d', 'a', 'e', 'b', 'f', 'c'}));
}
#endif

TEST(Image, MayBeEmptyUntilOneComes) {
  Image image;
  EXPECT_TRUE(image.empty());
  EXPECT_EQ(image.width(), 0);
  EXPECT_EQ(image.height(), 0);
  EXPECT_THROW(expect_picture(image.view()), Error);
  image = Image(2, 3);
  EXPECT_FALSE(image.empty());
  EXPECT_EQ(image.width(), 2);
  EXPECT_NO_THROW(expect_picture(image.view()));
}

TEST(ImageDecode, PngColor) {
  const FileBytes pixels = pattern(7, 5, 3);
  const Image image = decode(png_of(7, 5, 3, pixels));
  EXPECT_EQ(image.width(), 7);
  EXPECT_EQ(image.height(), 5);
  EXPECT_EQ(rgb_of(image), pixels);
}

TEST(ImageDecode, GivesBgr) {
  const Image image = decode(png_of(1, 1, 3, {10, 20, 30}));
  EXPECT_EQ(image.data()[0], 30);
  EXPECT_EQ(image.data()[2], 10);
  EXPECT_EQ(image.view().format, PixelFormat::kBgr);
  EXPECT_EQ(image.view().row_bytes, 3);
}

TEST(ImageDecode, PngGrayIsRepeated) {
  const FileBytes pixels = pattern(7, 5, 1);
  EXPECT_EQ(rgb_of(decode(png_of(7, 5, 1, pixels))), gray_as_rgb(pixels));
}

TEST(ImageDecode, PngAlphaIsDropped) {
  const FileBytes rgba = pattern(7, 5, 4);
  EXPECT_EQ(rgb_of(decode(png_of(7, 5, 4, rgba))), without_alpha(rgba, 4, 3));
  const FileBytes gray_alpha = pattern(7, 5, 2);
  EXPECT_EQ(rgb_of(decode(png_of(7, 5, 2, gray_alpha))),
            gray_as_rgb(without_alpha(gray_alpha, 2, 1)));
}

TEST(ImageDecode, Png16BitLosesItsLowBytes) {
  const FileBytes rows = {0, 0x12, 0xFF, 0x00, 0x80, 0xFF, 0x7F};  // filter byte, one RGB pixel
  EXPECT_EQ(rgb_of(decode(raw_png(1, 1, 16, 2, rows))), (FileBytes{0x12, 0x00, 0xFF}));
  EXPECT_EQ(rgb_of(decode(raw_png(1, 1, 16, 0, {0, 0x12, 0xFF}))), (FileBytes{0x12, 0x12, 0x12}));
}

TEST(ImageDecode, PngOfFewBitsIsScaled) {
  // Four pixels of 2 bits: 0, 1, 2, 3.
  EXPECT_EQ(rgb_of(decode(raw_png(4, 1, 2, 0, {0, 0b00011011}))), gray_as_rgb({0, 85, 170, 255}));
}

TEST(ImageDecode, BmpColorAndAlpha) {
  const FileBytes rgb = pattern(5, 3, 3);  // rows are padded to 4 bytes
  EXPECT_EQ(rgb_of(decode(bmp_of(5, 3, 3, rgb))), rgb);
  const FileBytes rgba = pattern(5, 3, 4);
  EXPECT_EQ(rgb_of(decode(bmp_of(5, 3, 4, rgba))), without_alpha(rgba, 4, 3));
}

TEST(ImageDecode, BmpStoredFromTopToBottom) {
  FileBytes file = bmp_of(4, 2, 3, pattern(4, 2, 3));
  for (std::size_t i = 22; i < 26; ++i) file[i] = i == 22 ? 0xFE : 0xFF;  // height -2
  const FileBytes upside_down = rgb_of(decode(file));
  const FileBytes pixels = pattern(4, 2, 3);
  EXPECT_EQ(upside_down, FileBytes(pixels.begin() + 12, pixels.end()) +
                             FileBytes(pixels.begin(), pixels.begin() + 12));
}

TEST(ImageDecode, PnmBinary) {
  const FileBytes rgb = pattern(3, 2, 3);
  EXPECT_EQ(rgb_of(decode(bytes_of("P6\n3 2\n255\n") + rgb)), rgb);
  const FileBytes gray = pattern(3, 2, 1);
  EXPECT_EQ(rgb_of(decode(bytes_of("P5 3 2 255 ") + gray)), gray_as_rgb(gray));
}

TEST(ImageDecode, PnmPlainWithComments) {
  EXPECT_EQ(rgb_of(decode(bytes_of("P2\n# a plate\n2 # wide\n1\n255\n7 # seven\n200\n"))),
            gray_as_rgb({7, 200}));
  EXPECT_EQ(rgb_of(decode(bytes_of("P3 1 1 255 1 2 3"))), (FileBytes{1, 2, 3}));
}

TEST(ImageDecode, PnmMaximumIsScaledTo255) {
  EXPECT_EQ(rgb_of(decode(bytes_of("P2 3 1 15 0 5 15"))), gray_as_rgb({0, 85, 255}));
  const FileBytes ten_bits = {0x03, 0xFF, 0x02, 0x00};
  EXPECT_EQ(rgb_of(decode(bytes_of("P5 2 1 1023 ") + ten_bits)), gray_as_rgb({255, 128}));
  const FileBytes sixteen_bits = {0x12, 0xFF, 0xFF, 0x00};
  EXPECT_EQ(rgb_of(decode(bytes_of("P5 2 1 65535 ") + sixteen_bits)), gray_as_rgb({0x12, 0xFF}));
}

TEST(ImageDecode, JpegIsClose) {
  FileBytes smooth;
  for (int i = 0; i < 32 * 16; ++i) {
    const int x = i % 32;
    smooth.insert(smooth.end(),
                  {static_cast<std::uint8_t>(8 * x), 128, static_cast<std::uint8_t>(255 - 8 * x)});
  }
  const Image image = decode(jpeg_of(32, 16, 3, smooth));
  ASSERT_EQ(image.width(), 32);
  ASSERT_EQ(image.height(), 16);
  const FileBytes decoded = rgb_of(image);
  for (std::size_t i = 0; i < smooth.size(); ++i) {
    ASSERT_NEAR(decoded[i], smooth[i], 8) << "byte " << i;
  }
}

TEST(ImageDecode, JpegProgressive) {
  const Image image = decode(progressive_jpeg());
  ASSERT_EQ(image.width(), 9);
  ASSERT_EQ(image.height(), 10);
  for (int y = 0; y < 10; ++y) {
    for (int x = 0; x < 9; ++x) {
      EXPECT_NEAR(image.data()[3 * (9 * y + x)], (28 * x + 5 * y) % 256, 30) << x << ", " << y;
    }
  }
}

TEST(ImageDecode, JpegWithoutItsEndMarker) {
  const FileBytes whole = jpeg_of(32, 16, 3, pattern(32, 16, 3));
  const FileBytes part(whole.begin(), whole.end() - 2);
#ifdef LPRNET_WITH_LIBJPEG
  const Image image = decode(part);
  EXPECT_EQ(rgb_of(image), rgb_of(decode(whole)));
  EXPECT_EQ(image.warning(), "picture: lacks the end marker of a JPEG; its pixels are all there");
#else
  EXPECT_EQ(decode_error(part), "picture: is truncated: its bytes end before the picture does");
#endif
  EXPECT_EQ(decode(whole).warning(), "");
}

TEST(ImageDecode, JpegGrayIsRepeated) {
  const FileBytes rgb = rgb_of(decode(jpeg_of(16, 16, 1, pattern(16, 16, 1))));
  for (std::size_t i = 0; i < rgb.size(); i += 3) {
    ASSERT_EQ(rgb[i], rgb[i + 1]);
    ASSERT_EQ(rgb[i], rgb[i + 2]);
  }
}

TEST(ImageDecode, OnePixelOfEachType) {
  EXPECT_EQ(decode(png_of(1, 1, 3, {1, 2, 3})).width(), 1);
  EXPECT_EQ(decode(bmp_of(1, 1, 3, {1, 2, 3})).width(), 1);
  EXPECT_EQ(decode(jpeg_of(1, 1, 3, {1, 2, 3})).width(), 1);
  EXPECT_EQ(decode(bytes_of("P5 1 1 255 a")).width(), 1);
}

TEST(ImageDecode, TypeIsToldByContentNotByName) {
  const std::string expected = std::string(", expected JPEG, PNG, ")
#ifdef LPRNET_WITH_WEBP
                               + "WebP, "
#endif
#ifdef LPRNET_WITH_TIFF
                               + "TIFF, "
#endif
                               + "BMP, PGM or PPM";
  EXPECT_EQ(decode_error({}), "picture: is empty" + expected);
  EXPECT_EQ(decode_error(bytes_of("京A12345 is not a picture\n")), "picture: is text" + expected);
#ifndef LPRNET_WITH_WEBP
  EXPECT_THAT(decode_error(bytes_of(std::string("RIFF\x10\0\0\0WEBPVP8 ", 16))),
              HasSubstr("looks like WebP"));
#endif
  EXPECT_THAT(decode_error(bytes_of("GIF89a\1\1")), HasSubstr("looks like GIF"));
  EXPECT_THAT(decode_error(bytes_of(std::string("\0\0\0\x1C"
                                                "ftypheic",
                                                12))),
              HasSubstr("looks like HEIC"));
  EXPECT_THAT(decode_error({0x01, 0x02, 0x03}), HasSubstr("is of no known type"));
  EXPECT_THAT(decode_error(bytes_of("BMW is a car")), HasSubstr("is text"));
}

TEST(ImageDecode, BmpWithRunLengthsIsRefused) {
  FileBytes file = bmp_of(4, 2, 3, pattern(4, 2, 3));
  file[28] = 8;  // bits for each pixel
  file[30] = 1;  // RLE8
  EXPECT_THAT(decode_error(file), HasSubstr("unsupported kind"));
}

TEST(ImageLoad, SaysWhichFileIsMissing) {
  try {
    Image::load("no/such/plate.jpg");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("no/such/plate.jpg"));
  }
}

TEST(ImageLoad, ReadsAFileAndNamesItInErrors) {
  const test::TemporaryFolder folder;
  const FileBytes pixels = pattern(4, 4, 3);
  const FileBytes png = png_of(4, 4, 3, pixels);
  const auto good = folder.write("good.png", {png.begin(), png.end()});
  const auto bad = folder.write("文字.jpg", "hello");
  EXPECT_EQ(rgb_of(Image::load(good)), pixels);
  try {
    Image::load(bad);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidImage);
    EXPECT_THAT(error.what(), HasSubstr("文字.jpg: is text"));
  }
  try {
    Image::load(folder.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
  }
}

TEST(ImageLoad, FileOverTheLimitIsNotRead) {
  const test::TemporaryFolder folder;
  const FileBytes png = png_of(4, 4, 3, pattern(4, 4, 3));
  const auto path = folder.write("a.png", {png.begin(), png.end()});
  ImageOptions options;
  options.max_file_bytes = static_cast<std::int64_t>(png.size());
  EXPECT_EQ(Image::load(path, options).width(), 4);
  --options.max_file_bytes;
  try {
    Image::load(path, options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit);
    EXPECT_THAT(error.what(), HasSubstr("a.png: is "));
  }
}

TEST(ImageLoad, FileWithoutAnEndIsRefusedByItsFirstBytes) {
  try {
    Image::load("/dev/zero");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidImage);
    EXPECT_THAT(error.what(), HasSubstr("/dev/zero: is of no known type"));
  }
}

TEST(ImageConstructor, IsBlackAndChecksItsSize) {
  const Image image(3, 2);
  EXPECT_EQ(rgb_of(image), FileBytes(18, 0));
  for (const auto& [width, height] : {std::pair{0, 1},
                                      {1, 0},
                                      {-1, 5},
                                      {1 << 15, (1 << 13) + 1},
                                      {std::numeric_limits<int>::max(), 2}}) {
    try {
      Image(width, height);
      ADD_FAILURE() << width << "x" << height;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    }
  }
}

TEST(ImageValue, CopiesCopyThePixels) {
  Image first(1, 1);
  const Image second = first;
  first.data()[0] = 9;
  EXPECT_EQ(second.data()[0], 0);
}

}  // namespace
}  // namespace lprnet::image
