#include "image/orientation.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/image/pictures.h"

namespace lprnet::image {
namespace {

// A 3x2 picture with pixels a to f, as text, row by row.
Image letters() {
  Image image(3, 2);
  for (int i = 0; i < 18; ++i) image.data()[i] = static_cast<std::uint8_t>('a' + i / 3);
  return image;
}

std::string text_of(const Image& image) {
  std::string text;
  for (int y = 0; y < image.height(); ++y) {
    if (y > 0) text += '/';
    for (int x = 0; x < image.width(); ++x) {
      text += static_cast<char>(image.data()[3 * (y * image.width() + x)]);
    }
  }
  return text;
}

TEST(Upright, UndoesEveryOrientation) {
  EXPECT_EQ(text_of(upright(letters(), 1)), "abc/def");
  EXPECT_EQ(text_of(upright(letters(), 2)), "cba/fed");   // mirrored
  EXPECT_EQ(text_of(upright(letters(), 3)), "fed/cba");   // upside down
  EXPECT_EQ(text_of(upright(letters(), 4)), "def/abc");   // both
  EXPECT_EQ(text_of(upright(letters(), 5)), "ad/be/cf");  // transposed
  EXPECT_EQ(text_of(upright(letters(), 6)), "da/eb/fc");  // to be turned clockwise
  EXPECT_EQ(text_of(upright(letters(), 7)), "fc/eb/da");  // the other diagonal
  EXPECT_EQ(text_of(upright(letters(), 8)), "cf/be/ad");  // to be turned anticlockwise
}

TEST(OrientationOf, ReadsBothByteOrders) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    EXPECT_EQ(orientation_of(exif_of(orientation, false)), orientation);
    EXPECT_EQ(orientation_of(exif_of(orientation, true)), orientation);
  }
}

TEST(OrientationOf, ValuesOutOfRangeAreUpright) {
  for (const int value : {0, 9, 255, 65535}) {
    EXPECT_EQ(orientation_of(exif_of(value, false)), kUpright);
  }
}

TEST(OrientationOf, OtherTypesOfValueAreUpright) {
  FileBytes exif = exif_of(6, false);
  exif[24] = 2;  // ASCII
  EXPECT_EQ(orientation_of(exif), kUpright);
}

TEST(OrientationOf, TruncatedAtEveryByteIsUprightOrRight) {
  const FileBytes exif = exif_of(6, true);
  for (std::size_t size = 0; size < exif.size(); ++size) {
    const std::vector<std::uint8_t> part(exif.begin(),
                                         exif.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(orientation_of(part), size >= 32 ? 6 : kUpright) << size;
  }
}

TEST(OrientationOf, OffsetsBeyondTheEndAreUpright) {
  FileBytes exif = exif_of(6, true);
  for (const int offset : {0xFF, 0x7F, 0x26}) {
    FileBytes changed = exif;
    changed[4] = changed[5] = changed[6] = static_cast<std::uint8_t>(offset == 0x26 ? 0 : offset);
    changed[7] = static_cast<std::uint8_t>(offset);
    EXPECT_EQ(orientation_of(changed), kUpright);
  }
  exif[8] = exif[9] = 0xFF;  // 65535 entries, of which two are there
  EXPECT_EQ(orientation_of(exif), 6);
  exif[23] = 0;  // and neither is the orientation
  EXPECT_EQ(orientation_of(exif), kUpright);
}

TEST(ExifOfJpeg, IsFoundBehindOtherSegments) {
  FileBytes jpeg = with_segment(jpeg_of(8, 8, 1, pattern(8, 8, 1)), 0xE1, exif_segment(6, false));
  jpeg = with_segment(jpeg, 0xE1, bytes_of("http://ns.adobe.com/xap/1.0/"));
  jpeg = with_segment(jpeg, 0xE0, bytes_of("JFIF"));
  EXPECT_EQ(orientation_of(exif_of_jpeg(jpeg)), 6);
}

TEST(ExifOfJpeg, IsEmptyWithoutOne) {
  EXPECT_TRUE(exif_of_jpeg(jpeg_of(8, 8, 1, pattern(8, 8, 1))).empty());
  EXPECT_TRUE(exif_of_jpeg(std::vector<std::uint8_t>{0xFF, 0xD8}).empty());
  EXPECT_TRUE(exif_of_jpeg(std::vector<std::uint8_t>{0xFF, 0xD8, 0xFF, 0xE1, 0xFF, 0xFF}).empty());
  EXPECT_TRUE(exif_of_jpeg(std::vector<std::uint8_t>{0xFF, 0xD8, 0xFF, 0xE1, 0x00, 0x00}).empty());
}

TEST(ImageDecode, HonoursTheOrientationOfJpegAndPng) {
  const FileBytes pixels = pattern(5, 3, 3);
  const Image stored = decode(png_of(5, 3, 3, pixels));
  const Image turned = decode(with_chunk(png_of(5, 3, 3, pixels), "eXIf", exif_of(6, true)));
  EXPECT_EQ(rgb_of(turned), rgb_of(upright(stored, 6)));
  EXPECT_EQ(turned.width(), 3);

  const FileBytes jpeg = jpeg_of(16, 8, 3, pattern(16, 8, 3));
  const Image turned_jpeg = decode(with_segment(jpeg, 0xE1, exif_segment(8, false)));
  EXPECT_EQ(rgb_of(turned_jpeg), rgb_of(upright(decode(jpeg), 8)));
  EXPECT_EQ(turned_jpeg.width(), 8);
}

}  // namespace
}  // namespace lprnet::image
