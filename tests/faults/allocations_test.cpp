// Every allocation failing in turn, alone and with all that follow: the call throws std::bad_alloc
// or does its work, leaks nothing, and what was there before still works.
#include <gtest/gtest.h>

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file_bytes.h"
#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "lprnet/lprnet.h"
#include "lprnet/model.hpp"
#include "lprnet/photo_reader.hpp"
#include "lprnet/recognizer.hpp"
#include "lprnet/session.hpp"
#include "tests/faults/failing_allocations.h"
#include "tests/image/pictures.h"
#include "tests/runtime/white_squares.h"
#include "tests/temporary_folder.h"

namespace lprnet {
namespace {

// `call` gives an answer that has to be the same whenever it does not throw.
void expect_survives(const std::function<std::string()>& call, faults::Failing failing) {
  const std::string expected = call();
  call();  // what lives on, such as a thread or a table that is built once, is there by now
  int thrown = 0;
  for (long index = 0;; ++index) {
    std::string answer;
    bool threw = false;
    const long before = faults::live_blocks();
    faults::fail_allocation(index, failing);
    try {
      std::string found = call();
      answer.swap(found);
    } catch (const std::bad_alloc&) {
      threw = true;
    }
    const bool one_failed = faults::stop_failing();
    if (threw) {
      ++thrown;
    } else {
      EXPECT_EQ(answer, expected) << "allocation " << index;
    }
    std::string().swap(answer);
    EXPECT_EQ(faults::live_blocks(), before) << "allocation " << index;
    if (testing::Test::HasFailure()) return;
    if (!one_failed) break;
  }
  EXPECT_GT(thrown, 0);
  EXPECT_EQ(call(), expected);
}

void expect_survives(const std::function<std::string()>& call) {
  for (const auto failing : {faults::Failing::kOne, faults::Failing::kAllThatFollow}) {
    SCOPED_TRACE(failing == faults::Failing::kOne ? "one" : "and all that follow");
    expect_survives(call, failing);
  }
}

std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(LPRNET_SOURCE_DIR) / "tests" / "golden" / name;
}

std::shared_ptr<const Model> model() { return Model::load(golden("lprnet_layers.safetensors")); }

Image picture() {
  Image image(94, 24);
  for (int i = 0; i < 94 * 24 * 3; ++i) image.data()[i] = static_cast<std::uint8_t>(i * 37 % 251);
  return image;
}

TEST(FailingAllocations, Session) {
  const auto shared = model();
  const Image image = picture();
  for (const int threads : {1, 2}) {
    expect_survives([&] { return Session(shared, threads).recognize(image).text; });
  }
}

TEST(FailingAllocations, Recognizer) {
  const auto shared = model();
  const std::vector<Image> images(3, picture());
  for (const int threads : {1, 3}) {
    expect_survives([&] {
      const Recognizer recognizer(shared, threads);
      std::string text;
      for (const Plate& plate : recognizer.recognize_batch(images)) text += plate.text + "\n";
      return text;
    });
  }
}

TEST(FailingAllocations, RecognizerThatIsThere) {
  const auto shared = model();
  const std::vector<Image> images(3, picture());
  const Recognizer recognizer(shared);
  expect_survives([&] { return recognizer.recognize(images[0]).text; });
  expect_survives([&] { return recognizer.recognize_batch(images)[2].text; });
}

TEST(FailingAllocations, PhotoReader) {
  const auto detector = test::white_squares(true);
  const auto reader = test::white_reader();
  const Image photograph = test::black_picture(96, 64, {{16, 8}, {64, 48}});
  PhotoOptions options;
  options.least_confidence = 0.3F;
  const auto texts = [&](const PhotoReader& photos) {
    std::string text;
    for (const auto& plates : photos.read_batch({photograph.view(), photograph.view()})) {
      for (const FoundPlate& plate : plates) text += plate.plate.text + "\n";
    }
    return text;
  };
  ASSERT_EQ(texts(PhotoReader(detector, reader, options)), "W\nW\nW\nW\n");
  for (const int threads : {1, 2}) {
    expect_survives([&] { return texts(PhotoReader(detector, reader, options, threads)); });
  }
  expect_survives([&] {
    const PhotoReader photos(detector, reader, options);
    std::optional<std::string> name = "photograph";
    std::string text;
    photos.read_stream(
        [&]() -> std::optional<StreamPicture> {
          if (!name) return std::nullopt;
          return StreamPicture{*std::exchange(name, std::nullopt), [&] { return photograph; }};
        },
        [&](const PhotoReading& reading) {
          if (reading.error) std::rethrow_exception(reading.error);
          text += std::to_string(reading.plates.size());
        });
    return text;
  });
}

// Throws where the C interface says that no memory is left; nothing else may have failed.
void checked(lprnet_status status) {
  if (status == LPRNET_OK) return;
  EXPECT_EQ(status, LPRNET_NO_MEMORY) << lprnet_last_error();
  EXPECT_STREQ(lprnet_last_error(), "no memory is left");
  throw std::bad_alloc();
}

constexpr const char* kTwoTokens =
    R"({"format": "lprnet.grammar", "version": 1, "name": "two tokens",
    "classes": {}, "patterns": [{"name": "two", "is": [{"repeat": "any", "times": 2}]}]})";

TEST(FailingAllocations, LoadingByTheCInterface) {
  const std::string file = golden("front.safetensors").string();
  expect_survives([&] {
    lprnet_model* model = nullptr;
    lprnet_grammar* grammar = nullptr;
    std::exception_ptr error;
    try {
      checked(lprnet_model_load(file.c_str(), nullptr, &model));
      checked(lprnet_grammar_parse(kTwoTokens, nullptr, &grammar));
    } catch (...) {
      error = std::current_exception();
    }
    lprnet_grammar_free(grammar);
    lprnet_model_free(model);
    if (error) std::rethrow_exception(error);
    return std::string();
  });
}

TEST(FailingAllocations, RecognizingByTheCInterface) {
  const Image image = picture();
  lprnet_model* model = nullptr;
  checked(lprnet_model_load(golden("lprnet_layers.safetensors").c_str(), nullptr, &model));
  lprnet_grammar* grammar = nullptr;
  checked(lprnet_grammar_parse(kTwoTokens, nullptr, &grammar));
  lprnet_decode_options decoding{};
  decoding.size = sizeof decoding;
  decoding.candidates = 2;
  decoding.grammar = grammar;
  decoding.outside_weight = 1e-6;  // noise is no plate
  const auto texts = [&] {
    lprnet_recognizer* recognizer = nullptr;
    lprnet_picture* picture = nullptr;
    lprnet_plates* plates = nullptr;
    std::string text;
    std::exception_ptr error;
    try {
      const lprnet_recognizer_options options{sizeof options, 1, 1, &decoding};
      checked(lprnet_recognizer_new(model, &options, &recognizer));
      const lprnet_pixels pixels{
          sizeof pixels, image.data(), image.width(), image.height(), 0, LPRNET_BGR, nullptr, 0};
      checked(lprnet_picture_of_pixels(&pixels, &picture));
      const lprnet_picture* const both[] = {picture, picture};
      checked(lprnet_recognize_batch(recognizer, both, 2, &plates));
      for (std::size_t i = 0; i < plates->count; ++i) {
        const lprnet_plate& plate = *plates->plates[i];
        text += plate.text;
        for (std::size_t j = 0; j < plate.alternative_count; ++j) {
          text += std::string(" ") + plate.alternatives[j]->text;
        }
      }
    } catch (...) {
      error = std::current_exception();
    }
    lprnet_plates_free(plates);
    lprnet_picture_free(picture);
    lprnet_recognizer_free(recognizer);
    if (error) std::rethrow_exception(error);
    return text;
  };
  EXPECT_NE(texts().find(' '), std::string::npos) << "alternatives";
  expect_survives(texts);
  lprnet_grammar_free(grammar);
  lprnet_model_free(model);
}

// A refusal whose text finds no memory is still the refusal, and says that there is none.
TEST(FailingAllocations, ErrorTextOfTheCInterface) {
  lprnet_model* model = nullptr;
  for (const long index : {0, 1, 2, 3, 4, 5, 6, 7, 8}) {
    faults::fail_allocation(index, faults::Failing::kAllThatFollow);
    const lprnet_status status = lprnet_model_load(nullptr, nullptr, &model);
    const bool one_failed = faults::stop_failing();
    if (!one_failed) {
      EXPECT_GT(index, 0);
      EXPECT_EQ(status, LPRNET_INVALID_ARGUMENT);
      EXPECT_STREQ(lprnet_last_error(), "path: is NULL");
      return;
    }
    EXPECT_STREQ(lprnet_last_error(), "no memory is left") << status;
  }
  ADD_FAILURE() << "a refusal takes more than 8 allocations";
}

TEST(FailingAllocations, Stream) {
  const auto shared = model();
  const Image image = picture();
  for (const int threads : {1, 2}) {
    expect_survives([&] {
      const Recognizer recognizer(shared, threads);
      std::string text;
      int left = 3;
      recognizer.recognize_stream(
          [&]() -> std::optional<StreamPicture> {
            if (left-- == 0) return std::nullopt;
            return StreamPicture{"", [&image] { return image; }};
          },
          [&](const StreamReading& reading) {
            if (reading.error) std::rethrow_exception(reading.error);
            text += reading.plate.text + "\n";
          });
      return text;
    });
  }
}

std::string summary_of(const Model& model) {
  return model.description().name + " " + std::to_string(model.summary().parameters);
}

TEST(FailingAllocations, Load) {
  const test::TemporaryFolder folder;
  const auto json = folder.write("model.json", R"({
    "format": "lprnet.graph", "version": 1, "name": "small",
    "inputs": [{"name": "input", "shape": [1, 3, 4, 9]}], "output": "mixed",
    "nodes": [{"name": "mixed", "op": "conv2d", "inputs": ["input"], "weight": "weight"}],
    "weights": {"tensors": {"weight": {"dtype": "F32", "shape": [1, 3, 1, 1], "data": [1, 2, 3]}}}
  })");
  expect_survives([&] { return summary_of(*Model::load(json)); });
  expect_survives([&] { return summary_of(*Model::load(golden("front.safetensors"))); });
}

TEST(FailingAllocations, LoadOfWhatIsRefused) {
  const test::TemporaryFolder folder;
  for (const char* text :
       {"{\"a\": [[1], {\"b\": [2, {}]}], \"a\": 1}", "[1, [2, [3", "{\"format\": [[1, 2], {}]}"}) {
    const auto file = folder.write("model.json", text);
    expect_survives([&]() -> std::string {
      try {
        Model::load(file);
      } catch (const Error& error) {
        return error.what();
      }
      return "no error";
    });
  }
}

TEST(FailingAllocations, Save) {
  const test::TemporaryFolder folder;
  const auto shared = Model::load(golden("front.safetensors"));
  const auto file = folder.path() / "saved.safetensors";
  expect_survives([&] {
    shared->save(file);
    const base::Bytes bytes = base::read_file(file);
    return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
  });
}

TEST(FailingAllocations, Import) {
  const auto checkpoints = golden("pth");
  for (const auto& entry : std::filesystem::directory_iterator(checkpoints)) {
    if (entry.path().extension() != ".pth") continue;
    expect_survives([&]() -> std::string {
      try {
        return summary_of(*Model::load(entry.path()));
      } catch (const Error& error) {
        return error.what();
      }
    });
  }
}

TEST(FailingAllocations, Trace) {
  const auto shared = model();
  const Image image = picture();
  expect_survives([&] { return std::to_string(shared->trace(image.view()).size()); });
}

TEST(FailingAllocations, Pictures) {
  const image::FileBytes rgb = image::pattern(17, 9, 3);
  const image::FileBytes grey = image::raw_png(4, 1, 8, 0, {0, 1, 2, 3, 4});
  const image::FileBytes pgm = image::bytes_of("P5 4 1 255\nabcd");
  const image::FileBytes jpeg =
      image::with_segment(image::jpeg_of(17, 9, 3, rgb), 0xE1, image::exif_segment(6, true));
  for (const auto& file :
       {image::png_of(17, 9, 3, rgb), image::png_of(17, 9, 4, image::pattern(17, 9, 4)), grey,
        image::bmp_of(17, 9, 3, rgb), pgm, jpeg}) {
    expect_survives([&] {
      const Image image = Image::decode(file.data(), file.size());
      return std::string(reinterpret_cast<const char*>(image.data()), 12);
    });
  }
}

}  // namespace
}  // namespace lprnet
