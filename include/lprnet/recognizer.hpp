#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lprnet/decode.hpp"
#include "lprnet/image.hpp"
#include "lprnet/model.hpp"
#include "lprnet/plate.hpp"

namespace lprnet {

// A picture of a stream, not loaded yet.
struct StreamPicture {
  std::string name;             // given back with the reading
  std::function<Image()> load;  // called once, by one of the recognizer's threads; may throw
};

// What a picture of a stream gave.
struct StreamReading {
  std::string name;
  Plate plate;
  std::exception_ptr error;  // what load() or recognizing threw; null: `plate` holds the answer
  double milliseconds = 0;   // for loading and recognizing this picture
};

// A model, a pool of sessions and threads: the convenient way in. Every function may be called from
// any thread at any time. A plate's result is bit-identical whatever the batch and the number of
// threads.
//
// fork(): the child may use and destroy a Recognizer that its parent made. It starts threads of its
// own when it needs them; what belonged to the parent's threads stays allocated in the child.
class LPRNET_API Recognizer {
 public:
  // `threads` share out the plates of a batch or stream; 0: one for each core. They start when they
  // are needed and sleep while there is nothing to do. Where the system gives fewer threads, fewer
  // do the same work. Each plate is worked on by `threads_per_plate`, see Session: more than 1 is
  // for plates that come one by one and are wanted soon. Throws Error(kInvalidArgument) for a null
  // model, one that does not read plates, or numbers out of range, and as Session for `options`.
  explicit Recognizer(std::shared_ptr<const Model> model, int threads = 1,
                      int threads_per_plate = 1, const DecodeOptions& options = {});
  // Loads the model. Throws as Model::load().
  explicit Recognizer(const std::filesystem::path& model, int threads = 1,
                      int threads_per_plate = 1, const DecodeOptions& options = {});
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
  // Reads pictures as they come. `next` gives one picture after the other and no value at the end;
  // it is called from one thread at a time, not always the same. Loading and recognizing run in
  // threads() threads. `consume` gets each reading from the calling thread, in order and as soon as
  // it is due, also while `next` waits for input. At most 4 * threads() pictures are ahead of the
  // one that is due. Throws what `next` throws, when that is due, and what `consume` throws, after
  // the pictures that were taken are done; also std::bad_alloc.
  void recognize_stream(const std::function<std::optional<StreamPicture>()>& next,
                        const std::function<void(StreamReading)>& consume) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lprnet
