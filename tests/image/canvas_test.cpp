#include "image/canvas.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace lprnet::image {
namespace {

// Pixel (x, y) has the values 10 * x + y, that plus 1, that plus 2.
std::vector<std::uint8_t> ramp(int width, int height, int channels) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c)
        pixels.push_back(static_cast<std::uint8_t>(10 * x + y + c));
    }
  }
  return pixels;
}

int value_at(const ImageView& view, int x, int y, int channel) {
  return view.data[y * view.row_bytes + x * 3 + channel];
}

TEST(Letterbox, PutsThePictureInTheMiddle) {
  // 1280x720 in 640x384 is 640x360, 12 rows above and below.
  const Window wide = letterbox(1280, 720, 640, 384);
  EXPECT_EQ(wide.step_x, 2);
  EXPECT_EQ(wide.step_y, 2);
  EXPECT_EQ(wide.left, 0);
  EXPECT_EQ(wide.top, -24);
  // 100x100 is 384x384, 128 columns left and right.
  const Window square = letterbox(100, 100, 640, 384);
  EXPECT_DOUBLE_EQ(square.step_x, 100 / 384.0);
  EXPECT_DOUBLE_EQ(square.left, -128 * 100 / 384.0);
  EXPECT_EQ(square.top, 0);
  // A line is one pixel high at least.
  const Window line = letterbox(100000, 1, 640, 384);
  EXPECT_DOUBLE_EQ(line.step_x, 100000 / 640.0);
  EXPECT_EQ(line.step_y, 1);
}

TEST(Canvas, ShowsAPictureOfItsSizeAsItIs) {
  const auto pixels = ramp(5, 3, 3);
  Canvas canvas(5, 3);
  const ImageView shown = canvas.draw({pixels.data(), 5, 3, 15, PixelFormat::kBgr}, {}, 127);
  EXPECT_EQ(std::vector<std::uint8_t>(shown.data, shown.data + 45), pixels);
}

TEST(Canvas, ReducesToMeansOfAreas) {
  const auto pixels = ramp(6, 4, 3);
  const ImageView view{pixels.data(), 6, 4, 18, PixelFormat::kBgr};
  Canvas canvas(2, 2);
  const ImageView shown = canvas.draw(view, {0, 0, 3, 2}, 0);
  // Columns 0 to 2, rows 0 and 1: 10 + 0.5, rounded up.
  EXPECT_EQ(value_at(shown, 0, 0, 0), 11);
  EXPECT_EQ(value_at(shown, 1, 1, 2), 40 + 3 + 2);
  // One and a half pixels: pixel 0 whole and half of pixel 1, then the other half and pixel 2.
  const ImageView part = canvas.draw(view, {0, 0, 1.5, 1}, 0);
  EXPECT_EQ(value_at(part, 0, 0, 0), 3);
  EXPECT_EQ(value_at(part, 1, 0, 0), 17);
}

TEST(Canvas, EnlargesBetweenPixelCentres) {
  const auto pixels = ramp(2, 1, 3);
  Canvas canvas(4, 2);
  const ImageView shown =
      canvas.draw({pixels.data(), 2, 1, 6, PixelFormat::kBgr}, {0, 0, 0.5, 0.5}, 0);
  const int expected[] = {0, 3, 8, 10};  // 0, 2.5, 7.5, 10
  for (int x = 0; x < 4; ++x) {
    for (int y = 0; y < 2; ++y) EXPECT_EQ(value_at(shown, x, y, 0), expected[x]) << x;
  }
}

TEST(Canvas, ShowsTheBorderWhereThereIsNoPicture) {
  const std::vector<std::uint8_t> white(4 * 4 * 3, 255);
  const ImageView view{white.data(), 4, 4, 12, PixelFormat::kBgr};
  Canvas canvas(6, 6);
  for (const Window& window : {Window{-1, -1, 1, 1}, {-2, -2, 2, 2}, {-0.5, -0.5, 0.5, 0.5}}) {
    const ImageView shown = canvas.draw(view, window, 127);
    for (int y = 0; y < 6; ++y) {
      for (int x = 0; x < 6; ++x) {
        const double at_x = window.left + (x + 0.5) * window.step_x;
        const double at_y = window.top + (y + 0.5) * window.step_y;
        const bool inside = at_x > 0 && at_x < 4 && at_y > 0 && at_y < 4;
        EXPECT_EQ(value_at(shown, x, y, 1), inside ? 255 : 127)
            << window.left << " " << x << " " << y;
      }
    }
  }
  for (const Window& window :
       {Window{100, 0, 1, 1}, {0, -100, 1, 1}, {-1e12, 0, 1, 1}, {0, 1e12, 1e6, 1e6}}) {
    const ImageView shown = canvas.draw(view, window, 9);
    for (int i = 0; i < 6 * 6 * 3; ++i) ASSERT_EQ(shown.data[i], 9);
  }
}

TEST(Canvas, TakesEveryFormatAndRowsWithPadding) {
  for (const PixelFormat format : {PixelFormat::kBgr, PixelFormat::kRgb, PixelFormat::kBgra,
                                   PixelFormat::kRgba, PixelFormat::kGray}) {
    const int channels = channels_of(format);
    auto pixels = ramp(8, 6, channels);
    for (int row = 6; row > 0; --row) {
      pixels.insert(pixels.begin() + row * 8 * channels, 3, std::uint8_t{200});
    }
    Canvas canvas(4, 3);
    const ImageView shown =
        canvas.draw({pixels.data(), 8, 6, 8 * channels + 3, format}, {0, 0, 2, 2}, 0);
    const bool rgb = format == PixelFormat::kRgb || format == PixelFormat::kRgba;
    EXPECT_EQ(shown.format, rgb ? PixelFormat::kRgb : PixelFormat::kBgr);
    for (int c = 0; c < 3; ++c) {
      const int offset = format == PixelFormat::kGray ? 0 : c;
      EXPECT_EQ(value_at(shown, 1, 1, c), 25 + 3 + offset);  // 25 + 2.5, rounded up
    }
  }
}

TEST(Canvas, KeepsWhiteWhiteAtAnyStep) {
  const std::vector<std::uint8_t> white(997 * 3, 255);
  const ImageView view{white.data(), 997, 1, 997 * 3, PixelFormat::kBgr};
  Canvas canvas(31, 1);
  for (double step = 0.01; step < 32; step *= 1.07) {
    const ImageView shown = canvas.draw(view, {0.3, 0, step, 1}, 255);
    for (int i = 0; i < 31 * 3; ++i) ASSERT_EQ(shown.data[i], 255) << step;
  }
}

}  // namespace
}  // namespace lprnet::image
