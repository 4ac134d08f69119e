#include "image/preprocess.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/image/pictures.h"
#include "tests/image/resize_filters.h"

namespace {
std::atomic<long> allocations{0};
}  // namespace

// Counted, so that a test can show that nothing is allocated. Not inlined: GCC would take free()
// for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace lprnet::image {
namespace {

constexpr float kUntouched = -12345.0F;

Preprocessing settings(ChannelOrder order, ResizeFilter filter = ResizeFilter::kBilinear) {
  return {order, {127.5F, 100.25F, 3.0F}, {0.0078125F, 0.02F, 1.0F / 3.0F}, filter, {}};
}

// Channel `c` of the network's order, straight from the definition.
int channel_of(const ImageView& view, int x, int y, ChannelOrder order, int c) {
  const std::uint8_t* pixel = view.data + y * view.row_bytes + x * channels_of(view.format);
  if (view.format == PixelFormat::kGray) return pixel[0];
  const bool rgb = view.format == PixelFormat::kRgb || view.format == PixelFormat::kRgba;
  const int blue = pixel[rgb ? 2 : 0];
  const int green = pixel[1];
  const int red = pixel[rgb ? 0 : 2];
  switch (order) {
    case ChannelOrder::kBgr:
      return c == 0 ? blue : c == 1 ? green : red;
    case ChannelOrder::kRgb:
      return c == 0 ? red : c == 1 ? green : blue;
    case ChannelOrder::kGray:
      break;
  }
  return (3735 * blue + 19235 * green + 9798 * red + 16384) / 32768;
}

struct Case {
  PixelFormat format;
  ChannelOrder order;
};

class PreprocessFormats : public testing::TestWithParam<Case> {};

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto format : {PixelFormat::kBgr, PixelFormat::kRgb, PixelFormat::kBgra,
                            PixelFormat::kRgba, PixelFormat::kGray}) {
    for (const auto order : {ChannelOrder::kBgr, ChannelOrder::kRgb, ChannelOrder::kGray}) {
      cases.push_back({format, order});
    }
  }
  return cases;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  const char* formats[] = {"Bgr", "Rgb", "Bgra", "Rgba", "Gray"};
  const char* orders[] = {"ToBgr", "ToRgb", "ToGray"};
  return std::string(formats[static_cast<int>(info.param.format)]) +
         orders[static_cast<int>(info.param.order)];
}

INSTANTIATE_TEST_SUITE_P(All, PreprocessFormats, testing::ValuesIn(all_cases()), name_of);

TEST_P(PreprocessFormats, NormalisesAnImageOfTheRightSize) {
  const auto [format, order] = GetParam();
  const FileBytes bytes = pattern(7, 3, channels_of(format));
  const ImageView view = view_of(bytes, 7, 3, format);
  const Preprocessing preprocessing = settings(order);
  Preprocessor preprocessor(preprocessing, 7, 3);
  const int channels = preprocessor.channels();
  ASSERT_EQ(channels, order == ChannelOrder::kGray ? 1 : 3);

  struct Layout {
    std::ptrdiff_t row, pixel, channel;
  };
  // Channels last, with a gap after each row, channels last in blocks of 8, and channels first.
  for (const Layout layout :
       {Layout{7 * channels, channels, 1}, Layout{7 * channels + 5, channels, 1},
        Layout{7 * 8, 8, 1}, Layout{7, 1, 21}}) {
    std::vector<float> to(400, kUntouched);
    preprocessor.run(view, to.data(), layout.row, layout.pixel, layout.channel);
    std::size_t written = 0;
    for (const float value : to) written += value != kUntouched ? 1 : 0;
    EXPECT_EQ(written, static_cast<std::size_t>(21 * channels));
    for (int y = 0; y < 3; ++y) {
      for (int x = 0; x < 7; ++x) {
        for (int c = 0; c < channels; ++c) {
          const auto i = static_cast<std::size_t>(c);
          const float expected =
              (static_cast<float>(channel_of(view, x, y, order, c)) - preprocessing.mean[i]) *
              preprocessing.scale[i];
          EXPECT_EQ(
              to[static_cast<std::size_t>(y * layout.row + x * layout.pixel + c * layout.channel)],
              expected);
        }
      }
    }
  }
}

TEST_P(PreprocessFormats, ResizesBeforeItNormalises) {
  const auto [format, order] = GetParam();
  for (const auto filter : kEveryFilter) {
    const FileBytes bytes = pattern(31, 17, channels_of(format));
    const ImageView view = view_of(bytes, 31, 17, format);
    const bool one_channel = format == PixelFormat::kGray && order == ChannelOrder::kGray;
    FileBytes small(12 * 5 * 3);
    Resizer(12, 5, one_channel ? 1 : 3, filter).resize(view, small.data());
    // The resized image keeps the view's order, without alpha.
    const bool rgb = format == PixelFormat::kRgb || format == PixelFormat::kRgba;
    const PixelFormat small_format = one_channel ? PixelFormat::kGray
                                     : rgb       ? PixelFormat::kRgb
                                                 : PixelFormat::kBgr;
    Preprocessor preprocessor(settings(order, filter), 12, 5);
    const int channels = preprocessor.channels();
    std::vector<float> from_large(static_cast<std::size_t>(60 * channels));
    std::vector<float> from_small(from_large.size());
    preprocessor.run(view, from_large.data(), 12 * channels, channels, 1);
    preprocessor.run(view_of(small, 12, 5, small_format), from_small.data(), 12 * channels,
                     channels, 1);
    EXPECT_EQ(from_large, from_small);
  }
}

// The rows and columns of the input that hold the picture, and the border's values elsewhere.
void expect_framed(const std::vector<float>& whole, int width, int left, int top,
                   const std::vector<float>& inner, int inner_width, const Preprocessing& how) {
  const std::size_t channels = how.channel_order == ChannelOrder::kGray ? 1 : 3;
  const int inner_height = static_cast<int>(inner.size() / channels) / inner_width;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const std::size_t c = i % channels;
    const int x = static_cast<int>(i / channels) % width - left;
    const int y = static_cast<int>(i / channels) / width - top;
    const bool inside = x >= 0 && x < inner_width && y >= 0 && y < inner_height;
    const auto at = static_cast<std::size_t>(inside ? y * inner_width + x : 0) * channels + c;
    const float expected = inside ? inner[at] : ((*how.letterbox)[c] - how.mean[c]) * how.scale[c];
    ASSERT_EQ(whole[i], expected) << "column " << x + left << ", row " << y + top;
  }
}

TEST(PreprocessLetterbox, KeepsThePicturesShape) {
  struct Fit {
    int width, height;  // of the picture, for an input of 12x9
    int left, top, columns, rows;
  };
  const FileBytes bytes = pattern(60, 40, 3);
  for (const auto order : {ChannelOrder::kBgr, ChannelOrder::kRgb, ChannelOrder::kGray}) {
    for (const Fit& fit :
         {Fit{20, 10, 0, 1, 12, 6}, Fit{3, 9, 4, 0, 3, 9}, Fit{24, 18, 0, 0, 12, 9},
          Fit{60, 1, 0, 4, 12, 1}, Fit{1, 40, 5, 0, 1, 9}, Fit{4, 3, 0, 0, 12, 9}}) {
      Preprocessing how = settings(order, ResizeFilter::kArea);
      const ImageView view = view_of(bytes, fit.width, fit.height, PixelFormat::kBgr);
      Preprocessor inner(how, fit.columns, fit.rows);
      const int channels = inner.channels();
      std::vector<float> picture(static_cast<std::size_t>(fit.columns * fit.rows * channels));
      inner.run(view, picture.data(), fit.columns * channels, channels, 1);
      how.letterbox = {{114, 7.5F, 255}};
      Preprocessor boxed(how, 12, 9);
      std::vector<float> whole(static_cast<std::size_t>(12 * 9 * channels), kUntouched);
      boxed.run(view, whole.data(), 12 * channels, channels, 1);
      expect_framed(whole, 12, fit.left, fit.top, picture, fit.columns, how);
      // The same preprocessor for another picture, and again.
      boxed.run(view_of(bytes, 5, 40, PixelFormat::kBgr), whole.data(), 12 * channels, channels, 1);
      boxed.run(view, whole.data(), 12 * channels, channels, 1);
      expect_framed(whole, 12, fit.left, fit.top, picture, fit.columns, how);
    }
  }
}

TEST(PreprocessLetterbox, KeepsThePlatesShape) {
  const FileBytes bytes = pattern(60, 40, 3);
  const ImageView view = view_of(bytes, 60, 40, PixelFormat::kBgr);
  // Edges of 20 and 10 pixels.
  const Quad quad{{{{10, 8}, {22, 24}, {14, 30}, {2, 14}}}};
  Preprocessing how = settings(ChannelOrder::kRgb);
  std::vector<float> picture(12 * 6 * 3);
  ASSERT_TRUE(Preprocessor(how, 12, 6).run(view, quad, picture.data(), 36, 3, 1));
  how.letterbox = {{0, 128, 255}};
  std::vector<float> whole(12 * 12 * 3);
  Preprocessor boxed(how, 12, 12);
  ASSERT_TRUE(boxed.run(view, quad, whole.data(), 36, 3, 1));
  expect_framed(whole, 12, 0, 3, picture, 12, how);
  // Corners in one place are no plate.
  EXPECT_FALSE(boxed.run(view, Quad{}, whole.data(), 36, 3, 1));
}

TEST(Preprocess, EveryByteIsNormalisedAsNumpyDoes) {
  FileBytes all;
  for (int value = 0; value < 256; ++value)
    all.insert(all.end(), 3, static_cast<std::uint8_t>(value));
  Preprocessing preprocessing;
  preprocessing.mean = {127.5F, 149.94F, 0.1F};
  preprocessing.scale = {0.0078125F, 1.0F / 49.215F, 1.0F / 255.0F};
  std::vector<float> to(768);
  Preprocessor(preprocessing, 256, 1)
      .run(view_of(all, 256, 1, PixelFormat::kBgr), to.data(), 768, 3, 1);
  for (std::size_t i = 0; i < 768; ++i) {
    const float difference = static_cast<float>(i / 3) - preprocessing.mean[i % 3];
    EXPECT_EQ(to[i], difference * preprocessing.scale[i % 3]);
  }
  EXPECT_EQ(to[0], -0.99609375F);
  EXPECT_EQ(to[765], 0.99609375F);
}

TEST(Preprocess, AllocatesNothing) {
  const FileBytes bytes = pattern(300, 200, 4);
  for (const auto filter : kEveryFilter) {
    for (const auto order : {ChannelOrder::kBgr, ChannelOrder::kRgb, ChannelOrder::kGray}) {
      Preprocessing how = settings(order, filter);
      if (filter == ResizeFilter::kArea) how.letterbox = {{1, 2, 3}};
      Preprocessor preprocessor(how, 94, 24);
      std::vector<float> to(94 * 24 * 3);
      const long before = allocations;
      for (const auto format : {PixelFormat::kBgr, PixelFormat::kRgba, PixelFormat::kGray}) {
        for (const auto& [width, height] : {std::pair{94, 24}, {188, 48}, {300, 200}, {1, 1}}) {
          preprocessor.run(view_of(bytes, width, height, format), to.data(),
                           94 * preprocessor.channels(), preprocessor.channels(), 1);
        }
      }
      EXPECT_EQ(allocations, before);
    }
  }
}

}  // namespace
}  // namespace lprnet::image
