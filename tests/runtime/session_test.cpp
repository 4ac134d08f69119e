// What a session promises: no allocation while it works, an untouched floating-point mode, and an
// answer that depends on the plate alone.
#include "lprnet/session.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <random>
#include <vector>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "runtime/plate_finder.h"
#include "tests/runtime/white_squares.h"

namespace {

std::atomic<long> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* memory =
      alignment <= alignof(std::max_align_t)
          ? std::malloc(size)
          : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// Out of line, or gcc sees free() on what operator new gave and warns.
[[gnu::noinline]] void* operator new(std::size_t size) { return counted(size, 1); }
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
// What std::stable_partition() takes.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace lprnet {
namespace {

std::shared_ptr<const Model> golden_model(const std::string& isa = "") {
  const auto golden = std::filesystem::path(LPRNET_SOURCE_DIR) / "tests" / "golden";
  return Model::load(golden / "lprnet_layers.safetensors", {isa, true});
}

Image noise(int width, int height, std::uint32_t seed) {
  Image image(width, height);
  std::mt19937 random(seed);
  for (int i = 0; i < width * height * 3; ++i)
    image.data()[i] = static_cast<std::uint8_t>(random());
  return image;
}

std::vector<float> output_of(Session& session, const Image& image) {
  session.preprocess(image.view());
  session.infer();
  const auto& shape = session.model().outputs()[0].shape;
  std::vector<float> values(static_cast<std::size_t>(shape[1] * shape[2]));
  session.copy_output(values.data());
  return values;
}

TEST(Session, AnswersTheSameWithAnyNumberOfThreads) {
  for (const std::string& isa : Model::instruction_sets()) {
    const auto model = golden_model(isa);
    Session alone(model);
    for (const int threads : {2, 3, 7}) {
      Session together(model, threads);
      for (std::uint32_t seed = 0; seed < 5; ++seed) {
        const Image image = noise(150, 60, seed);
        EXPECT_EQ(output_of(alone, image), output_of(together, image))
            << isa << ", " << threads << " threads, seed " << seed;
      }
    }
  }
}

TEST(Session, RefusesNumbersOfThreadsThatMakeNoSense) {
  for (const int threads : {-1, 0, 65}) {
    EXPECT_THROW(Session(golden_model(), threads), Error) << threads;
  }
}

TEST(Session, AllocatesNothingWhileItWorks) {
  for (const std::string& isa : Model::instruction_sets()) {
    Session session(golden_model(isa));
    for (const auto& [width, height] : {std::pair{94, 24}, {300, 100}, {17, 5}, {640, 480}}) {
      const Image image = noise(width, height, 1);
      const long before = allocations;
      session.preprocess(image.view());
      session.preprocess(image.view(), Quad{{{{2, 1}, {15, 2}, {14, 4.5F}, {1, 4}}}});
      session.infer();
      EXPECT_EQ(allocations, before) << isa << ", " << width << "x" << height;
    }
    const long before = allocations;
    const Plate plate = session.decode();
    // The text, the list of characters, and a token that is too long for a string's own memory.
    EXPECT_LE(allocations - before, 40) << isa;
  }
}

TEST(PlateFinder, AllocatesNothingAfterTheFirstPictureOfASize) {
  const auto detector = test::white_squares(true);
  PlateFinder finder(detector, detector->resized({96, 64}));
  for (const auto& [width, height] : {std::pair{192, 128}, {40, 20}, {500, 60}}) {
    const Image image = noise(width, height, 3);
    Image plates = test::black_picture(width, height, {{16, 8}});
    finder.find(image.view(), 0.0F, 64);
    const long before = allocations;
    std::size_t found = 0;
    for (const float least : {0.0F, 0.5F}) found += finder.find(image.view(), least, 64).size();
    finder.find(plates.view(), 0.5F, 64);
    EXPECT_EQ(allocations, before) << width << "x" << height;
    EXPECT_GT(found, 0U);
  }
}

TEST(Session, AnswersThePlateAloneWhateverCameBefore) {
  const auto model = golden_model();
  Session fresh(model);
  Session used(model);
  for (std::uint32_t i = 0; i < 20; ++i) used.recognize(noise(120, 40, 100 + i));
  const Image image = noise(94, 24, 7);
  std::vector<float> first(
      static_cast<std::size_t>(model->outputs()[0].shape[1] * model->outputs()[0].shape[2]));
  std::vector<float> second = first;
  fresh.recognize(image);
  fresh.copy_output(first.data());
  used.recognize(image);
  used.copy_output(second.data());
  EXPECT_EQ(first, second);
}

#if defined(__SSE2__) || defined(__aarch64__)
// What decides how this thread computes; the status flags, which may rise, left out.
std::uint64_t floating_point_mode() {
#if defined(__SSE2__)
  return _mm_getcsr() & ~0x3FU;
#else
  std::uint64_t mode = 0;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
#endif
}

TEST(Session, LeavesTheFloatingPointModeAsItWas) {
  Session session(golden_model());
  const std::uint64_t before = floating_point_mode();
  session.recognize(noise(94, 24, 1));
  EXPECT_EQ(floating_point_mode(), before);
}
#endif

TEST(Session, ReadsAQuadrilateralOfAPicture) {
  Session session(golden_model());
  // The network's input lies in a larger picture, once upright and once upside down.
  const Image plate = noise(94, 24, 9);
  Image picture(200, 60);
  Image turned(200, 60);
  for (int y = 0; y < 24; ++y) {
    for (int x = 0; x < 94; ++x) {
      for (int c = 0; c < 3; ++c) {
        const std::uint8_t value = plate.data()[(y * 94 + x) * 3 + c];
        picture.data()[((y + 7) * 200 + x + 30) * 3 + c] = value;
        turned.data()[((30 - y) * 200 + 123 - x) * 3 + c] = value;
      }
    }
  }
  const std::vector<float> expected = output_of(session, plate);
  const auto output_in = [&session](const Image& image, const Quad& quad) {
    session.recognize(image.view(), quad);
    std::vector<float> values(static_cast<std::size_t>(session.model().outputs()[0].shape[1] *
                                                       session.model().outputs()[0].shape[2]));
    session.copy_output(values.data());
    return values;
  };
  EXPECT_EQ(output_in(plate, rectangle(0, 0, 94, 24)), expected);
  EXPECT_EQ(output_in(picture, rectangle(30, 7, 94, 24)), expected);
  EXPECT_EQ(output_in(turned, Quad{{{{124, 31}, {30, 31}, {30, 7}, {124, 7}}}}), expected);
}

TEST(Session, RefusesWhatItCannotRun) {
  EXPECT_THROW(Session(nullptr), Error);
  Session session(golden_model());
  EXPECT_THROW(session.recognize(ImageView{}), Error);
  EXPECT_THROW(session.recognize(noise(94, 24, 1).view(), Quad{}), Error);
}

}  // namespace
}  // namespace lprnet
