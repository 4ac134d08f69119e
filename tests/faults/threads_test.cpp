// What the threads promise when the system gives none, and in a forked child.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/thread_pool.h"
#include "lprnet/recognizer.hpp"
#include "lprnet/session.hpp"
#include "plan/team.h"
#include "tests/faults/no_threads.h"

namespace lprnet {
namespace {

constexpr int kMany = 4;

std::shared_ptr<const Model> golden_model() {
  const auto golden = std::filesystem::path(LPRNET_SOURCE_DIR) / "tests" / "golden";
  return Model::load(golden / "lprnet_layers.safetensors");
}

std::vector<Image> noise_images(int count) {
  std::mt19937 random(3);
  std::vector<Image> images;
  for (int i = 0; i < count; ++i) {
    Image image(94, 24);
    for (int k = 0; k < 94 * 24 * 3; ++k) image.data()[k] = static_cast<std::uint8_t>(random());
    images.push_back(std::move(image));
  }
  return images;
}

std::vector<std::string> answers(const std::vector<Plate>& plates) {
  std::vector<std::string> texts;
  for (const Plate& plate : plates) {
    texts.push_back(plate.text + " " + std::to_string(plate.confidence));
  }
  return texts;
}

std::vector<std::string> one_by_one(const std::shared_ptr<const Model>& model,
                                    const std::vector<Image>& images) {
  Session session(model);
  std::vector<Plate> plates;
  for (const Image& image : images) plates.push_back(session.recognize(image));
  return answers(plates);
}

std::vector<std::string> streamed(const Recognizer& recognizer, const std::vector<Image>& images) {
  std::vector<Plate> plates;
  std::size_t next = 0;
  recognizer.recognize_stream(
      [&]() -> std::optional<StreamPicture> {
        if (next == images.size()) return std::nullopt;
        const Image& image = images[next++];
        return StreamPicture{"", [&image] { return image; }};
      },
      [&](StreamReading reading) { plates.push_back(std::move(reading.plate)); });
  return answers(plates);
}

class NoThreads : public testing::TestWithParam<int> {
 protected:
  void TearDown() override { faults::allow_all_threads(); }
};

TEST_P(NoThreads, PoolHasThoseThatStarted) {
  faults::allow_threads(GetParam());
  base::ThreadPool pool;
  EXPECT_EQ(pool.grow(kMany), GetParam());
  faults::allow_all_threads();
  EXPECT_EQ(pool.grow(kMany), kMany);
}

TEST_P(NoThreads, RecognizerDoesTheSameWorkWithFewer) {
  const auto model = golden_model();
  const std::vector<Image> images = noise_images(9);
  const auto expected = one_by_one(model, images);
  faults::allow_threads(GetParam());
  const Recognizer recognizer(model, kMany, 2);
  EXPECT_EQ(answers(recognizer.recognize_batch(images)), expected);
  EXPECT_EQ(streamed(recognizer, images), expected);
}

TEST_P(NoThreads, SessionDoesTheSameWorkWithFewer) {
  const auto model = golden_model();
  const std::vector<Image> images = noise_images(3);
  faults::allow_threads(GetParam());
  Session session(model, kMany);
  std::vector<Plate> plates;
  for (const Image& image : images) plates.push_back(session.recognize(image));
  EXPECT_EQ(answers(plates), one_by_one(model, images));
}

INSTANTIATE_TEST_SUITE_P(Started, NoThreads, testing::Values(0, 1, 2));

// Whether the check holds in a forked child, which ends there within 20 seconds.
bool holds_in_child(const std::function<bool()>& check) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(check() ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Fork, ChildUsesWhatItsParentMade) {
  const auto model = golden_model();
  const std::vector<Image> images = noise_images(7);
  const auto expected = one_by_one(model, images);
  const Recognizer recognizer(model, kMany, 2);
  Session session(model, 2);
  ASSERT_EQ(answers(recognizer.recognize_batch(images)), expected);
  session.recognize(images[0]);
  EXPECT_TRUE(holds_in_child([&] {
    return answers({session.recognize(images[0])})[0] == expected[0] &&
           answers(recognizer.recognize_batch(images)) == expected &&
           streamed(recognizer, images) == expected && one_by_one(model, images) == expected;
  }));
  EXPECT_EQ(answers(recognizer.recognize_batch(images)), expected);
}

TEST(Fork, ChildDestroysWhatItsParentMade) {
  const auto model = golden_model();
  const std::vector<Image> images = noise_images(7);
  auto recognizer = std::make_unique<Recognizer>(model, kMany, 2);
  auto session = std::make_unique<Session>(model, 2);
  recognizer->recognize_batch(images);
  session->recognize(images[0]);
  EXPECT_TRUE(holds_in_child([&] {
    recognizer.reset();
    session.reset();
    return true;
  }));
}

TEST(Fork, ChildOfAChild) {
  const auto model = golden_model();
  const std::vector<Image> images = noise_images(5);
  const auto expected = one_by_one(model, images);
  const Recognizer recognizer(model, 2);
  recognizer.recognize_batch(images);
  EXPECT_TRUE(holds_in_child([&] {
    return answers(recognizer.recognize_batch(images)) == expected &&
           holds_in_child([&] { return answers(recognizer.recognize_batch(images)) == expected; });
  }));
}

// The locks may be held by any other thread at the moment of the fork.
TEST(Fork, WhileOtherThreadsWork) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP()
      << "AddressSanitizer's allocator takes no care of forks: the child may find its lock "
         "held and wait for ever";
#endif
  const auto model = golden_model();
  const std::vector<Image> images = noise_images(4);
  const auto expected = one_by_one(model, images);
  const Recognizer recognizer(model, 2);
  std::atomic<bool> done{false};
  std::vector<std::thread> others;
  for (int i = 0; i < 2; ++i) {
    others.emplace_back([&] {
      while (!done) recognizer.recognize_batch(images);
    });
  }
  for (int round = 0; round < 20; ++round) {
    EXPECT_TRUE(
        holds_in_child([&] { return answers(recognizer.recognize_batch(images)) == expected; }));
  }
  done = true;
  for (std::thread& other : others) other.join();
}

}  // namespace
}  // namespace lprnet
