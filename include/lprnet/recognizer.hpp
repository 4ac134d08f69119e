#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "lprnet/image.hpp"
#include "lprnet/model.hpp"
#include "lprnet/plate.hpp"

namespace lprnet {

// A model, a pool of sessions and threads: the convenient way in. Every function may be called from
// any thread at any time. A plate's result is bit-identical whatever the batch and the number of
// threads.
class LPRNET_API Recognizer {
 public:
  // `threads` share out the plates of a batch; 0: one for each core. They sleep while there is
  // nothing to do. Each plate is worked on by `threads_per_plate`, see Session: more than 1 is for
  // plates that come one by one and are wanted soon. Throws Error(kInvalidArgument) for a null
  // model, one that does not read plates, or numbers out of range.
  explicit Recognizer(std::shared_ptr<const Model> model, int threads = 1,
                      int threads_per_plate = 1);
  // Loads the model. Throws as Model::load().
  explicit Recognizer(const std::filesystem::path& model, int threads = 1,
                      int threads_per_plate = 1);
  Recognizer(Recognizer&&) noexcept;
  Recognizer& operator=(Recognizer&&) noexcept;
  ~Recognizer();

  const Model& model() const noexcept;
  int threads() const noexcept;

  // Throws as Session::recognize().
  Plate recognize(const ImageView& image) const;
  Plate recognize(const Image& image) const { return recognize(image.view()); }
  // One plate for each image, in order. Throws as Session::recognize(), before any work.
  std::vector<Plate> recognize_batch(const std::vector<ImageView>& images) const;
  std::vector<Plate> recognize_batch(const std::vector<Image>& images) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lprnet
