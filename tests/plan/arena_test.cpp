#include "plan/arena.h"

#include <gtest/gtest.h>

#include <random>

namespace lprnet::plan {
namespace {

TEST(Arena, GivesNoTwoLivingBuffersTheSameFloat) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<Buffer> buffers(1 + random() % 20);
    for (Buffer& buffer : buffers) {
      buffer.floats = random() % 100;
      buffer.first = static_cast<int>(random() % 10);
      buffer.last = buffer.first + static_cast<int>(random() % 5);
    }
    const ArenaLayout layout = lay_out(buffers);
    for (std::size_t a = 0; a < buffers.size(); ++a) {
      EXPECT_LE(layout.offsets[a] + buffers[a].floats, layout.floats);
      EXPECT_EQ(layout.offsets[a] % 16, 0U);
      for (std::size_t b = 0; b < a; ++b) {
        const bool together =
            buffers[a].first <= buffers[b].last && buffers[b].first <= buffers[a].last;
        const bool apart = layout.offsets[a] + buffers[a].floats <= layout.offsets[b] ||
                           layout.offsets[b] + buffers[b].floats <= layout.offsets[a];
        EXPECT_TRUE(!together || apart) << "round " << round << ": buffers " << a << " and " << b;
      }
    }
  }
}

TEST(Arena, UsesMemoryAgain) {
  const std::vector<Buffer> chain{{64, 0, 1}, {64, 1, 2}, {64, 2, 3}, {64, 3, 4}};
  EXPECT_EQ(lay_out(chain).floats, 128U);
  EXPECT_EQ(floats_without_reuse(chain), 256U);
}

}  // namespace
}  // namespace lprnet::plan
