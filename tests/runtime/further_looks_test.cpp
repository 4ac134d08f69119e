// What a reader does with pictures that it is not sure of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "lprnet/lprnet.hpp"
#include "runtime/agreement.h"
#include "tests/error_of.h"
#include "tests/runtime/columns_model.h"
#include "tests/temporary_folder.h"

namespace lprnet {
namespace {

using nlohmann::json;
using test::error_of;
using testing::HasSubstr;

Plate reading(const std::string& text, float confidence, const std::string& pattern = "") {
  Plate plate;
  plate.text = text;
  plate.confidence = confidence;
  plate.pattern = pattern;
  return plate;
}

TEST(Agreement, WithoutOneTheFirstReadingStands) {
  Agreement agreement(reading("A", 0.2F));
  agreement.add(reading("B", 0.8F));
  agreement.add(reading("C", 0.9F));
  EXPECT_EQ(agreement.confidence(), 0);
  EXPECT_EQ(std::move(agreement).answer().text, "A");
}

TEST(Agreement, IsTheLargestMeanOfTwoReadingsOfAText) {
  Agreement agreement(reading("A", 0.25F));
  agreement.add(reading("B", 0.5F, "first"));
  agreement.add(reading("B", 0.75F, "better"));
  agreement.add(reading("B", 0.25F, "last"));
  EXPECT_EQ(agreement.confidence(), 0.625F);
  agreement.add(reading("A", 0.5F));
  const Plate plate = std::move(agreement).answer();
  EXPECT_EQ(plate.text, "B");
  EXPECT_EQ(plate.confidence, 0.625F);
  EXPECT_EQ(plate.pattern, "better");
}

TEST(Agreement, TheFirstReadingCountsAndMayBeMoreSure) {
  Agreement both(reading("A", 0.5F));
  both.add(reading("A", 0.75F));
  EXPECT_EQ(std::move(both).answer().confidence, 0.625F);
  Agreement sure(reading("A", 0.75F));
  sure.add(reading("A", 0.5F));
  sure.add(reading("B", 0.5F));
  sure.add(reading("B", 0.5F));
  EXPECT_EQ(std::move(sure).answer().confidence, 0.75F);
}

TEST(Agreement, NothingReadTwiceIsNone) {
  Agreement agreement(reading("", 0));
  agreement.add(reading("", 0.9F));
  agreement.add(reading("", 0.9F));
  EXPECT_EQ(agreement.confidence(), 0);
  EXPECT_EQ(std::move(agreement).answer().confidence, 0);
}

json look(double left, double top, double right, double bottom) {
  return {{"left", left}, {"top", top}, {"right", right}, {"bottom", bottom}};
}

json turned(double degrees) {
  json part = look(0, 0, 1, 1);
  part["turn"] = degrees;
  return part;
}

std::shared_ptr<const Model> reader(const json& looks) {
  json document = test::four_columns();
  document["decode"]["further_looks"] = {{"sure", 0.9}, {"aspect", 3.0}, {"looks", looks}};
  return Model::parse(document.dump());
}

constexpr std::uint8_t kBright = 255;
constexpr std::uint8_t kDark = 0;
constexpr std::uint8_t kGrey = 128;

// A row of pixels, as a picture.
struct Row {
  std::vector<std::uint8_t> pixels;
  ImageView view() const {
    const int width = static_cast<int>(pixels.size());
    return {pixels.data(), width, 1, width, PixelFormat::kGray};
  }
};
const Row kLoose{{kGrey, kGrey, kBright, kDark, kBright, kDark, kGrey, kGrey}};

TEST(FurtherLooks, AreTakenWhereTheFirstIsNotSure) {
  const auto model = reader({look(0.25, 0, 0.75, 1), look(0.26, 0, 0.76, 1)});
  Session session(model);
  const Plate plate = session.recognize(kLoose.view());
  EXPECT_EQ(plate.text, "AA");
  EXPECT_GT(plate.confidence, 0.9F);
  DecodeOptions once;
  once.further_looks = false;
  const Plate first = Session(model, 1, once).recognize(kLoose.view());
  EXPECT_LT(first.confidence, 0.7F);
  EXPECT_EQ(Recognizer(model).recognize(kLoose.view()).confidence, plate.confidence);
  EXPECT_EQ(Recognizer(model, 1, 1, once).recognize(kLoose.view()).confidence, first.confidence);
}

TEST(FurtherLooks, OneAloneConvincesNobody) {
  Session session(reader(json::array({look(0.25, 0, 0.75, 1)})));
  EXPECT_LT(session.recognize(kLoose.view()).confidence, 0.7F);
}

TEST(FurtherLooks, ASureReadingNeedsNone) {
  const Row tight{{kBright, kDark, kBright, kDark}};
  // Both would read the bright half alone.
  Session session(reader({look(0, 0, 0.25, 1), look(0, 0, 0.24, 1)}));
  EXPECT_EQ(session.recognize(tight.view()).text, "AA");
}

TEST(FurtherLooks, RepeatTheEdgeBeyondThePicture) {
  Session left(reader({look(-0.5, 0, 0.25, 1), look(-0.5, 0, 0.25, 1)}));
  const Row bright{{kBright, kGrey, kGrey, kGrey, kGrey, kGrey, kGrey, kDark}};
  EXPECT_EQ(left.recognize(bright.view()).text, "A");
}

TEST(FurtherLooks, MayBeTurned) {
  // Bright and dark stripes across a bar that rises to the right by 40 degrees, on grey.
  constexpr int kSide = 80;
  constexpr double kAspect = 3;
  const double angle = 40 * std::acos(-1.0) / 180;
  const double width = kSide / (std::cos(angle) + std::sin(angle) / kAspect);
  std::vector<std::uint8_t> pixels(kSide * kSide, kGrey);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const double dx = x + 0.5 - kSide / 2.0;
      const double dy = y + 0.5 - kSide / 2.0;
      const double along = (std::cos(angle) * dx - std::sin(angle) * dy) / width + 0.5;
      const double across = (std::sin(angle) * dx + std::cos(angle) * dy) * kAspect / width;
      if (along < 0 || along >= 1 || std::abs(across) > 0.5) continue;
      pixels[static_cast<std::size_t>(y * kSide + x)] =
          static_cast<int>(along * 4) % 2 == 0 ? kBright : kDark;
    }
  }
  const ImageView picture{pixels.data(), kSide, kSide, kSide, PixelFormat::kGray};
  EXPECT_LT(Session(reader({turned(40), turned(38)})).recognize(picture).confidence, 0.7F);
  const Plate plate = Session(reader({turned(-40), turned(-38)})).recognize(picture);
  EXPECT_EQ(plate.text, "AA");
  EXPECT_GT(plate.confidence, 0.9F);
}

// One step: A for an upper row that is brighter on the left, B, of which it is twice as sure, for
// one that is brighter on the right, the blank for neither.
std::shared_ptr<const Model> left_or_right(const std::vector<std::string>& counter_looks) {
  json document = json::parse(R"({
    "format": "lprnet.graph", "version": 2, "requires": [], "name": "left or right",
    "inputs": [{"name": "input", "shape": [1, 1, 2, 2]}],
    "output": "logits",
    "nodes": [{"name": "step", "op": "conv2d", "inputs": ["input"], "weight": "weight"},
              {"name": "logits", "op": "reshape", "inputs": ["step"], "shape": [1, 3, 1]}],
    "preprocess": {"channel_order": "GRAY", "mean": [127.5], "scale": [0.01], "resize": "bilinear"},
    "decode": {"alphabet": ["A", "B"], "blank": 2},
    "weights": {"tensors": {"weight": {"dtype": "F32", "shape": [3, 1, 2, 2],
                                       "data": [1, -1, 0, 0, -2, 2, 0, 0, 0, 0, 0, 0]}}}
  })");
  document["decode"]["further_looks"] = {{"sure", 0.8},
                                         {"aspect", 1.0},
                                         {"looks", json::array({look(0, 0, 1, 1)})},
                                         {"counter_looks", counter_looks}};
  return Model::parse(document.dump());
}

TEST(FurtherLooks, RefuseWhatReadsBetterTheOtherWay) {
  using Pixels = std::vector<std::uint8_t>;
  const auto text_of = [](const Pixels& pixels, const std::vector<std::string>& counter_looks) {
    const ImageView picture{pixels.data(), 2, 2, 2, PixelFormat::kGray};
    const Plate plate = Session(left_or_right(counter_looks)).recognize(picture);
    EXPECT_EQ(plate.text.empty(), plate.confidence == 0.0F);
    return plate.text;
  };
  const Pixels mirrored{200, 100, 50, 50};  // an A that would be more of a B
  EXPECT_EQ(text_of(mirrored, {}), "A");
  EXPECT_EQ(text_of(mirrored, {"upside_down"}), "A");
  EXPECT_EQ(text_of(mirrored, {"mirrored"}), "");
  const Pixels upside_down{200, 100, 200, 50};
  EXPECT_EQ(text_of(upside_down, {"upside_down"}), "");
  const Pixels right{100, 150, 50, 50};  // a B that would be less of an A
  EXPECT_EQ(text_of(right, {"upside_down", "mirrored"}), "B");
}

TEST(FurtherLooks, ShowThePartOfAnyPicture) {
  const auto model =
      reader({look(-2, -2, 2, 2), look(0.999, 0.999, 1, 1), turned(-60), turned(60)});
  Session session(model);
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 5000}, {5000, 1}, {3, 2}}) {
    const std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width * height), kGrey);
    const Plate plate =
        session.recognize(ImageView{pixels.data(), width, height, width, PixelFormat::kGray});
    EXPECT_GE(plate.confidence, 0.0F);
  }
}

TEST(FurtherLooks, AreSavedAndComeFromAFileOfTheirOwn) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "看.json";
  std::ofstream(path) << json{
      {"sure", 0.8}, {"aspect", 3.1}, {"looks", {look(0.125, -0.1, 0.875, 1.1), turned(-22)}}};
  const FurtherLooks loaded = FurtherLooks::load(path);
  Description description = reader(json::array({look(0, 0, 1, 1)}))->description();
  std::get<PlateReader>(description.purpose).further_looks = loaded;
  reader(json::array({look(0, 0, 1, 1)}))->save(folder.path() / "m.safetensors", description);
  const auto again = Model::load(folder.path() / "m.safetensors");
  const auto& further = again->description().plate_reader()->further_looks;
  ASSERT_TRUE(further);
  EXPECT_EQ(further->sure, 0.8F);
  EXPECT_EQ(further->aspect, 3.1F);
  ASSERT_EQ(further->looks.size(), 2U);
  EXPECT_EQ(further->looks[0].top, -0.1F);
  EXPECT_EQ(further->looks[1].turn, -22);
  EXPECT_THAT(error_of([&] { FurtherLooks::load(folder.path() / "none"); }, ErrorCode::kNotFound),
              HasSubstr("none"));
  std::ofstream(path) << R"({"sure": 2})";
  EXPECT_THAT(error_of([&] { FurtherLooks::load(path); }, ErrorCode::kFormat),
              HasSubstr("看.json: 'further_looks': 'sure' is 2, expected a number from 0 to 1"));
}

TEST(FurtherLooks, SavingRefusesWhatReadingWould) {
  const test::TemporaryFolder folder;
  const auto model = reader(json::array({look(0, 0, 1, 1)}));
  const auto save = [&](float aspect, const std::vector<Look>& looks) {
    FurtherLooks further;
    further.aspect = aspect;
    further.looks = looks;
    Description description = model->description();
    std::get<PlateReader>(description.purpose).further_looks = further;
    return error_of([&] { model->save(folder.path() / "m.safetensors", description); },
                    ErrorCode::kInvalidArgument);
  };
  EXPECT_THAT(save(3, {}), HasSubstr("a list of 1 to 32 looks"));
  EXPECT_THAT(save(std::nanf(""), {Look{}}), HasSubstr("'aspect' is not finite"));
  EXPECT_THAT(save(3, {Look{{0.5F, 0, 0.5F, 1}}}), HasSubstr("left < right"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "m.safetensors"));
}

}  // namespace
}  // namespace lprnet
