#include "tensor/shape.h"

#include <gtest/gtest.h>

namespace lprnet::tensor {
namespace {

TEST(Shape, CheckedRefusesWhatAFileMayNotClaim) {
  EXPECT_EQ(*Shape::checked({1, 3, 24, 94}), (Shape{1, 3, 24, 94}));
  EXPECT_TRUE(Shape::checked({}).has_value());
  EXPECT_FALSE(Shape::checked({1, 0, 2}).has_value());
  EXPECT_FALSE(Shape::checked({-1}).has_value());
  EXPECT_FALSE(Shape::checked({1, 1, 1, 1, 1, 1, 1}).has_value());
  EXPECT_TRUE(Shape::checked({kMaxElements}).has_value());
  EXPECT_FALSE(Shape::checked({kMaxElements + 1}).has_value());
  EXPECT_FALSE(Shape::checked({1LL << 40, 1LL << 40, 1LL << 40}).has_value());
}

TEST(Shape, EditsKeepTheOtherDimensions) {
  const Shape shape{2, 3, 5};
  EXPECT_EQ(shape.elements(), 30);
  EXPECT_EQ(shape.elements(1, 3), 15);
  EXPECT_EQ(shape.with(1, 7), (Shape{2, 7, 5}));
  EXPECT_EQ(shape.without(1), (Shape{2, 5}));
  EXPECT_EQ(shape.inserted(0, 1), (Shape{1, 2, 3, 5}));
  EXPECT_EQ(shape.inserted(3, 1), (Shape{2, 3, 5, 1}));
  EXPECT_EQ(shape.to_string(), "[2,3,5]");
}

}  // namespace
}  // namespace lprnet::tensor
