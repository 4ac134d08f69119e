#include "lprnet/recognizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lprnet/error.hpp"
#include "lprnet/session.hpp"
#include "tests/temporary_folder.h"

namespace lprnet {
namespace {

// Mixes each pixel's channels into five classes, so that noise gives texts and confidences that
// differ.
constexpr const char* kPlateReader = R"({
  "format": "lprnet.graph", "version": 1, "name": "mixer",
  "inputs": [{"name": "input", "shape": [1, 3, 4, 9]}],
  "output": "logits",
  "nodes": [
    {"name": "mixed", "op": "conv2d", "inputs": ["input"], "weight": "weight", "padding": [0, 1]},
    {"name": "logits", "op": "mean", "inputs": ["mixed"], "dim": 2}],
  "preprocess": {"channel_order": "BGR", "mean": [127.5, 127.5, 127.5],
                 "scale": [0.03, 0.03, 0.03], "resize": "bilinear"},
  "decode": {"alphabet": ["A", "B", "C", "D"], "blank": 4},
  "weights": {"tensors": {"weight": {"dtype": "F32", "shape": [5, 3, 1, 3], "data": [
    1, -1, 0.5, 0.25, 2, -1, 0, 1, -2,   -1, 0.5, 2, 1, -0.5, 0, 1, 0.25, -1,
    0.5, 2, -1, -1, 1, 0.25, 2, -2, 1,   2, 0, -0.5, 1, -1, 1, -1, 0.5, 0.25,
    0, 1, 0, -0.5, 0, 1, 0.25, 0, -0.5]}}}
})";

constexpr const char* kNoPlateReader = R"({
  "format": "lprnet.graph", "version": 1, "name": "plain",
  "inputs": [{"name": "input", "shape": [1, 3, 4, 9]}], "output": "positive",
  "nodes": [{"name": "positive", "op": "relu", "inputs": ["input"]}],
  "weights": {"tensors": {}}
})";

std::shared_ptr<const Model> load(const char* text) {
  const test::TemporaryFolder folder;
  return Model::load(folder.write("model.json", text));
}

std::vector<Image> noise_images(int count) {
  std::vector<Image> images;
  std::uint32_t state = 7;
  for (int i = 0; i < count; ++i) {
    Image image(5 + i % 23, 3 + i % 11);
    for (int k = 0; k < image.width() * image.height() * 3; ++k) {
      state = state * 1664525U + 1013904223U;
      image.data()[k] = static_cast<std::uint8_t>(state >> 24);
    }
    images.push_back(std::move(image));
  }
  return images;
}

// Every bit of a plate.
std::string bits_of(const Plate& plate) {
  auto bits = [](float value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
  };
  std::string all = plate.text + bits(plate.confidence);
  for (const Character& character : plate.characters) {
    all += character.text + bits(character.confidence) + std::to_string(character.step);
  }
  return all;
}

std::vector<std::string> one_by_one(const std::shared_ptr<const Model>& model,
                                    const std::vector<Image>& images) {
  Session session(model);
  std::vector<std::string> plates;
  for (const Image& image : images) plates.push_back(bits_of(session.recognize(image)));
  return plates;
}

std::vector<std::string> bits_of(const std::vector<Plate>& plates) {
  std::vector<std::string> all;
  for (const Plate& plate : plates) all.push_back(bits_of(plate));
  return all;
}

ErrorCode code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::kIo;
}

int count_threads() {
  int count = 0;
  for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    ++count;
  }
  return count;
}

// Those before a test. With a process's first thread ThreadSanitizer starts its own.
int threads_of_this_process() {
  static const int threads = [] {
    std::thread([] {}).join();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return count_threads();
  }();
  return threads;
}

// A joined thread is listed for a moment longer.
bool has_soon_threads(int expected) {
  for (int looks = 0; looks < 200; ++looks) {
    if (count_threads() == expected) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST(Recognizer, ImagesReadDifferently) {
  const auto plates = one_by_one(load(kPlateReader), noise_images(40));
  EXPECT_GT(std::set<std::string>(plates.begin(), plates.end()).size(), 35U);
}

TEST(Recognizer, SameBitsWhateverBatchAndThreads) {
  const auto model = load(kPlateReader);
  const std::vector<Image> images = noise_images(97);
  const std::vector<std::string> expected = one_by_one(model, images);
  for (const int threads : {1, 2, 3, 8}) {
    const Recognizer recognizer(model, threads);
    for (const std::size_t batch : {1U, 2U, 7U, 97U}) {
      std::vector<std::string> plates;
      for (std::size_t i = 0; i < images.size(); i += batch) {
        const auto first = images.begin() + static_cast<std::ptrdiff_t>(i);
        const auto count = std::min(batch, images.size() - i);
        const auto part = bits_of(recognizer.recognize_batch(
            std::vector<Image>(first, first + static_cast<std::ptrdiff_t>(count))));
        plates.insert(plates.end(), part.begin(), part.end());
      }
      EXPECT_EQ(plates, expected) << threads << " threads, batches of " << batch;
    }
  }
}

TEST(Recognizer, ManyCallersAtOnce) {
  const auto model = load(kPlateReader);
  const std::vector<Image> images = noise_images(40);
  const std::vector<std::string> expected = one_by_one(model, images);
  const Recognizer recognizer(model, 3);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 6; ++caller) {
    callers.emplace_back([&, caller] {
      for (int round = 0; round < 10; ++round) {
        if (caller % 2 == 0) {
          if (bits_of(recognizer.recognize_batch(images)) != expected) ++wrong;
        } else {
          const auto i = static_cast<std::size_t>(caller * 7 + round) % images.size();
          if (bits_of(recognizer.recognize(images[i])) != expected[i]) ++wrong;
        }
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Recognizer, ManyRecognizersAtOnce) {
  const auto model = load(kPlateReader);
  const std::vector<Image> images = noise_images(10);
  const std::vector<std::string> expected = one_by_one(model, images);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> owners;
  for (int owner = 0; owner < 6; ++owner) {
    owners.emplace_back([&, owner] {
      for (int round = 0; round < 5; ++round) {
        const Recognizer recognizer(model, 1 + owner % 3, 1 + round % 2);
        if (bits_of(recognizer.recognize_batch(images)) != expected) ++wrong;
      }
    });
  }
  for (std::thread& owner : owners) owner.join();
  EXPECT_EQ(wrong, 0);
}

// Pictures named by their numbers.
std::function<std::optional<StreamPicture>()> pictures_of(const std::vector<Image>& images) {
  return [&images, next = std::size_t{0}]() mutable -> std::optional<StreamPicture> {
    if (next == images.size()) return std::nullopt;
    const Image& image = images[next];
    return StreamPicture{std::to_string(next++), [&image] { return image; }};
  };
}

TEST(RecognizerStream, InOrderWithTheBitsOfOneByOne) {
  const auto model = load(kPlateReader);
  const std::vector<Image> images = noise_images(60);
  const std::vector<std::string> expected = one_by_one(model, images);
  for (const int threads : {1, 2, 5}) {
    std::vector<std::string> plates;
    Recognizer(model, threads).recognize_stream(pictures_of(images), [&](StreamReading reading) {
      EXPECT_EQ(reading.name, std::to_string(plates.size()));
      EXPECT_EQ(reading.error, nullptr);
      plates.push_back(bits_of(reading.plate));
    });
    EXPECT_EQ(plates, expected) << threads << " threads";
  }
}

TEST(RecognizerStream, SeveralAtOnceOfOneRecognizer) {
  const auto model = load(kPlateReader);
  const std::vector<Image> images = noise_images(30);
  const Recognizer recognizer(model, 2);
  std::atomic<int> read = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      recognizer.recognize_stream(pictures_of(images), [&](const StreamReading&) { ++read; });
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(read, 120);
}

TEST(RecognizerStream, APictureThatFailsIsOneReading) {
  const auto model = load(kPlateReader);
  const std::vector<Image> images = noise_images(3);
  for (const int threads : {1, 3}) {
    int next = 0;
    std::vector<bool> failed;
    Recognizer(model, threads)
        .recognize_stream(
            [&]() -> std::optional<StreamPicture> {
              if (next == 3) return std::nullopt;
              const int i = next++;
              return StreamPicture{"", [&images, i] {
                                     if (i == 1) throw Error(ErrorCode::kInvalidImage, "broken");
                                     return images[static_cast<std::size_t>(i)];
                                   }};
            },
            [&](const StreamReading& reading) { failed.push_back(reading.error != nullptr); });
    EXPECT_THAT(failed, testing::ElementsAre(false, true, false)) << threads << " threads";
  }
}

TEST(RecognizerStream, ErrorsOfTheCallersFunctionsPass) {
  const auto model = load(kPlateReader);
  const std::vector<Image> images = noise_images(20);
  for (const int threads : {1, 3}) {
    const Recognizer recognizer(model, threads);
    int consumed = 0;
    const auto throw_at_second = [&](const StreamReading&) {
      if (++consumed == 2) throw std::runtime_error("consume");
    };
    EXPECT_THROW(recognizer.recognize_stream(pictures_of(images), throw_at_second),
                 std::runtime_error);
    EXPECT_EQ(consumed, 2);
    int taken = 0;
    consumed = 0;
    const auto throw_after_two = [&]() -> std::optional<StreamPicture> {
      if (taken++ == 2) throw std::runtime_error("next");
      return StreamPicture{"", [&images] { return images[0]; }};
    };
    EXPECT_THROW(
        recognizer.recognize_stream(throw_after_two, [&](const StreamReading&) { ++consumed; }),
        std::runtime_error);
    EXPECT_EQ(consumed, 2);
    EXPECT_EQ(bits_of(recognizer.recognize_batch(images)), one_by_one(model, images));
  }
}

// A reading comes out while `next` waits for input that follows from it.
TEST(RecognizerStream, WaitingForInputDelaysNoReading) {
  const auto model = load(kPlateReader);
  const std::vector<Image> images = noise_images(1);
  for (const int threads : {1, 2}) {
    std::mutex mutex;
    std::condition_variable answered;
    int asked = 0;
    int answers = 0;
    Recognizer(model, threads)
        .recognize_stream(
            [&]() -> std::optional<StreamPicture> {
              std::unique_lock lock(mutex);
              answered.wait(lock, [&] { return answers == asked; });
              if (asked++ == 5) return std::nullopt;
              return StreamPicture{"", [&images] { return images[0]; }};
            },
            [&](const StreamReading&) {
              const std::lock_guard lock(mutex);
              ++answers;
              answered.notify_all();
            });
    EXPECT_EQ(answers, 5) << threads << " threads";
  }
}

TEST(Recognizer, EmptyBatch) {
  EXPECT_THAT(Recognizer(load(kPlateReader), 4).recognize_batch(std::vector<Image>{}),
              testing::IsEmpty());
}

TEST(Recognizer, ThreadsStartOnlyForABatchThatCanUseThem) {
  const Recognizer recognizer(load(kPlateReader), 4);
  const std::vector<Image> images = noise_images(8);
  const int before = threads_of_this_process();
  recognizer.recognize(images[0]);
  recognizer.recognize_batch(std::vector<Image>{images[0]});
  EXPECT_TRUE(has_soon_threads(before)) << count_threads();
  recognizer.recognize_batch(std::vector<Image>{images[0], images[1]});
  EXPECT_TRUE(has_soon_threads(before + 1)) << count_threads();
  recognizer.recognize_batch(images);
  EXPECT_TRUE(has_soon_threads(before + 3)) << count_threads();
}

TEST(Recognizer, ThreadsEndWithIt) {
  const int before = threads_of_this_process();
  { Recognizer(load(kPlateReader), 4).recognize_batch(noise_images(8)); }
  EXPECT_TRUE(has_soon_threads(before)) << count_threads();
}

TEST(Recognizer, IdleThreadsTakeNoTime) {
  const Recognizer recognizer(load(kPlateReader), 4);
  recognizer.recognize_batch(noise_images(8));
  const std::clock_t before = std::clock();  // of all threads of the process
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, 0.05);
}

TEST(Recognizer, BadImageIsNamedBeforeAnyWork) {
  const auto model = load(kPlateReader);
  const Recognizer recognizer(model, 2);
  const Image image(9, 4);
  ImageView no_pixels = image.view();
  no_pixels.data = nullptr;
  ImageView no_width = image.view();
  no_width.width = 0;
  ImageView short_rows = image.view();
  short_rows.row_bytes = 26;
  for (const ImageView& bad : {no_pixels, no_width, short_rows}) {
    try {
      recognizer.recognize_batch(std::vector<ImageView>{image.view(), bad});
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_THAT(error.what(), testing::HasSubstr("image 1 "));
    }
    EXPECT_EQ(code_of([&] { recognizer.recognize(bad); }), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code_of([&] { Session(model).recognize(bad); }), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code_of([&] { model->trace(bad); }), ErrorCode::kInvalidArgument);
  }
}

TEST(Recognizer, SameBitsWithSeveralThreadsOnAPlate) {
  const auto model = load(kPlateReader);
  const std::vector<Image> images = noise_images(12);
  const std::vector<std::string> expected = one_by_one(model, images);
  const Recognizer recognizer(model, 2, 2);
  EXPECT_EQ(bits_of(recognizer.recognize_batch(images)), expected);
  EXPECT_EQ(bits_of(recognizer.recognize(images[3])), expected[3]);
}

TEST(Recognizer, BadArguments) {
  EXPECT_EQ(code_of([] { Recognizer(std::shared_ptr<const Model>(), 1); }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([] { Recognizer(load(kNoPlateReader), 1); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([] { Recognizer(load(kPlateReader), -1); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([] { Recognizer(load(kPlateReader), 1, 0); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([] { Recognizer(std::filesystem::path("nowhere.safetensors")); }),
            ErrorCode::kNotFound);
}

TEST(Recognizer, ZeroThreadsAreOneForEachCore) {
  EXPECT_GE(Recognizer(load(kPlateReader), 0).threads(), 1);
  EXPECT_EQ(Recognizer(load(kPlateReader), 5).threads(), 5);
}

TEST(Recognizer, Moves) {
  Recognizer first(load(kPlateReader), 2);
  const std::vector<Image> images = noise_images(6);
  const auto expected = bits_of(first.recognize_batch(images));
  Recognizer second(std::move(first));
  EXPECT_EQ(bits_of(second.recognize_batch(images)), expected);
  Recognizer third(load(kPlateReader), 1);
  third = std::move(second);
  EXPECT_EQ(bits_of(third.recognize_batch(images)), expected);
  EXPECT_EQ(third.threads(), 2);
}

}  // namespace
}  // namespace lprnet
