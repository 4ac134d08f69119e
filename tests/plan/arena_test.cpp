#include "plan/arena.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace lprnet::plan {
namespace {

void expect_apart(const std::vector<Buffer>& buffers) {
  const ArenaLayout layout = lay_out(buffers);
  for (std::size_t a = 0; a < buffers.size(); ++a) {
    EXPECT_LE(layout.offsets[a] + buffers[a].floats, layout.floats);
    EXPECT_EQ(layout.offsets[a] % 16, 0U);
    for (std::size_t b = 0; b < a; ++b) {
      const bool together =
          buffers[a].first <= buffers[b].last && buffers[b].first <= buffers[a].last;
      const bool apart = layout.offsets[a] + buffers[a].floats <= layout.offsets[b] ||
                         layout.offsets[b] + buffers[b].floats <= layout.offsets[a];
      ASSERT_TRUE(!together || apart) << "buffers " << a << " and " << b;
    }
  }
}

std::vector<Buffer> random_buffers(std::mt19937& random, std::size_t count, unsigned end) {
  std::vector<Buffer> buffers(count);
  for (Buffer& buffer : buffers) {
    buffer.floats = random() % 100;
    buffer.first = static_cast<int>(random() % end);
    buffer.last = buffer.first + static_cast<int>(random() % 5);
  }
  return buffers;
}

TEST(Arena, GivesNoTwoLivingBuffersTheSameFloat) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    expect_apart(random_buffers(random, 1 + random() % 20, 10));
  }
}

TEST(Arena, NorWhereThereAreMany) {
  std::mt19937 random(6);
  for (const std::size_t count : {kFewBuffers, kFewBuffers + 1, 2 * kFewBuffers}) {
    for (const unsigned end : {1U, 50U, 4000U}) {
      auto buffers = random_buffers(random, count, end);
      buffers[7].last = std::numeric_limits<int>::max();  // a constant
      SCOPED_TRACE(count);
      expect_apart(buffers);
    }
  }
}

TEST(Arena, UsesMemoryAgainWhereThereAreMany) {
  std::vector<Buffer> chain;
  for (int i = 0; i < 2 * static_cast<int>(kFewBuffers); ++i) chain.push_back({64, i, i + 1});
  EXPECT_EQ(lay_out(chain).floats, 128U);
  // The size changes from one to the next.
  for (std::size_t i = 0; i < chain.size(); ++i) chain[i].floats = 16 * (1 + i % 4);
  EXPECT_LE(lay_out(chain).floats, 2 * 64U + 64);
}

TEST(Arena, UsesMemoryAgain) {
  const std::vector<Buffer> chain{{64, 0, 1}, {64, 1, 2}, {64, 2, 3}, {64, 3, 4}};
  EXPECT_EQ(lay_out(chain).floats, 128U);
  EXPECT_EQ(floats_without_reuse(chain), 256U);
}

}  // namespace
}  // namespace lprnet::plan
