#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lprnet/decode.hpp"
#include "lprnet/image.hpp"
#include "lprnet/model.hpp"
#include "lprnet/plate.hpp"
#include "lprnet/quad.hpp"
#include "lprnet/recognizer.hpp"

namespace lprnet {

// A plate in a photograph.
struct FoundPlate {
  Quad corners;             // in pixels of the photograph; may lie a little outside
  int lines = 1;            // of text, 1 or 2: as read, or else as the detector sees it
  float confidence = 0.0F;  // that this is a plate, 0 to 1
  Plate plate;              // what it reads, with a confidence of its own
};

struct PhotoOptions {
  // From which on something counts as a plate, 0 to 1; without a value the detector's own.
  std::optional<float> least_confidence;
  // The most confident ones, at least 1.
  int max_plates = 64;
  // Where plates are looked for; without a value everywhere. It is clipped to the photograph.
  std::optional<Region> region;
  // Closer looks at each plate found, where the detector has them: better corners, for a tenth of
  // the time each.
  bool second_look = true;
  // How much of the surroundings the reader sees on each side, as a share of the plate's width and
  // height; 0 to 1.
  float margin = 0.05F;
  // How the reader's output becomes text.
  DecodeOptions decoding;
  // Whether to keep what the reader takes for no plate: what it reads as nothing.
  bool keep_unread = false;
};

// What a picture of a stream gave.
struct PhotoReading {
  std::string name;
  std::vector<FoundPlate> plates;
  std::exception_ptr error;  // what load() or reading threw; null: `plates` holds the answer
  double milliseconds = 0;   // for loading and reading this picture
};

// From photographs to text: a detector finds the plates, each is straightened, and a reader reads
// it. Every function may be called from any thread at any time. A photograph's result is
// bit-identical whatever the batch and the number of threads. All scratch memory is there after the
// first photograph of a size.
//
// A picture that a plate fills is a photograph too. Where nothing is found in one that may be such
// a crop, small or twice as wide as high, it is looked at again from further away. The whole
// picture is the plate where at most one is found in it and the reader is sure of the whole, or as
// sure as of that one.
//
// fork(): as for Recognizer.
class LPRNET_API PhotoReader {
 public:
  // The detector looks at photographs in the input size that it was made ready for, see
  // ModelOptions::input_size. `threads` share out the photographs of a batch or stream; 0: one for
  // each core. Throws Error(kInvalidArgument) for a null model, a detector that is none, a reader
  // that reads no plates, or options and numbers out of range.
  PhotoReader(std::shared_ptr<const Model> detector, std::shared_ptr<const Model> reader,
              const PhotoOptions& options = {}, int threads = 1);
  PhotoReader(PhotoReader&&) noexcept;
  PhotoReader& operator=(PhotoReader&&) noexcept;
  ~PhotoReader();

  const Model& detector() const noexcept;
  const Model& reader() const noexcept;
  int threads() const noexcept;

  // The plates, the most confidently found first. Throws Error(kInvalidArgument) for an empty view;
  // std::bad_alloc.
  std::vector<FoundPlate> read(const ImageView& image) const;
  std::vector<FoundPlate> read(const Image& image) const { return read(image.view()); }
  // Those of each image, in order. Throws as read(), for an empty view before any work.
  std::vector<std::vector<FoundPlate>> read_batch(const std::vector<ImageView>& images) const;
  // Reads pictures as they come, as Recognizer::recognize_stream() does.
  void read_stream(const std::function<std::optional<StreamPicture>()>& next,
                   const std::function<void(PhotoReading)>& consume) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lprnet
