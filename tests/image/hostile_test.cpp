// Damaged, truncated and lying picture files: an error or a picture, never a crash, and memory that
// follows the file's size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "lprnet/error.hpp"
#include "tests/image/pictures.h"

namespace lprnet::image {
namespace {

using testing::HasSubstr;

struct Sample {
  const char* name;
  std::function<FileBytes()> file;
};

std::vector<Sample> samples() {
  return {
      {"Png", [] { return png_of(6, 5, 3, pattern(6, 5, 3)); }},
      {"PngWithExif",
       [] { return with_chunk(png_of(3, 2, 3, pattern(3, 2, 3)), "eXIf", exif_of(6, true)); }},
      {"PngOfIndices",
       [] {
         return with_chunk(raw_png(6, 5, 4, 3, png_rows(6, 5, 4, 3, false)), "PLTE", palette_of(9));
       }},
      {"PngInterlaced", [] { return raw_png(9, 10, 16, 6, png_rows(9, 10, 16, 6, true), true); }},
      {"PngOfOneBit", [] { return raw_png(19, 3, 1, 0, png_rows(19, 3, 1, 0, false)); }},
      {"Bmp", [] { return bmp_of(6, 5, 3, pattern(6, 5, 3)); }},
      {"BmpAlpha", [] { return bmp_of(3, 2, 4, pattern(3, 2, 4)); }},
      {"Ppm", [] { return bytes_of("P6 6 5 255 ") + pattern(6, 5, 3); }},
      {"PlainPgm", [] { return bytes_of("P2 2 2 255\n1 22 33 255\n"); }},
      {"Jpeg", [] { return jpeg_of(9, 17, 3, pattern(9, 17, 3)); }},
      {"JpegProgressive", progressive_jpeg},
      {"JpegWithExif",
       [] {
         return with_segment(jpeg_of(8, 8, 1, pattern(8, 8, 1)), 0xE1, exif_segment(8, false));
       }},
#ifdef LPRNET_WITH_WEBP
      {"WebpLossless", lossless_webp},
      {"WebpLossy", lossy_webp},
      {"WebpAlpha", webp_with_alpha},
      {"WebpWithExif", webp_with_exif},
#endif
#ifdef LPRNET_WITH_TIFF
      {"Tiff", [] { return tiff_of(6, 5, 3, pattern(6, 5, 3)); }},
      {"TiffTiled", [] { return tiff_of(18, 5, 3, pattern(32, 16, 3), {.tile = 16}); }},
      {"TiffOfIndices",
       [] {
         return tiff_of(6, 5, 1, FileBytes(15, 0x1e), {.bits = 4, .kind = 3, .big_endian = true});
       }},
#endif
  };
}

class Hostile : public testing::TestWithParam<Sample> {};

// How many bytes at the end of a sample may be missing.
std::size_t optional_end(const std::string& name) {
  // A plain PGM may end without white space: then its last byte is not missed, and one less makes
  // another number of the last sample.
  if (name == "PlainPgm") return 3;
#ifdef LPRNET_WITH_LIBJPEG
  if (name.starts_with("Jpeg")) return 2;  // the end marker
#endif
  return 0;
}

TEST_P(Hostile, TruncatedAtEveryByteIsAnError) {
  const FileBytes whole = GetParam().file();
  ASSERT_EQ(decode_error(whole), "no error");
  for (std::size_t size = 0; size + optional_end(GetParam().name) < whole.size(); ++size) {
    const FileBytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_NE(decode_error(part), "no error") << "cut at byte " << size << " of " << whole.size();
  }
}

TEST_P(Hostile, EveryDamagedByteIsAnErrorOrAPicture) {
  const FileBytes whole = GetParam().file();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int change : {0x01, 0x80, 0xFF}) {
      FileBytes damaged = whole;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ change);
      decode_error(damaged);  // checks the kind of error
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Hostile, testing::ValuesIn(samples()),
                         [](const auto& test) { return std::string(test.param.name); });

#ifdef LPRNET_WITH_WEBP
TEST(HostileWebp, TooLargePictureIsRefusedByItsSize) {
  EXPECT_THAT(decode_error(webp_header(16384, 16384)),
              HasSubstr("is 16384x16384, more than the limit of 134217728 pixels"));
  EXPECT_THAT(decode_error(webp_header(8192, 8192)), HasSubstr("is 8192x8192 from 26 bytes"));
  EXPECT_THAT(decode_error(webp_header(8, 8)), HasSubstr("cannot be decoded as WebP"));
}

TEST(HostileWebp, AnimationIsRefused) {
  const FileBytes file =
      bytes_of(std::string("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x07\0\0\x07\0\0", 30));
  EXPECT_THAT(decode_error(file), HasSubstr("is an animated WebP, expected one picture"));
}
#endif

#ifdef LPRNET_WITH_TIFF
TEST(HostileTiff, TooLargePictureIsRefusedByItsSize) {
  EXPECT_THAT(decode_error(tiff_of(20000, 20000, 3, {0})),
              HasSubstr("is 20000x20000, more than the limit of 134217728 pixels"));
  EXPECT_THAT(decode_error(tiff_of(5000, 5000, 3, {0})), HasSubstr("claims to be 5000x5000"));
  EXPECT_THAT(decode_error(tiff_of(2000, 2000, 3, {0})), HasSubstr("is truncated"));
}

TEST(HostileTiff, UnusualKindsAreRefused) {
  const auto error_of = [](unsigned samples, const TiffKind& kind) {
    return decode_error(tiff_of(2, 2, samples, FileBytes(64), kind));
  };
  const auto is_unusual = HasSubstr("is a TIFF of an unusual kind");
  EXPECT_THAT(error_of(3, {.bits = 32}), is_unusual);
  EXPECT_THAT(error_of(3, {.bits = 4}), is_unusual);
  EXPECT_THAT(error_of(1, {.bits = 16, .kind = 3}), is_unusual);
  EXPECT_THAT(error_of(1, {.bits = 3, .kind = 1}), is_unusual);
  EXPECT_THAT(error_of(4, {.kind = 5}), is_unusual);  // CMYK
  EXPECT_THAT(error_of(3, {.kind = 8}), is_unusual);  // CIE L*a*b*
  for (const int compression : {3, 4, 7, 34661, 34925, 50000, 50001}) {
    EXPECT_THAT(error_of(1, {.compression = compression, .kind = 1}),
                HasSubstr("is a TIFF of compression " + std::to_string(compression)));
  }
}

TEST(HostileTiff, TileThatIsMuchLargerThanThePictureIsRefused) {
  EXPECT_THAT(decode_error(tiff_of(2, 2, 3, FileBytes(12), {.tile = 16384})),
              HasSubstr("a size that makes no sense"));
}
#endif

TEST(HostilePng, EveryDamagedByteIsAnError) {
  const FileBytes whole = png_of(6, 5, 3, pattern(6, 5, 3));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    FileBytes damaged = whole;
    damaged[at] ^= 0x10;
    EXPECT_NE(decode_error(damaged), "no error") << "byte " << at;
  }
}

TEST(HostilePng, TooLargePictureIsRefusedByItsSize) {
  EXPECT_EQ(decode_error(raw_png(20000, 20000, 8, 2, {0})),
            "picture: is 20000x20000, more than the limit of 134217728 pixels "
            "(ImageOptions::max_pixels)");
}

TEST(HostilePng, PictureThatItsBytesCannotHoldIsRefusedBeforeAllocating) {
  EXPECT_THAT(decode_error(raw_png(8192, 8192, 8, 2, {0})),
              HasSubstr("claims to be 8192x8192, which its"));
}

// What comes after the last row is not even inflated with libpng, an error without it: memory for a
// picture of this size at most.
TEST(HostilePng, DeflateBombIsStopped) {
  const std::string error = decode_error(raw_png(1, 1, 8, 2, FileBytes(std::size_t{24} << 20, 0)));
#ifdef LPRNET_WITH_LIBPNG
  EXPECT_EQ(error, "no error");
#else
  EXPECT_THAT(error, HasSubstr("more data than a picture of its size"));
#endif
}

TEST(HostilePng, TooFewRowsAreAnError) {
  for (const bool interlaced : {false, true}) {
    FileBytes rows = png_rows(9, 9, 8, 2, interlaced);
    rows.pop_back();
    EXPECT_NE(decode_error(raw_png(9, 9, 8, 2, rows, interlaced)), "no error");
    EXPECT_NE(decode_error(raw_png(9, 9, 8, 2, {}, interlaced)), "no error");
  }
}

TEST(HostilePng, IndexBeyondThePaletteIsBlack) {
  const FileBytes bare = raw_png(2, 1, 8, 3, {0, 0, 200});
  const FileBytes file = with_chunk(bare, "PLTE", {10, 20, 30});
  EXPECT_EQ(rgb_of(decode(file)), (FileBytes{10, 20, 30, 0, 0, 0}));
}

TEST(HostilePng, PaletteOfNoUseIsAnError) {
  const FileBytes bare = raw_png(2, 1, 8, 3, {0, 0, 0});
  EXPECT_NE(decode_error(bare), "no error");
  for (const std::size_t size : {std::size_t{0}, std::size_t{4}, std::size_t{771}}) {
    EXPECT_NE(decode_error(with_chunk(bare, "PLTE", FileBytes(size, 1))), "no error") << size;
  }
  const FileBytes once = with_chunk(bare, "PLTE", palette_of(2));
  EXPECT_THAT(decode_error(with_chunk(once, "PLTE", palette_of(2))),
              HasSubstr("palette is not in its place"));
}

TEST(HostilePng, ChunkThatMayNotBeSkippedIsRefused) {
  const FileBytes file = png_of(2, 2, 3, pattern(2, 2, 3));
  EXPECT_THAT(decode_error(with_chunk(file, "CgBI", {1})), HasSubstr("'CgBI'"));
  EXPECT_EQ(decode_error(with_chunk(file, "cgBI", {1})), "no error");
}

// 1-bit pixels pack eight thousand to a byte.
TEST(HostilePng, LargeEmptyPictureIsRefusedByItsBytes) {
  const FileBytes file = raw_png(5000, 5000, 1, 0, FileBytes(std::size_t{5000} * 626, 0));
  EXPECT_THAT(decode_error(file), HasSubstr("more than 64 pixels for each, the limit for pictures "
                                            "over 16777216 pixels"));
  ImageOptions options;
  options.max_pixels_per_byte = 10000;
  EXPECT_EQ(decode(file, options).width(), 5000);
  options.max_pixels = 24'999'999;
  EXPECT_EQ(
      decode_error(file, options),
      "picture: is 5000x5000, more than the limit of 24999999 pixels (ImageOptions::max_pixels)");
}

TEST(ImageOptionsTest, LimitHoldsForEveryType) {
  ImageOptions enough;
  enough.max_pixels = 64;
  ImageOptions less;
  less.max_pixels = 63;
  for (const FileBytes& file :
       {png_of(8, 8, 3, pattern(8, 8, 3)), bmp_of(8, 8, 3, pattern(8, 8, 3)),
        jpeg_of(8, 8, 3, pattern(8, 8, 3)), bytes_of("P6 8 8 255 ") + pattern(8, 8, 3)}) {
    EXPECT_EQ(decode_error(file, enough), "no error");
    EXPECT_THAT(decode_error(file, less), HasSubstr("is 8x8, more than the limit of 63 pixels"));
  }
}

TEST(ImageOptionsTest, OutOfRangeIsAnError) {
  const FileBytes file = png_of(1, 1, 3, {1, 2, 3});
  for (const std::int64_t wrong : {std::int64_t{0}, std::int64_t{-1}, Image::kMaxPixels + 1}) {
    for (const auto member : {&ImageOptions::max_pixels, &ImageOptions::max_pixels_per_byte}) {
      ImageOptions options;
      options.*member = wrong;
      try {
        decode(file, options);
        ADD_FAILURE() << wrong;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      }
    }
  }
}

TEST(HostilePng, EmptyPictureIsRefused) {
  EXPECT_THAT(decode_error(raw_png(0, 4, 8, 2, {0})), HasSubstr("is 0x4, an empty picture"));
}

TEST(HostilePng, HeaderElsewhereIsRefused) {
  const FileBytes file = png_of(2, 2, 3, pattern(2, 2, 3));
  EXPECT_THAT(decode_error(with_chunk(file, "IHDR", FileBytes(13, 1))),
              HasSubstr("not in its place"));
}

TEST(HostilePng, ChunkLengthBeyondTheFileIsRefused) {
  FileBytes file = png_of(2, 2, 3, pattern(2, 2, 3));
  for (std::size_t i = 33; i < 37; ++i) file[i] = 0xFF;  // the length of IDAT
  EXPECT_THAT(decode_error(file), HasSubstr("is truncated"));
}

TEST(HostileBmp, PictureThatItsBytesCannotHoldIsRefused) {
  FileBytes file = bmp_of(2, 2, 3, pattern(2, 2, 3));
  file[20] = 0x10;  // width over a million
  file[24] = 0x01;  // height over 65536
  EXPECT_THAT(decode_error(file), HasSubstr("more than the limit"));
  file[20] = 0x00;
  file[21] = 0x00;
  EXPECT_NE(decode_error(file), "no error");
}

TEST(HostilePnm, NumbersThatDoNotFitAreRefused) {
  EXPECT_NE(decode_error(bytes_of("P5 99999999999999999999 1 255 a")), "no error");
  EXPECT_THAT(decode_error(bytes_of("P5 2000000000 2000000000 255 a")),
              HasSubstr("more than the limit"));
  EXPECT_THAT(decode_error(bytes_of("P5 1000 1000 255 a")), HasSubstr("cannot hold"));
  EXPECT_NE(decode_error(bytes_of("P5 0 1 255 a")), "no error");
  EXPECT_NE(decode_error(bytes_of("P5 -1 1 255 a")), "no error");
  EXPECT_THAT(decode_error(bytes_of("P5 1 1 65536 aa")), HasSubstr("expected 1 to 65535"));
  EXPECT_THAT(decode_error(bytes_of("P5 1 1 0 a")), HasSubstr("expected 1 to 65535"));
  EXPECT_THAT(decode_error(bytes_of("P2 1 1 100 101")), HasSubstr("over the maximum"));
}

TEST(HostileJpeg, SizeBeyondItsBytesIsRefused) {
  FileBytes file = jpeg_of(8, 8, 1, pattern(8, 8, 1));
  for (std::size_t i = 0; i + 9 < file.size(); ++i) {
    if (file[i] == 0xFF && file[i + 1] == 0xC0) {  // height and width follow
      file[i + 5] = file[i + 7] = 0x1F;
    }
  }
  EXPECT_THAT(decode_error(file), HasSubstr("cannot hold"));
}

TEST(HostileJpeg, HuffmanTableOfTooManySymbolsIsAnError) {
  FileBytes table(1 + 16 + 4080, 255);
  table[0] = 0x13;
  EXPECT_NE(decode_error(with_segment(jpeg_of(8, 8, 1, pattern(8, 8, 1)), 0xC4, table)),
            "no error");
}

TEST(HostileJpeg, ManyScansAreRefused) {
  FileBytes file = progressive_jpeg();
  const FileBytes scan{0xFF, 0xDA, 0x00, 0x08, 0x01, 0x01, 0x00,
                       0x06, 0x3F, 0x02, 0x2D, 0x4D, 0x4F};
  const auto at = std::search(file.begin(), file.end(), scan.begin(), scan.end());
  ASSERT_NE(at, file.end());
  const auto offset = at - file.begin();
  for (int i = 0; i < 100; ++i) file.insert(file.begin() + offset, scan.begin(), scan.end());
  EXPECT_THAT(decode_error(file), HasSubstr("more than 40 scans"));
}

TEST(HostileJpeg, HeaderAloneIsAnError) {
  EXPECT_NE(decode_error({0xFF, 0xD8, 0xFF}), "no error");
  EXPECT_NE(decode_error({0xFF, 0xD8, 0xFF, 0xD9}), "no error");
  EXPECT_NE(decode_error({0xFF, 0xD8, 0xFF, 0xE1, 0xFF, 0xFF}), "no error");
}

}  // namespace
}  // namespace lprnet::image
