// Input: a picture file. What is decoded is made a network's input.
#include <vector>

#include "image/preprocess.h"
#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "tests/fuzz/fuzz_input.h"

// So that an input costs little time, as a host with small pictures would have it.
constexpr std::int64_t kMaxPixels = std::int64_t{1} << 20;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lprnet;
  const base::Bytes file = fuzz::exact_bytes(data, size);
  try {
    ImageOptions options;
    options.max_pixels = kMaxPixels;
    const Image picture = Image::decode(file.data, file.size, "image", options);
    fuzz::require(std::int64_t{picture.width()} * picture.height() <= kMaxPixels);
    for (const auto filter : {ResizeFilter::kBilinear, ResizeFilter::kBicubic}) {
      Preprocessing preprocessing;
      preprocessing.resize = filter;
      std::vector<float> input(94 * 24 * 3);
      image::Preprocessor(preprocessing, 94, 24).run(picture.view(), input.data(), 94 * 3, 3, 1);
    }
  } catch (const Error& error) {
    fuzz::require(error.code() == ErrorCode::kInvalidImage || error.code() == ErrorCode::kLimit);
  }
  return 0;
}
