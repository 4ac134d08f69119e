// Image against cv::imdecode: the same bytes for every type of file and pixel.
#include <gtest/gtest.h>
#include <stdio.h>  // jpeglib.h uses FILE without including it

#ifdef LPRNET_WITH_LIBJPEG
#include <jpeglib.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/image/pictures.h"
#include "tests/temporary_folder.h"

namespace lprnet::image {
namespace {

cv::Mat noise(int width, int height, int type, int seed) {
  cv::Mat mat(height, width, type);
  cv::RNG rng(static_cast<std::uint64_t>(seed));
  rng.fill(mat, cv::RNG::UNIFORM, 0, mat.depth() == CV_16U ? 65536 : 256);
  return mat;
}

FileBytes encoded(const char* extension, const cv::Mat& mat, const std::vector<int>& options = {}) {
  FileBytes file;
  EXPECT_TRUE(cv::imencode(extension, mat, file, options));
  return file;
}

testing::AssertionResult same_as_opencv(const FileBytes& file) {
  const cv::Mat expected = cv::imdecode(file, cv::IMREAD_COLOR);
  if (expected.empty()) return testing::AssertionFailure() << "OpenCV cannot decode it";
  const Image image = decode(file);
  if (image.width() != expected.cols || image.height() != expected.rows) {
    return testing::AssertionFailure() << "sizes differ";
  }
  if (std::memcmp(image.data(), expected.data, expected.total() * 3) != 0) {
    return testing::AssertionFailure() << "pixels differ";
  }
  return testing::AssertionSuccess();
}

TEST(SameAsOpenCv, Png) {
  for (const int type : {CV_8UC1, CV_8UC3, CV_8UC4, CV_16UC1, CV_16UC3, CV_16UC4}) {
    EXPECT_TRUE(same_as_opencv(encoded(".png", noise(37, 11, type, type)))) << "type " << type;
  }
  EXPECT_TRUE(same_as_opencv(
      encoded(".png", noise(37, 11, CV_8UC1, 1) > 127, {cv::IMWRITE_PNG_BILEVEL, 1})));
}

struct PngKind {
  int color_type;
  int bit_depth;
};
constexpr PngKind kPngKinds[] = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1},
                                 {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16}};

FileBytes png_of_kind(PngKind kind, int width, int height, bool interlaced) {
  const FileBytes png =
      raw_png(static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height), kind.bit_depth,
              kind.color_type, png_rows(width, height, kind.bit_depth, kind.color_type, interlaced),
              interlaced);
  return kind.color_type == 3 ? with_chunk(png, "PLTE", palette_of(1 << kind.bit_depth)) : png;
}

TEST(SameAsOpenCv, PngOfEveryKindAndSize) {
  for (const PngKind kind : kPngKinds) {
    for (const bool interlaced : {false, true}) {
      for (int width = 1; width <= 17; ++width) {
        for (const int height : {1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17}) {
          ASSERT_TRUE(same_as_opencv(png_of_kind(kind, width, height, interlaced)))
              << "colour type " << kind.color_type << ", " << kind.bit_depth << " bits, " << width
              << "x" << height << ", interlaced " << interlaced;
        }
      }
    }
  }
}

// What OpenCV does not apply: transparency, gamma, colour spaces.
TEST(SameAsOpenCv, PngWithOtherChunks) {
  const FileBytes gamma = {0, 0, 0x80, 0};
  const FileBytes primaries = {0,    0,    0x7A, 0x26, 0,    0,    0x80, 0x84, 0,    0,   0xFA,
                               0x00, 0,    0,    0x80, 0xE8, 0,    0,    0x75, 0x30, 0,   0,
                               0xEA, 0x60, 0,    0,    0x3A, 0x98, 0,    0,    0x17, 0x70};
  for (const PngKind kind : kPngKinds) {
    const FileBytes png = png_of_kind(kind, 13, 9, false);
    EXPECT_TRUE(same_as_opencv(with_chunk(png, "gAMA", gamma)));
    EXPECT_TRUE(same_as_opencv(with_chunk(png, "sRGB", {0})));
    EXPECT_TRUE(same_as_opencv(with_chunk(png, "tEXt", bytes_of("Title") + FileBytes{0, 'x'})));
    EXPECT_TRUE(same_as_opencv(with_chunk(png, "cHRM", primaries)));
    constexpr std::size_t kSampleCounts[] = {1, 0, 3, 3, 2, 0, 4};  // by colour type
    const std::size_t significant = kSampleCounts[kind.color_type];
    EXPECT_TRUE(same_as_opencv(with_chunk(png, "sBIT", FileBytes(significant, 1))));
    if (kind.color_type == 0) {
      EXPECT_TRUE(same_as_opencv(with_chunk(png, "tRNS", {0, 1})));
    }
    if (kind.color_type == 2) {
      EXPECT_TRUE(same_as_opencv(with_chunk(png, "tRNS", {0, 1, 0, 2, 0, 3})));
      EXPECT_TRUE(same_as_opencv(with_chunk(png, "PLTE", palette_of(5))));
    }
    if (kind.color_type == 3) {
      const FileBytes bare =
          raw_png(13, 9, kind.bit_depth, 3, png_rows(13, 9, kind.bit_depth, 3, false));
      EXPECT_TRUE(same_as_opencv(
          with_chunk(with_chunk(bare, "tRNS", {0, 128}), "PLTE", palette_of(1 << kind.bit_depth))));
    }
  }
}

TEST(SameAsOpenCv, PngIndexBeyondThePaletteIsBlack) {
  for (const int bits : {1, 2, 4, 8}) {
    for (const bool interlaced : {false, true}) {
      const FileBytes bare =
          raw_png(19, 9, bits, 3, png_rows(19, 9, bits, 3, interlaced), interlaced);
      EXPECT_TRUE(same_as_opencv(with_chunk(bare, "PLTE", palette_of(1)))) << bits << " bits";
    }
  }
}

TEST(SameAsOpenCv, Bmp) {
  for (const int type : {CV_8UC1, CV_8UC3, CV_8UC4}) {
    EXPECT_TRUE(same_as_opencv(encoded(".bmp", noise(37, 11, type, type)))) << "type " << type;
  }
}

TEST(SameAsOpenCv, Pnm) {
  for (const int binary : {0, 1}) {
    EXPECT_TRUE(same_as_opencv(
        encoded(".ppm", noise(9, 11, CV_8UC3, 1), {cv::IMWRITE_PXM_BINARY, binary})));
    EXPECT_TRUE(same_as_opencv(
        encoded(".pgm", noise(9, 11, CV_8UC1, 1), {cv::IMWRITE_PXM_BINARY, binary})));
  }
  EXPECT_TRUE(same_as_opencv(encoded(".ppm", noise(9, 11, CV_16UC3, 1))));
  EXPECT_TRUE(same_as_opencv(encoded(".pgm", noise(9, 11, CV_16UC1, 1))));
}

TEST(SameAsOpenCv, OrientationOfPng) {
  const FileBytes png = encoded(".png", noise(13, 7, CV_8UC3, 1));
  for (int orientation = 0; orientation <= 9; ++orientation) {
    EXPECT_TRUE(same_as_opencv(with_chunk(png, "eXIf", exif_of(orientation, true))));
  }
}

#ifdef LPRNET_WITH_LIBJPEG

TEST(SameAsOpenCv, JpegOfEverySizeModuloTheBlock) {
  for (int width = 1; width <= 34; ++width) {
    for (const int height : {1, 7, 8, 9, 16, 17, 24}) {
      EXPECT_TRUE(same_as_opencv(encoded(".jpg", noise(width, height, CV_8UC3, width),
                                         {cv::IMWRITE_JPEG_QUALITY, 30 + 2 * width})))
          << width << "x" << height;
    }
  }
}

TEST(SameAsOpenCv, JpegGrayProgressiveAndWithRestarts) {
  EXPECT_TRUE(same_as_opencv(encoded(".jpg", noise(94, 24, CV_8UC1, 1))));
  EXPECT_TRUE(same_as_opencv(
      encoded(".jpg", noise(94, 24, CV_8UC3, 1), {cv::IMWRITE_JPEG_PROGRESSIVE, 1})));
  EXPECT_TRUE(same_as_opencv(
      encoded(".jpg", noise(94, 24, CV_8UC3, 1), {cv::IMWRITE_JPEG_RST_INTERVAL, 2})));
  EXPECT_TRUE(
      same_as_opencv(encoded(".jpg", noise(94, 24, CV_8UC3, 1), {cv::IMWRITE_JPEG_OPTIMIZE, 1})));
}

TEST(SameAsOpenCv, JpegWithoutSubsampling) {
  EXPECT_TRUE(same_as_opencv(jpeg_of(33, 19, 3, pattern(33, 19, 3))));
}

TEST(SameAsOpenCv, OrientationOfJpeg) {
  const FileBytes jpeg = encoded(".jpg", noise(23, 9, CV_8UC3, 1));
  for (int orientation = 0; orientation <= 9; ++orientation) {
    for (const bool big_endian : {false, true}) {
      EXPECT_TRUE(same_as_opencv(with_segment(jpeg, 0xE1, exif_segment(orientation, big_endian))));
    }
  }
}

// By libjpeg, for what neither OpenCV nor stb_image can write: Adobe's inverted CMYK of 4 channels,
// and whatever `change` asks for.
FileBytes jpeg_by_libjpeg(
    int width, int height, int channels,
    const std::function<void(jpeg_compress_struct&)>& change = [](auto&) {}) {
  FileBytes pixels = pattern(width, height, channels);
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &memory, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = channels;
  info.in_color_space = channels == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_set_defaults(&info);
  change(info);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row =
        pixels.data() + std::size_t{info.next_scanline} * info.image_width * std::size_t(channels);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  const FileBytes file(memory, memory + size);
  std::free(memory);
  return file;
}

// Each colour in a scan of its own.
void scan_by_scan(jpeg_compress_struct& info) {
  static const jpeg_scan_info scans[] = {
      {1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
  info.scan_info = scans;
  info.num_scans = 3;
}

void by_arithmetic(jpeg_compress_struct& info) { info.arith_code = TRUE; }

TEST(SameAsOpenCv, JpegCmyk) { EXPECT_TRUE(same_as_opencv(jpeg_by_libjpeg(21, 13, 4))); }

FileBytes cut(const FileBytes& file, std::size_t count) {
  return {file.begin(), file.end() - static_cast<std::ptrdiff_t>(count)};
}

TEST(JpegWithoutItsEnd, IsReadAsOpenCvReadsFilesAndHasAWarning) {
  const test::TemporaryFolder folder;
  for (const FileBytes& file :
       {encoded(".jpg", noise(94, 24, CV_8UC3, 1)), encoded(".jpg", noise(94, 24, CV_8UC1, 1)),
        encoded(".jpg", noise(94, 24, CV_8UC3, 1), {cv::IMWRITE_JPEG_PROGRESSIVE, 1}),
        encoded(".jpg", noise(94, 24, CV_8UC3, 1), {cv::IMWRITE_JPEG_RST_INTERVAL, 2}),
        jpeg_by_libjpeg(21, 13, 3, scan_by_scan), jpeg_by_libjpeg(21, 13, 4),
        with_segment(encoded(".jpg", noise(23, 9, CV_8UC3, 1)), 0xE1, exif_segment(6, true))}) {
    const Image whole = decode(file);
    EXPECT_EQ(whole.warning(), "");
    for (const std::size_t missing : {std::size_t{1}, std::size_t{2}}) {
      const FileBytes part = cut(file, missing);
      const Image image = decode(part);
      EXPECT_EQ(rgb_of(image), rgb_of(whole));
      EXPECT_EQ(image.warning(),
                "picture: lacks the end marker of a JPEG; its pixels are all there");
      const cv::Mat read =
          cv::imread(folder.write("part.jpg", std::string(part.begin(), part.end())).string());
      ASSERT_EQ(read.total() * 3, std::size_t(image.width()) * std::size_t(image.height()) * 3);
      EXPECT_EQ(std::memcmp(read.data, image.data(), read.total() * 3), 0);
    }
  }
}

TEST(JpegWithoutItsEnd, IsAnErrorWhereMoreIsMissing) {
  for (const FileBytes& file :
       {encoded(".jpg", noise(37, 24, CV_8UC3, 1), {cv::IMWRITE_JPEG_PROGRESSIVE, 1}),
        encoded(".jpg", noise(37, 24, CV_8UC3, 1), {cv::IMWRITE_JPEG_RST_INTERVAL, 2}),
        jpeg_by_libjpeg(21, 13, 3, scan_by_scan)}) {
    for (std::size_t missing = 3; missing < file.size() - 2; ++missing) {
      ASSERT_NE(decode_error(cut(file, missing)), "no error")
          << missing << " bytes missing of " << file.size();
    }
  }
  // Where zeros may be left out nobody can tell.
  const FileBytes file = jpeg_by_libjpeg(21, 13, 3, by_arithmetic);
  ASSERT_EQ(decode_error(file), "no error");
  for (std::size_t missing = 1; missing < file.size() - 2; ++missing) {
    ASSERT_NE(decode_error(cut(file, missing)), "no error") << missing << " bytes missing";
  }
}

TEST(HostileJpeg, NumberOfScansIsLimited) {
  const FileBytes file =
      encoded(".jpg", noise(16, 16, CV_8UC3, 1), {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  // The first scan, from its marker to the next one, may come again.
  const FileBytes marker = {0xFF, 0xDA};
  const auto begin = std::search(file.begin(), file.end(), marker.begin(), marker.end());
  auto end = begin + 2;
  while (end[0] != 0xFF || end[1] == 0) ++end;
  FileBytes many(file.begin(), end);
  for (int i = 0; i < 200; ++i) many.insert(many.end(), begin, end);
  many.insert(many.end(), end, file.end());
  EXPECT_EQ(decode_error(many), "picture: is a JPEG of more than 40 scans");
}

#endif  // LPRNET_WITH_LIBJPEG

#ifdef LPRNET_WITH_WEBP
TEST(SameAsOpenCv, Webp) {
  for (const int type : {CV_8UC3, CV_8UC4}) {
    for (const int quality : {30, 90, 101}) {  // 101: lossless
      EXPECT_TRUE(same_as_opencv(
          encoded(".webp", noise(37, 11, type, 5), {cv::IMWRITE_WEBP_QUALITY, quality})))
          << "type " << type << ", quality " << quality;
    }
  }
  EXPECT_TRUE(same_as_opencv(lossy_webp()));
}
#endif

#ifdef LPRNET_WITH_TIFF
TEST(SameAsOpenCv, Tiff) {
  for (const int type : {CV_8UC1, CV_8UC3, CV_16UC1, CV_16UC3}) {
    for (const int compression : {1, 5, 8, 32773, 32946}) {
      const FileBytes file =
          encoded(".tiff", noise(37, 11, type, 5), {cv::IMWRITE_TIFF_COMPRESSION, compression});
      const Image image = decode(file);
      const cv::Mat found(image.height(), image.width(), CV_8UC3,
                          const_cast<std::uint8_t*>(image.data()));
      // OpenCV rounds some kinds of 16 bits, where PNG and this keep the upper byte.
      const int tolerance = CV_MAT_DEPTH(type) == CV_16U ? 1 : 0;
      EXPECT_LE(cv::norm(found, cv::imdecode(file, cv::IMREAD_COLOR), cv::NORM_INF), tolerance)
          << "type " << type << ", compression " << compression;
    }
  }
  for (int orientation = 1; orientation <= 8; ++orientation) {
    EXPECT_TRUE(same_as_opencv(tiff_of(6, 5, 3, pattern(6, 5, 3), {.orientation = orientation})))
        << "orientation " << orientation;
  }
}
#endif

}  // namespace
}  // namespace lprnet::image
