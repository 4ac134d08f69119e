// Plates with two lines of text, and a network that reads one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <vector>

#include "lprnet/lprnet.hpp"
#include "tests/error_of.h"
#include "tests/runtime/columns_model.h"

namespace lprnet {
namespace {

using nlohmann::json;
using test::error_of;
using testing::HasSubstr;

json part(double left, double top, double right, double bottom) {
  return {{"left", left}, {"top", top}, {"right", right}, {"bottom", bottom}};
}

json two_line_look(double left, double top, double right, double bottom) {
  json look = part(left, top, right, bottom);
  look["lines"] = 2;
  return look;
}

json two_lines() {
  return {{"aspect", 2.0},
          {"widest", 2.5},
          {"upper", part(0, 0, 1, 0.5)},
          {"lower", part(0, 0.5, 1, 1)},
          {"upper_share", 0.5}};
}

std::shared_ptr<const Model> columns_reader(const json& further_looks) {
  json document = test::four_columns();
  document["decode"]["further_looks"] = further_looks;
  return Model::parse(document.dump());
}

std::shared_ptr<const Model> two_line_reader() {
  return columns_reader({{"sure", 0.9},
                         {"aspect", 3.0},
                         {"looks", {two_line_look(0, 0, 1, 1), two_line_look(0.01, 0, 1, 1)}},
                         {"two_lines", two_lines()}});
}

// Two lines of two squares each, bright or dark: rows of 20 pixels in a picture of 80 x 40.
struct Squares {
  static constexpr int kWidth = 80;
  static constexpr int kHeight = 40;
  std::vector<std::uint8_t> pixels;

  Squares(bool upper_left, bool upper_right, bool lower_left, bool lower_right) {
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        const bool left = x < kWidth / 2;
        const bool bright =
            y < kHeight / 2 ? (left ? upper_left : upper_right) : (left ? lower_left : lower_right);
        pixels.push_back(bright ? 255 : 0);
      }
    }
  }
  ImageView view() const { return {pixels.data(), kWidth, kHeight, kWidth, PixelFormat::kGray}; }
  static Quad whole() { return rectangle(0, 0, kWidth, kHeight); }
};
// Where the lines meet everything is grey, so that as one line it is not read surely.
const Squares kTwoLines(true, false, false, true);  // joined: A, blank, blank, A

TEST(TwoLines, AreReadAsOne) {
  DecodeOptions options;
  options.lines = 2;
  options.further_looks = false;
  Session session(two_line_reader(), 1, options);
  const Plate plate = session.recognize(kTwoLines.view());
  EXPECT_EQ(plate.text, "AA");
  EXPECT_EQ(plate.lines, 2);
  EXPECT_GT(plate.confidence, 0.9F);
  ASSERT_EQ(plate.characters.size(), 2U);
  EXPECT_EQ(plate.characters[0].step, 0);
  EXPECT_EQ(plate.characters[1].step, 3);
  EXPECT_EQ(session.recognize(Squares(true, false, false, false).view()).text, "A");
  EXPECT_EQ(session.recognize(Squares(false, false, true, false).view()).characters[0].step, 2);
}

TEST(TwoLines, AreFoundByFurtherLooks) {
  const auto model = two_line_reader();
  const Plate plate = Session(model).recognize(kTwoLines.view());
  EXPECT_EQ(plate.text, "AA");
  EXPECT_EQ(plate.lines, 2);
  DecodeOptions one;
  one.lines = 1;
  EXPECT_LT(Session(model, 1, one).recognize(kTwoLines.view()).confidence, 0.7F);
  DecodeOptions once;
  once.further_looks = false;
  EXPECT_LT(Session(model, 1, once).recognize(kTwoLines.view()).confidence, 0.7F);
}

TEST(TwoLines, AreNotLookedForInWidePictures) {
  ImageView wide = kTwoLines.view();
  wide.data += 5 * Squares::kWidth;
  wide.height = 30;  // aspect 2.67
  const Plate plate = Session(two_line_reader()).recognize(wide);
  EXPECT_EQ(plate.lines, 1);
  EXPECT_LT(plate.confidence, 0.7F);
}

TEST(TwoLines, ASureReadingOfOneLineStands) {
  const Plate plate =
      Session(two_line_reader()).recognize(Squares(true, false, true, false).view());
  EXPECT_EQ(plate.text, "A");  // as two lines AA
  EXPECT_EQ(plate.lines, 1);
}

TEST(TwoLines, OfAQuadrilateralAreReadWhereTheCallerKnowsOfThem) {
  const auto model = two_line_reader();
  Session session(model);
  const Squares stripes(true, false, true, false);
  EXPECT_EQ(session.recognize(stripes.view(), Squares::whole(), 2).text, "AA");
  EXPECT_EQ(session.recognize(stripes.view(), Squares::whole(), 1).text, "A");
  DecodeOptions options;
  options.lines = 1;
  EXPECT_EQ(Session(model, 1, options).recognize(stripes.view(), Squares::whole(), 2).text, "A");
  options.lines = 2;
  EXPECT_EQ(Session(model, 1, options).recognize(stripes.view(), Squares::whole()).text, "AA");
}

TEST(TwoLines, OfAQuadrilateralAreFoundWhereTheCallerIsWrong) {
  Session session(two_line_reader());
  const Plate two = session.recognize(kTwoLines.view(), Squares::whole(), 1);
  EXPECT_EQ(two.text, "AA");
  EXPECT_EQ(two.lines, 2);
  // One line of squares half as wide in the middle; above and below it is grey.
  std::vector<std::uint8_t> pixels(std::size_t{80} * 40, 128);
  for (std::size_t y = 10; y < 30; ++y) {
    for (std::size_t x = 0; x < 80; ++x) pixels[y * 80 + x] = x / 20 % 2 == 0 ? 255 : 0;
  }
  const ImageView line{pixels.data(), 80, 40, 80, PixelFormat::kGray};
  const Plate one = session.recognize(line, Squares::whole(), 2);
  EXPECT_EQ(one.text, "AA");
  EXPECT_EQ(one.lines, 1);
}

TEST(TwoLines, OfATiltedPlateAreStraightened) {
  // The picture turned by a quarter to the right: its left edge is the plate's bottom.
  std::vector<std::uint8_t> pixels(kTwoLines.pixels.size());
  for (int y = 0; y < Squares::kHeight; ++y) {
    for (int x = 0; x < Squares::kWidth; ++x) {
      pixels[static_cast<std::size_t>(x * Squares::kHeight + Squares::kHeight - 1 - y)] =
          kTwoLines.pixels[static_cast<std::size_t>(y * Squares::kWidth + x)];
    }
  }
  const ImageView turned{pixels.data(), 40, 80, 40, PixelFormat::kGray};
  const Quad quad{{{{40, 0}, {40, 80}, {0, 80}, {0, 0}}}};
  EXPECT_EQ(Session(two_line_reader()).recognize(turned, quad, 2).text, "AA");
}

TEST(TwoLines, AreRefusedWhereTheModelDoesNotReadThem) {
  const auto plain =
      columns_reader({{"sure", 0.9}, {"aspect", 3.0}, {"looks", {part(0, 0, 1, 1)}}});
  DecodeOptions options;
  options.lines = 2;
  EXPECT_THAT(error_of([&] { Session(plain, 1, options); }, ErrorCode::kInvalidArgument),
              HasSubstr("does not say how two lines are read"));
  options.lines = 3;
  EXPECT_THAT(
      error_of([&] { Session(two_line_reader(), 1, options); }, ErrorCode::kInvalidArgument),
      HasSubstr("plates of 3 lines, expected 1 or 2"));
  Session session(plain);
  // What a detector says holds for any reader.
  EXPECT_EQ(session.recognize(kTwoLines.view(), Squares::whole(), 2).lines, 1);
  EXPECT_THAT(error_of([&] { session.recognize(kTwoLines.view(), Squares::whole(), 0); },
                       ErrorCode::kInvalidArgument),
              HasSubstr("a plate of 0 lines, expected 1 or 2"));
}

}  // namespace
}  // namespace lprnet
