// Decoding a detector's output: against the twin in PyTorch, and with hostile values.
#include "detect/decoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "formats/safetensors.h"

namespace lprnet::detect {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

PlateDetector three_maps() {
  PlateDetector detector;
  detector.multiple = 32;
  detector.maps = {{8, 10, 100}, {16, 70, 230}, {32, 165, 700}};
  detector.reach = 4;
  detector.least_confidence = 0.3F;
  detector.most_overlap = 0.25F;
  return detector;
}

// An output, row by row of channels, and its view.
struct Output {
  explicit Output(std::int64_t count)
      : values(static_cast<std::size_t>(kChannels * count)), cells(count) {
    for (std::int64_t i = 0; i < cells; ++i) at(0, i) = -10;
  }
  float& at(std::int64_t channel, std::int64_t cell) {
    return values[static_cast<std::size_t>(channel * cells + cell)];
  }
  tensor::ConstView view() const {
    return {values.data(), tensor::Layout::row_major({1, kChannels, cells})};
  }
  // A plate of `width` times `height` units around the cell.
  void set(std::int64_t cell, float heat, float width, float height) {
    at(0, cell) = heat;
    const float x = width / 2;
    const float y = height / 2;
    const std::vector<float> corners{-x, -y, x, -y, x, y, -x, y};
    for (std::size_t i = 0; i < 8; ++i) at(static_cast<std::int64_t>(2 + i), cell) = corners[i];
  }

  std::vector<float> values;
  std::int64_t cells;
};

struct Golden {
  formats::Safetensors file;
  nlohmann::json json;
};

Golden golden() {
  const auto path = std::filesystem::path(LPRNET_SOURCE_DIR) / "tests" / "golden" / "detect" /
                    "decode.safetensors";
  Golden result{formats::read_safetensors(base::read_file(path), path.string()), {}};
  result.json = nlohmann::json::parse(result.file.metadata.at("lprnet.golden"));
  return result;
}

TEST(Decoder, FindsWhatTheTwinFinds) {
  const Golden golden = detect::golden();
  std::size_t plates = 0;
  for (const auto& one : golden.json.at("cases")) {
    const std::string name = one.at("name");
    const auto output = graph::to_float(golden.file.tensors.at(name + "/output"));
    const auto expected = graph::to_float(golden.file.tensors.at(name + "/plates"));
    Decoder decoder(three_maps(), one.at("columns"), one.at("rows"));
    ASSERT_EQ(decoder.cells(), output.shape()[2]);
    const auto found = decoder.decode({output.data(), tensor::Layout::row_major(output.shape())},
                                      one.at("least").get<float>());
    ASSERT_EQ(found.size(), static_cast<std::size_t>(expected.shape()[0])) << name;
    const float* row = expected.data();
    for (const Found& plate : found) {
      for (const Point& corner : plate.quad.corners) {
        // The twin works in float32 as well; a fused multiply-add may round otherwise.
        EXPECT_NEAR(corner.x, row[0], 1e-4 + 1e-6 * std::abs(row[0])) << name;
        EXPECT_NEAR(corner.y, row[1], 1e-4 + 1e-6 * std::abs(row[1])) << name;
        row += 2;
      }
      EXPECT_FLOAT_EQ(plate.confidence, row[0]) << name;
      EXPECT_EQ(plate.lines, static_cast<int>(row[1])) << name;
      row += 2;
    }
    plates += found.size();
  }
  EXPECT_GT(plates, 50U);
}

TEST(Decoder, FollowsTheStridesOfAnyLayout) {
  const Golden golden = detect::golden();
  const auto output = graph::to_float(golden.file.tensors.at("192x128/output"));
  const std::int64_t cells = output.shape()[2];
  std::vector<float> turned(output.size());
  for (std::int64_t c = 0; c < kChannels; ++c) {
    for (std::int64_t i = 0; i < cells; ++i) {
      turned[static_cast<std::size_t>(i * kChannels + c)] = output.data()[c * cells + i];
    }
  }
  tensor::Layout layout = tensor::Layout::row_major(output.shape());
  Decoder decoder(three_maps(), 192, 128);
  const auto first = decoder.decode({output.data(), layout}, 0.1F);
  const std::vector<Found> expected(first.begin(), first.end());
  layout.strides[1] = 1;
  layout.strides[2] = kChannels;
  const auto found = decoder.decode({turned.data(), layout}, 0.1F);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].confidence, expected[i].confidence);
    EXPECT_EQ(found[i].quad.corners[2].x, expected[i].quad.corners[2].x);
  }
}

TEST(Decoder, PlacesAPlateAroundItsCell) {
  Decoder decoder(three_maps(), 64, 32);
  Output output(decoder.cells());
  ASSERT_EQ(output.cells, 4 * 8 + 2 * 4 + 1 * 2);
  output.set(8 + 3, 2, 0.5F, 0.125F);  // row 1, column 3 at stride 8
  output.at(1, 8 + 3) = 1;
  const auto found = decoder.decode(output.view(), 0.3F);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FLOAT_EQ(found[0].confidence, 1 / (1 + std::exp(-2.0F)));
  EXPECT_EQ(found[0].lines, 2);
  EXPECT_EQ(found[0].quad.corners[0].x, 28 - 8);
  EXPECT_EQ(found[0].quad.corners[0].y, 12 - 2);
  EXPECT_EQ(found[0].quad.corners[2].x, 28 + 8);
  EXPECT_EQ(found[0].quad.corners[2].y, 12 + 2);
}

TEST(Decoder, ANaNIsColdAndCornersThatAreNoneAreNoPlate) {
  Decoder decoder(three_maps(), 64, 64);
  Output output(decoder.cells());
  output.set(0, kNan, 0.5F, 0.1F);
  output.set(1, 3, 0.5F, 0.1F);  // beside the NaN: a peak
  output.set(4, kInfinity, 0.5F, 0.1F);
  output.set(30, 3, 0.5F, 0.1F);
  output.at(5, 30) = kNan;
  output.set(32, 3, 0.5F, 0.1F);
  output.at(2, 32) = -kInfinity;
  output.set(35, 3, 0.5F, 0.1F);
  output.at(3, 35) = 1e30F;
  output.set(60, -kInfinity, 0.5F, 0.1F);
  const auto found = decoder.decode(output.view(), 0.3F);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].confidence, 1);  // the infinite one
  EXPECT_EQ(found[1].quad.corners[0].x, 12 - 8);
}

TEST(Decoder, APlateauHasABoundedNumberOfPeaks) {
  Decoder decoder(three_maps(), 1280, 768);
  Output output(decoder.cells());
  ASSERT_GT(output.cells, 10000);
  for (std::int64_t i = 0; i < output.cells; ++i) output.set(i, 5, 0.01F, 0.01F);
  EXPECT_EQ(decoder.decode(output.view(), 0.3F).size(), kMaxPeaks);
  // Of more than that the hottest.
  output.set(output.cells - 1, 9, 0.01F, 0.01F);
  const auto found = decoder.decode(output.view(), 0.3F);
  EXPECT_LE(found.size(), kMaxPeaks);
  EXPECT_FLOAT_EQ(found[0].confidence, 1 / (1 + std::exp(-9.0F)));
}

TEST(Decoder, SurvivesAnyBits) {
  std::mt19937 random(5);
  Decoder decoder(three_maps(), 192, 128);
  Output output(decoder.cells());
  for (int round = 0; round < 50; ++round) {
    for (float& value : output.values) {
      const auto bits = static_cast<std::uint32_t>(random());
      std::memcpy(&value, &bits, sizeof value);
    }
    for (const float least : {0.0F, 0.3F, 1.0F, kNan}) {
      for (const Found& plate : decoder.decode(output.view(), least)) {
        EXPECT_TRUE(plate.confidence >= 0 && plate.confidence <= 1);
        for (const Point& corner : plate.quad.corners) {
          EXPECT_LE(std::abs(corner.x), Decoder::kFarthest * 192);
          EXPECT_LE(std::abs(corner.y), Decoder::kFarthest * 192);
        }
      }
    }
  }
}

TEST(KeepOneEach, TheMostConfidentOfThoseThatOverlap) {
  const auto plate = [](float x, float confidence) {
    return Found{rectangle(x, 0, 30, 10), confidence, 1};
  };
  // 30 wide: shifted by 10 they share half of their union, by 20 a fifth.
  std::vector<Found> found{plate(0, 0.5F), plate(10, 0.9F), plate(30, 0.7F), plate(100, 0.5F)};
  found.resize(keep_one_each(found, 0.25F));
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].quad.corners[0].x, 10);
  EXPECT_EQ(found[1].quad.corners[0].x, 30);
  EXPECT_EQ(found[2].quad.corners[0].x, 100);
  EXPECT_EQ(keep_one_each({}, 0.25F), 0U);
}

TEST(Overlap, IsThatOfOpenCv) {
  const Golden golden = detect::golden();
  const auto quads = graph::to_float(golden.file.tensors.at("overlap/quads"));
  const auto shares = graph::to_float(golden.file.tensors.at("overlap/shares"));
  const float* value = quads.data();
  const auto next = [&value] {
    Quad quad;
    for (Point& corner : quad.corners) {
      corner = {value[0], value[1]};
      value += 2;
    }
    return quad;
  };
  int partly = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const Quad a = next();
    const Quad b = next();
    EXPECT_NEAR(overlap(a, b), shares.data()[i], 1e-5) << i;
    EXPECT_NEAR(overlap(b, a), shares.data()[i], 1e-5) << i;
    partly += shares.data()[i] > 0.1F ? 1 : 0;
  }
  EXPECT_GT(partly, 50);
}

TEST(Overlap, OfWhatHasNoArea) {
  const Quad line{{{{0, 0}, {10, 0}, {10, 0}, {0, 0}}}};
  const Quad dot{{{{5, 5}, {5, 5}, {5, 5}, {5, 5}}}};
  const Quad box = rectangle(0, 0, 10, 10);
  for (const Quad& flat : {line, dot}) {
    EXPECT_EQ(overlap(flat, box), 0);
    EXPECT_EQ(overlap(box, flat), 0);
    EXPECT_EQ(overlap(flat, flat), 0);
  }
  EXPECT_EQ(overlap(box, box), 1);
  EXPECT_EQ(overlap(rectangle(kNan, 0, 1, 1), box), 0);
  EXPECT_EQ(overlap(rectangle(0, 0, kInfinity, 1), box), 0);
  EXPECT_NEAR(overlap(rectangle(-1e30F, -1e30F, 2e30F, 2e30F), box), 0, 1e-9);
}

}  // namespace
}  // namespace lprnet::detect
