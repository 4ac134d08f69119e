#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lprnet/image.hpp"
#include "lprnet/model.hpp"

namespace lprnet::test {

// A detector whose answers are plain to see: at stride 8 it finds a plate, 24 pixels wide and 8
// high, around each cell of the input that is white between black ones. Its input is 96x64 pixels.
// With `second_look` it looks again in the same size at a plate enlarged to 48 pixels: there the
// white square is four cells, around each of which it finds, less surely, a plate half as large.
std::string white_squares_json(bool second_look = false);
std::shared_ptr<const Model> white_squares(bool second_look = false);

// A reader of what the middle of a plate is: "W" for white, nothing for black.
std::shared_ptr<const Model> white_reader();

// A black picture with white squares of 8x8 pixels, their left top corners as given.
struct Place {
  int x;
  int y;
};
Image black_picture(int width, int height, const std::vector<Place>& squares, int size = 8);

}  // namespace lprnet::test
