#include "lprnet/photo_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "lprnet/error.hpp"
#include "tests/runtime/white_squares.h"
#include "tests/temporary_folder.h"

namespace lprnet {
namespace {

using test::black_picture;
using test::Place;
using test::white_reader;
using test::white_squares;
using testing::HasSubstr;

PhotoOptions without_margin() {
  PhotoOptions options;
  options.margin = 0;
  return options;
}

void expect_corners(const FoundPlate& found, const Quad& expected, float tolerance = 0.01F) {
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(found.corners.corners[i].x, expected.corners[i].x, tolerance) << i;
    EXPECT_NEAR(found.corners.corners[i].y, expected.corners[i].y, tolerance) << i;
  }
}

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(PhotoReader, FindsAndReadsPlates) {
  const PhotoReader reader(white_squares(), white_reader(), without_margin());
  const auto plates = reader.read(black_picture(96, 64, {{16, 8}, {64, 48}}));
  ASSERT_EQ(plates.size(), 2U);
  expect_corners(plates[0], rectangle(8, 8, 24, 8));
  expect_corners(plates[1], rectangle(56, 48, 24, 8));
  for (const FoundPlate& plate : plates) {
    EXPECT_EQ(plate.plate.text, "W");
    EXPECT_GT(plate.plate.confidence, 0.99F);
    EXPECT_NEAR(plate.confidence, 1 / (1 + std::exp(-5.0)), 1e-4);
    EXPECT_EQ(plate.lines, 1);
  }
  EXPECT_TRUE(reader.read(black_picture(96, 64, {})).empty());
}

TEST(PhotoReader, PlacesPlatesInThePictureWhateverItsSize) {
  const PhotoReader reader(white_squares(), white_reader(), without_margin());
  // Twice the input: squares of 16 pixels are one cell, and plates twice as large.
  const auto large = reader.read(black_picture(192, 128, {{32, 16}}, 16));
  ASSERT_EQ(large.size(), 1U);
  expect_corners(large[0], rectangle(16, 16, 48, 16));
  // 96x32 lies in the middle of the input, 16 rows below its top.
  const auto flat = reader.read(black_picture(96, 32, {{16, 8}}));
  ASSERT_EQ(flat.size(), 1U);
  expect_corners(flat[0], rectangle(8, 8, 24, 8));
}

TEST(PhotoReader, LooksAgain) {
  const Image picture = black_picture(96, 64, {{16, 8}});
  PhotoOptions options = without_margin();
  options.least_confidence = 0.3F;
  const auto twice = PhotoReader(white_squares(true), white_reader(), options).read(picture);
  options.second_look = false;
  const auto once = PhotoReader(white_squares(true), white_reader(), options).read(picture);
  ASSERT_EQ(once.size(), 1U);
  ASSERT_EQ(twice.size(), 1U);
  expect_corners(once[0], rectangle(8, 8, 24, 8));
  // Around one of the four quarters of the square.
  const Point corner = twice[0].corners.corners[0];
  EXPECT_TRUE(corner.x == 12 || corner.x == 16) << corner.x;
  EXPECT_TRUE(corner.y == 8 || corner.y == 12) << corner.y;
  expect_corners(twice[0], rectangle(corner.x, corner.y, 12, 4));
  // The mean of both looks; the second is not sure at all.
  EXPECT_LT(twice[0].confidence, once[0].confidence / 2 + 0.05F);
  EXPECT_GT(twice[0].confidence, once[0].confidence / 2);
  // What the mean falls below is none, though the first look is sure of it.
  options.second_look = true;
  options.least_confidence = 0.6F;
  EXPECT_TRUE(PhotoReader(white_squares(true), white_reader(), options).read(picture).empty());
}

TEST(PhotoReader, LooksCloserInEachSize) {
  const auto read = [](const std::vector<double>& sizes) {
    auto json = nlohmann::json::parse(test::white_squares_json(true));
    json["detect"]["second_look"]["plate_sizes"] = sizes;
    PhotoOptions options = without_margin();
    options.least_confidence = 0.2F;
    options.second_look = !sizes.empty();
    const auto detector = sizes.empty() ? white_squares() : Model::parse(json.dump());
    const auto plates =
        PhotoReader(detector, white_reader(), options).read(black_picture(96, 64, {{16, 8}}));
    return plates.size() == 1 ? plates[0] : FoundPlate{};
  };
  const float first = read({}).confidence;
  const FoundPlate once = read({48});
  expect_corners(once, rectangle(12, 8, 12, 4));
  const float closer = 2 * once.confidence - first;
  EXPECT_GT(closer, 0.02F);
  // The same size again finds nothing around what the first one found; so does a larger one first.
  for (const auto& sizes : {std::vector<double>{48, 48}, std::vector<double>{96, 48}}) {
    const FoundPlate plate = read(sizes);
    expect_corners(plate, rectangle(12, 8, 12, 4));
    EXPECT_NEAR(plate.confidence, (first + closer / 2) / 2, 1e-5);
  }
  // A smaller one finds it two pixels further right and down: corners are the mean.
  const FoundPlate mean = read({48, 24});
  expect_corners(mean, rectangle(13, 9, 12, 4));
  EXPECT_GT(mean.confidence, once.confidence);
}

TEST(PhotoReader, LooksFromFurtherAwayAtACrop) {
  // In the input the crop is four times as large, and the white square in it two cells wide: no
  // plate. From further away it is one cell.
  const Image crop = black_picture(24, 8, {{4, 0}}, 4);
  const auto plates = PhotoReader(white_squares(), white_reader(), without_margin()).read(crop);
  ASSERT_EQ(plates.size(), 1U);
  expect_corners(plates[0], rectangle(0, 0, 12, 4));
  // A picture that is no crop is looked at once.
  Image large = black_picture(768, 512, {{256, 128}}, 128);
  EXPECT_TRUE(PhotoReader(white_squares(), white_reader(), without_margin()).read(large).empty());
}

TEST(PhotoReader, ReadsACropThatAPlateFills) {
  // White everywhere: the detector finds nothing, the reader reads.
  const PhotoReader reader(white_squares(), white_reader(), without_margin());
  Image picture(60, 40);
  std::fill_n(picture.data(), 60 * 40 * 3, std::uint8_t{255});
  const auto crop = reader.read(picture);
  ASSERT_EQ(crop.size(), 1U);
  expect_corners(crop[0], rectangle(0, 0, 60, 40));
  EXPECT_EQ(crop[0].plate.text, "W");
  EXPECT_EQ(crop[0].confidence, crop[0].plate.confidence);
  // A photograph of that kind is none.
  Image photograph(600, 400);
  std::fill_n(photograph.data(), 600 * 400 * 3, std::uint8_t{255});
  EXPECT_TRUE(reader.read(photograph).empty());
}

TEST(PhotoReader, KeepsTheMostConfidentAndThoseInTheRegion) {
  const Image picture = black_picture(96, 64, {{16, 8}, {64, 48}, {64, 8}});
  PhotoOptions options = without_margin();
  options.max_plates = 2;
  EXPECT_EQ(PhotoReader(white_squares(), white_reader(), options).read(picture).size(), 2U);
  options = without_margin();
  options.region = Region{48, 32, 1000, 1000};  // 48x32 of the picture, enlarged twice
  const auto inside = PhotoReader(white_squares(), white_reader(), options)
                          .read(black_picture(96, 64, {{16, 8}, {64, 44}, {64, 8}}, 4));
  ASSERT_EQ(inside.size(), 1U);
  expect_corners(inside[0], rectangle(60, 44, 12, 4));
  for (const Region& region :
       {Region{96, 0, 5, 5}, {-10, -10, 10, 10}, {0, 2000000000, 2000000000, 2000000000}}) {
    options.region = region;
    EXPECT_TRUE(PhotoReader(white_squares(), white_reader(), options).read(picture).empty());
  }
}

TEST(PhotoReader, LeavesOutWhatReadsAsNothing) {
  // Grey that the detector takes for a plate and the reader does not.
  Image picture = black_picture(96, 64, {{16, 8}});
  for (int i = 0; i < 96 * 64 * 3; ++i) {
    if (picture.data()[i] == 255) picture.data()[i] = 120;
  }
  PhotoOptions options = without_margin();
  options.least_confidence = 0.0001F;
  options.max_plates = 1;
  EXPECT_TRUE(PhotoReader(white_squares(), white_reader(), options).read(picture).empty());
  options.keep_unread = true;
  const auto plates = PhotoReader(white_squares(), white_reader(), options).read(picture);
  ASSERT_EQ(plates.size(), 1U);
  EXPECT_EQ(plates[0].plate.text, "");
}

TEST(PhotoReader, BatchesAndStreamsGiveTheSame) {
  PhotoOptions options;
  options.least_confidence = 0.001F;
  options.keep_unread = true;
  const PhotoReader reader(white_squares(true), white_reader(), options, 3);
  std::vector<Image> pictures;
  for (int i = 0; i < 20; ++i) pictures.push_back(black_picture(96 + i, 64, {{i, 8}, {64, i}}));
  std::vector<ImageView> views;
  for (const Image& picture : pictures) views.push_back(picture.view());
  const auto batch = reader.read_batch(views);
  ASSERT_EQ(batch.size(), pictures.size());
  std::size_t taken = 0;
  std::vector<PhotoReading> readings;
  reader.read_stream(
      [&]() -> std::optional<StreamPicture> {
        if (taken == pictures.size()) return std::nullopt;
        const std::size_t i = taken++;
        return StreamPicture{std::to_string(i), [&, i] {
                               if (i == 7) throw std::runtime_error("no picture");
                               return pictures[i];
                             }};
      },
      [&](PhotoReading reading) { readings.push_back(std::move(reading)); });
  ASSERT_EQ(readings.size(), pictures.size());
  std::size_t found = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    EXPECT_EQ(readings[i].name, std::to_string(i));
    EXPECT_EQ(static_cast<bool>(readings[i].error), i == 7);
    if (i == 7) continue;
    const auto alone = reader.read(pictures[i]);
    ASSERT_EQ(batch[i].size(), alone.size());
    ASSERT_EQ(readings[i].plates.size(), alone.size());
    for (std::size_t k = 0; k < alone.size(); ++k) {
      EXPECT_EQ(batch[i][k].confidence, alone[k].confidence);
      EXPECT_EQ(readings[i].plates[k].plate.text, alone[k].plate.text);
      EXPECT_EQ(batch[i][k].corners.corners[2].x, alone[k].corners.corners[2].x);
    }
    found += alone.size();
  }
  EXPECT_GT(found, 10U);
}

TEST(PhotoReader, AChildReadsAndEnds) {
  const PhotoReader reader(white_squares(), white_reader(), {}, 2);
  const Image picture = black_picture(96, 64, {{16, 8}});
  reader.read_batch({picture.view(), picture.view()});
  const pid_t child = fork();
  if (child == 0) {
    _exit(reader.read_batch({picture.view(), picture.view()})[1].size() == 1 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(PhotoReader, RefusesWhatMakesNoSense) {
  const auto detector = white_squares();
  const auto reader = white_reader();
  EXPECT_THAT(message_of([&] { PhotoReader(nullptr, reader); }), HasSubstr("null"));
  EXPECT_THAT(message_of([&] { PhotoReader(detector, nullptr); }), HasSubstr("null"));
  EXPECT_THAT(message_of([&] { PhotoReader(reader, reader); }), HasSubstr("cannot find plates"));
  EXPECT_THAT(message_of([&] { PhotoReader(detector, detector); }),
              HasSubstr("cannot read plates"));
  EXPECT_THAT(message_of([&] { PhotoReader(detector, reader, {}, -1); }), HasSubstr("threads"));
  const auto with = [&](const std::function<void(PhotoOptions&)>& change) {
    PhotoOptions options;
    change(options);
    return message_of([&] { PhotoReader(detector, reader, options); });
  };
  EXPECT_THAT(with([](auto& o) { o.least_confidence = std::numeric_limits<float>::quiet_NaN(); }),
              HasSubstr("least_confidence"));
  EXPECT_THAT(with([](auto& o) { o.margin = -0.1F; }), HasSubstr("margin"));
  EXPECT_THAT(with([](auto& o) { o.max_plates = 0; }), HasSubstr("max_plates"));
  EXPECT_THAT(with([](auto& o) { o.region = Region{0, 0, 0, 5}; }), HasSubstr("region"));
  const PhotoReader photo(detector, reader);
  EXPECT_THROW(photo.read(ImageView{}), Error);
  EXPECT_THAT(message_of([&] { photo.read_batch({ImageView{}}); }), HasSubstr("image 0"));
  EXPECT_TRUE(photo.read_batch({}).empty());
}

TEST(InputSize, IsChosenWhenAModelIsLoaded) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("detector.json", test::white_squares_json());
  ModelOptions options;
  options.input_size = InputSize{160, 32};
  const auto model = Model::load(path, options);
  EXPECT_EQ(model->input_shape(), (std::vector<std::int64_t>{1, 3, 32, 160}));
  EXPECT_EQ(model->outputs()[0].shape, (std::vector<std::int64_t>{1, 10, 4 * 20}));
  const auto other = model->resized({32, 64});
  EXPECT_EQ(other->outputs()[0].shape, (std::vector<std::int64_t>{1, 10, 8 * 4}));
  const PhotoReader reader(model, white_reader(), without_margin());
  const auto plates = reader.read(black_picture(160, 32, {{144, 16}}));
  ASSERT_EQ(plates.size(), 1U);
  expect_corners(plates[0], rectangle(136, 16, 24, 8));

  const auto refusal = [&](int width, int height) {
    return message_of([&] { model->resized({width, height}); });
  };
  EXPECT_THAT(refusal(100, 64), HasSubstr("100x64 was asked for, expected a width and height that "
                                          "are multiples of 32"));
  EXPECT_THAT(refusal(0, 64), HasSubstr("1 to 16384"));
  EXPECT_THAT(refusal(1 << 20, 64), HasSubstr("1 to 16384"));
  // What a network cannot take is said with the node that cannot.
  EXPECT_THAT(message_of([] { white_reader()->resized({8, 8}); }), HasSubstr("middle"));
}

TEST(InputSize, ASelfTestKeepsItsOwn) {
  const test::TemporaryFolder folder;
  const auto saved = folder.path() / "saved.safetensors";
  white_squares()->save(saved);
  const auto model = Model::load(saved);
  EXPECT_TRUE(model->verify().passed);
  const auto larger = model->resized({192, 128});
  EXPECT_TRUE(larger->verify().passed);
  larger->save(saved);
  EXPECT_EQ(Model::load(saved)->input_shape(), larger->input_shape());
  EXPECT_TRUE(Model::load(saved)->verify().passed);
}

}  // namespace
}  // namespace lprnet
